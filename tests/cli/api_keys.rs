//! `lanyard api-key …`.

use serde_json::{Value, json};

use crate::harness::{Ended, Folder};

const ADD: [&str; 7] = [
    "api-key",
    "add",
    "--organization",
    "1",
    "--name",
    "Till",
    "--json",
];

fn add(folder: &Folder, more: &[&str]) -> Value {
    folder.run(&[&ADD[..], more].concat()).json()
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap()
}

#[test]
fn a_key_is_made_checked_rotated_and_revoked() {
    let folder = Folder::new();
    let organization = [
        "organization",
        "add",
        "--login",
        "a",
        "--name",
        "A",
        "--password-file",
        "-",
    ];
    folder.run_piped(&organization, "secret").ok();
    let key = add(
        &folder,
        &[
            "--scope",
            "read write",
            "--role",
            "tenant",
            "--expires-in",
            "90d",
            "--allow-ip",
            "10.0.0.0/8",
        ],
    );
    assert!(text(&key, "key").starts_with("ak_live_"));
    let check = |key: &str| folder.run_piped(&["api-key", "check", "--json"], key);
    let code = |ended: Ended| {
        assert_eq!(ended.code, 1, "{ended:?}");
        let checked: Value = serde_json::from_str(&ended.out).unwrap();
        text(&checked, "code").to_owned()
    };
    let checked = check(text(&key, "key")).json();
    assert_eq!(checked["valid"], true);
    assert_eq!(
        (&checked["id"], &checked["scopes"]),
        (&key["id"], &json!(["read", "write"]))
    );
    assert_eq!(code(check("ak_live_x")), "not_found");

    let id = text(&key, "id");
    let rotate = ["api-key", "rotate", id, "--overlap", "0", "--json"];
    let rotated = folder.run(&rotate).json();
    assert_eq!(code(check(text(&key, "key"))), "expired");
    let present = || check(text(&rotated, "key"));
    present().ok();
    let reason = ["api-key", "quarantine", id, "--reason", "seen in a chat"];
    folder.run(&reason).ok();
    assert_eq!(code(present()), "quarantined");
    folder.run(&["api-key", "release", id]).ok();
    present().ok();
    let list = ["api-key", "list", "--organization", "1"];
    let listed = folder.run(&[&list[..], &["--json"]].concat()).json();
    assert_eq!(
        (&listed["id"], &listed["status"]),
        (&key["id"], &json!("active"))
    );
    folder.run(&["api-key", "revoke", id]).ok();
    assert_eq!(code(present()), "revoked");
    let none = folder.run(&list).ok();
    assert!(none.contains("has no API keys"), "{none}");
    let unknown = ["api-key", "revoke", "key_0000000000000000"];
    let why = folder.run(&unknown).refused();
    assert!(why.contains("there is no API key with this id"), "{why}");
    assert_eq!(folder.run(&["api-key", "revoke", "nothing"]).code, 2);
}

#[test]
fn a_running_node_refuses_a_key_once_the_command_has_returned() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    folder.populate(&service);
    let test = ["--environment", "test", "--prefix", "sk"];
    let keys = [add(&folder, &[]), add(&folder, &test)];
    let status = |key: &Value| service.get_as(text(key, "key"), "/v1/profile").status;
    assert_eq!(keys.each_ref().map(status), [200, 200]);
    let all = [
        "api-key",
        "revoke",
        "--organization",
        "1",
        "--all",
        "--json",
    ];
    let revoked = folder.run(&all).json();
    assert_eq!(
        (&revoked["revoked"], &revoked["revocation"]["confirmed"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(keys.each_ref().map(status), [401, 401]);
}

#[test]
fn the_settings_of_a_key_are_changed_and_what_is_not_given_stays() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    let token = folder.populate(&service);
    let limited = [
        "--scope",
        "read write",
        "--expires-in",
        "90d",
        "--allow-ip",
        "10.0.0.0/8",
    ];
    let key = add(&folder, &limited);
    let id = text(&key, "id");
    let record = || {
        service
            .get_as(&token, &format!("/api/v1/api-keys/{id}"))
            .json()
    };
    let before = record();
    let set = |more: &[&str]| folder.run(&[&["api-key", "set", id], more].concat());
    let printed = set(&["--name", "Till 3", "--scope", "read"]).ok();
    assert!(printed.contains("1 of 1 nodes confirmed"), "{printed}");
    let after = record();
    assert_eq!(
        (
            &after["name"],
            &after["scopes"],
            &after["expires_at"],
            &after["allowed_ips"]
        ),
        (
            &json!("Till 3"),
            &json!(["read"]),
            &before["expires_at"],
            &before["allowed_ips"]
        )
    );
    let changed = set(&[
        "--never-expires",
        "--allow-ip",
        "",
        "--role",
        "tenant",
        "--json",
    ])
    .json();
    assert_eq!(changed["status"], "changed");
    let after = record();
    assert_eq!(
        (&after["expires_at"], &after["allowed_ips"], &after["role"]),
        (&Value::Null, &json!([]), &json!("tenant"))
    );
    set(&["--role", ""]).ok();
    assert_eq!(record()["role"], Value::Null);
    let why = set(&["--scope", "nothing"]).refused();
    assert!(why.contains("nothing"), "{why}");
    assert_eq!(set(&["--expires-in", "1d", "--never-expires"]).code, 2);
}
