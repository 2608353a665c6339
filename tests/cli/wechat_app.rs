//! `lanyard wechat-app …`, and what the command line does about keys and their alerts.

use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::json;

use crate::harness::Folder;

fn organization(folder: &Folder) {
    let add = [
        "organization",
        "add",
        "--login",
        "acme",
        "--name",
        "Acme",
        "--password-file",
        "-",
    ];
    folder.run_piped(&add, "correct horse").ok();
}

#[test]
fn an_app_is_added_listed_and_removed() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    organization(&folder);
    let app = "wx0123456789abcdef";
    let add = [
        "wechat-app",
        "add",
        "--organization",
        "1",
        "--app-id",
        app,
        "--secret-file",
        "-",
    ];
    let added = folder.run_piped(&add, "s3cret\nsecond line\n").ok();
    assert_eq!(added, format!("users of {app} sign in to organization 1\n"));
    let again = folder.run_piped(&add, "s3cret").refused();
    assert!(
        again.contains("there is an app with this app_id already"),
        "{again}"
    );
    let empty = folder.run_piped(&add, "").refused();
    assert!(empty.contains("secret must have"), "{empty}");
    let admin = folder.run_piped(&[&add[..], &["--role", "admin"]].concat(), "s3cret");
    let admin = admin.refused();
    assert!(admin.contains("role must not be admin"), "{admin}");

    let list = ["wechat-app", "list", "--organization", "1"];
    let listed = folder.run(&[&list[..], &["--json"]].concat());
    let mut listed = listed.json();
    listed["createdAt"].take();
    assert_eq!(
        listed,
        json!({"appId": app, "organizationId": 1, "onUnknown": "create", "role": "customer", "createdAt": null})
    );
    let table = folder.run(&list).ok();
    assert!(
        table.starts_with("APP") && !table.contains("s3cret"),
        "{table}"
    );
    let set = ["wechat-app", "set", app, "--on-unknown", "refuse", "--json"];
    let mut changed = folder.run(&set).json();
    changed["createdAt"].take();
    assert_eq!(
        changed,
        json!({"appId": app, "organizationId": 1, "onUnknown": "refuse", "role": "customer", "createdAt": null})
    );
    let set = [
        "wechat-app",
        "set",
        app,
        "--secret-file",
        "-",
        "--role",
        "admin",
    ];
    let admin = folder.run_piped(&set, "other").refused();
    assert!(admin.contains("role must not be admin"), "{admin}");
    let none = folder.run(&["wechat-app", "set", "wx7", "--on-unknown", "create"]);
    none.refused();
    let back = [
        "wechat-app",
        "set",
        app,
        "--on-unknown",
        "create",
        "--secret-file",
        "-",
    ];
    let printed = folder.run_piped(&back, "another-s3cret").ok();
    assert_eq!(printed, format!("{app} is as given\n"));
    // The service reads what the command wrote.
    let company = service.log_in("acme", "correct horse").string();
    let found = service.get_as(&company, &format!("/api/v1/wechat-apps/{app}"));
    assert_eq!(found.status, 200);

    let removed = folder.run(&["wechat-app", "remove", app, "--json"]).json();
    assert_eq!(
        removed,
        json!({"appId": app, "organizationId": 1, "status": "removed"})
    );
    let unknown = folder.run(&["wechat-app", "remove", app]).refused();
    assert!(unknown.contains("there is no app"), "{unknown}");
    let none = folder.run(&list).ok();
    assert!(none.contains("has no WeChat apps"), "{none}");
}

/// Whatever goes wrong, neither the secret of an app nor a code is in the log, at any level.
#[test]
fn the_log_has_neither_secret_nor_code() {
    let folder = Folder::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let service = folder.serve(&[
        ("LANYARD_LOG_LEVEL", "trace"),
        ("LANYARD_LOG_REQUESTS", "all"),
        ("LANYARD_WECHAT_BASE_URL", &base),
    ]);
    organization(&folder);
    let add = [
        "wechat-app",
        "add",
        "--organization",
        "1",
        "--app-id",
        "wx1",
        "--secret-file",
        "-",
    ];
    folder.run_piped(&add, "s3cret-canary").ok();
    let replies = [
        "",
        "HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{",
        "HTTP/1.1 302 X\r\nlocation: /sns/jscode2session\r\ncontent-length: 0\r\n\r\n",
        "no HTTP at all",
        "HTTP/1.1 200 OK\r\ncontent-length: 18\r\n\r\n{\"errcode\": 40125}",
    ];
    let wechat = std::thread::spawn(move || {
        for reply in replies {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1_024];
            let length = stream.read(&mut request).unwrap();
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            assert!(request.contains("secret=s3cret-canary&js_code=c0de-canary"));
            stream.write_all(reply.as_bytes()).unwrap();
        }
    });
    let body = json!({"code": "c0de-canary", "app_id": "wx1"});
    for _ in replies {
        let answer = service.post_as("", "/api/v1/auth/wechat/login", &body);
        assert!([502, 503].contains(&answer.status), "{}", answer.status);
    }
    wechat.join().unwrap();
    let log = service.stop();
    assert!(log.contains("WeChat does not answer"), "{log}");
    for canary in ["s3cret-canary", "c0de-canary", "jscode2session?"] {
        assert!(!log.contains(canary), "{canary} in {log}");
    }
}

