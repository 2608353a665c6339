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