#[test]
fn an_operator_is_deactivated_with_its_keys() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    organization(&folder);
    folder.write("password", "open sesame\n");
    for name in ["lan", "minh"] {
        let add = [
            "operator",
            "add",
            "--organization",
            "1",
            "--name",
            name,
            "--username",
            name,
            "--password-file",
            "password",
            "--role",
            "admin",
        ];
        folder.run(&add).ok();
    }
    let make = |name: &str| {
        let body = json!({"username": format!("acme/{name}"), "password": "open sesame"});
        let opened = service.post_as("", "/auth/login", &body).json();
        let session = opened["token"].as_str().unwrap();
        let made = service.post_as(session, "/api/v1/api-keys", &json!({"name": "Till"}));
        made.json()["id"].as_str().unwrap().to_owned()
    };
    let (one, other) = (make("lan"), make("minh"));
    let deactivate = ["operator", "deactivate", "--organization", "1", "1"];
    let shown = folder.run(&deactivate).ok();
    let line = format!("key {one} (Till), which it made, stays valid (--with-keys revokes it)");
    assert!(shown.contains(&line) && !shown.contains(&other), "{shown}");
    let company = service.log_in("acme", "correct horse").string();
    let status = |id: &str| {
        let key = service.get_as(&company, &format!("/api/v1/api-keys/{id}"));
        key.json()["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status(&one), "active");
    let by_lan = service.get_as(&company, "/api/v1/api-keys?created_by=operator:1");
    assert_eq!(by_lan.json()["items"][0]["id"], one.as_str());

    let with_keys = [&deactivate[..], &["--with-keys", "--json"]].concat();
    let shown = folder.run(&with_keys).json();
    assert_eq!(shown["keys"], json!([{"id": one, "name": "Till"}]));
    assert_eq!(shown["keysRevoked"], true);
    assert_eq!(
        (status(&one), status(&other)),
        ("revoked".to_owned(), "active".to_owned())
    );
    // The keys of an operator that is unknown are not looked for.
    let unknown = [
        "operator",
        "deactivate",
        "--organization",
        "1",
        "9",
        "--with-keys",
    ];
    folder.run(&unknown).refused();
}

#[test]
fn alerts_about_keys_are_set() {
    let folder = Folder::new();
    organization(&folder);
    let set = ["organization", "set-key-alerts", "1", "--json"];
    let shown = |more: &[&str]| {
        let shown = folder.run(&[&set[..], more].concat()).json();
        shown["keyAlerts"].clone()
    };
    assert_eq!(
        shown(&["--new-network", "false", "--rate-floor", "50000"]),
        json!({"newNetwork": false, "silenceDays": 30, "rateFactor": 10, "rateFloor": 50_000})
    );
    assert_eq!(
        shown(&["--reset", "--silence-days", "0"]),
        json!({"newNetwork": true, "silenceDays": 0, "rateFactor": 10, "rateFloor": 1_000})
    );
    let refused = folder.run(&[&set[..], &["--rate-factor", "-1"]].concat());
    assert_ne!(refused.code, 0);
    let text = folder.run(&["organization", "set-key-alerts", "1"]).ok();
    assert!(text.contains("days of silence: 0"), "{text}");
}

#[test]
fn the_name_of_an_organization_and_the_terms_of_its_tokens_are_set() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    organization(&folder);
    let token = service.log_in("acme", "correct horse").string();
    let read = || service.get_as(&token, "/api/company/organization").json();
    let set = |more: &[&str]| folder.run(&[&["organization", "set", "1"], more].concat());
    let shown = set(&["--name", "Acme 2", "--operator-token-max", "3600", "--json"]).json();
    assert_eq!(
        (
            &shown["name"],
            &shown["tokenPolicy"]["operatorTokenMaxSeconds"]
        ),
        (&json!("Acme 2"), &json!(3_600))
    );
    assert_eq!(shown.get("revocation"), None);
    let printed = set(&["--cap-scopes-by-role", "true", "--enforce-rotation", "true"]).ok();
    assert!(printed.contains("1 of 1 nodes confirmed"), "{printed}");
    let now = read();
    assert_eq!(
        (
            &now["name"],
            &now["capScopesByRole"],
            &now["tokenPolicy"]["operatorTokenMaxSeconds"]
        ),
        (&json!("Acme 2"), &json!(true), &json!(3_600)),
        "what is not given stays"
    );
    let shown = set(&["--reset", "--enforce-rotation", "true", "--json"]).json();
    assert_eq!(
        (
            &shown["tokenPolicy"]["operatorTokenMaxSeconds"],
            &shown["tokenPolicy"]["enforceRotation"]
        ),
        (&json!(null), &json!(true))
    );
    let why = set(&["--operator-token-max", "90000"]).refused();
    assert!(why.contains("between 1 and 86400"), "{why}");
    let why = folder
        .run(&["organization", "set", "9", "--name", "A"])
        .refused();
    assert!(why.contains("there is no organization"), "{why}");
}
