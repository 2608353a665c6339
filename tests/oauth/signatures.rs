//! Signed requests (RFC 9421) of the examples, and of libraries that others wrote.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::script;
use crate::service::Service;

/// Makes a key that signs and may verify keys.
fn key(service: &Service) -> Value {
    let members = json!({"name": "signs", "signing": true, "scopes": ["keys:verify"]});
    let (status, key) = service.call("POST", "/api/v1/api-keys", &members);
    assert_eq!(status, 201, "{key}");
    key
}

fn text<'a>(key: &'a Value, member: &str) -> &'a str {
    key[member].as_str().unwrap()
}

/// Checks what a library reports.
fn check(report: &Value, key: &Value) {
    assert_eq!(report["profile"][0], 200, "{report}");
    assert_eq!(report["profile"][1]["id"], key["id"]);
    assert_eq!(report["again"][0], 401, "{report}");
    assert_eq!(report["verify"][0], 200, "{report}");
    assert_eq!(report["verify"][1]["valid"], true);
}

fn settings(key: &Value) -> [(&str, &str); 3] {
    [
        ("KEY_ID", text(key, "id")),
        ("SIGNING_SECRET", text(key, "signing_secret")),
        ("KEY", text(key, "key")),
    ]
}

#[test]
fn http_message_signatures_of_pypi() {
    let service = Service::start();
    let Some(python) = script::library("venv/bin/python") else {
        return;
    };
    let key = key(&service);
    let script = script::path("signs_requests.py");
    check(
        &script::run(&service, python, &script, &settings(&key)),
        &key,
    );
}

#[test]
fn http_message_signatures_of_npm() {
    let service = Service::start();
    let is_there = script::library("node_modules/http-message-signatures").is_some();
    if !script::interpreter("node", &["--version"]) || !is_there {
        return;
    }
    let key = key(&service);
    let (_folder, script) = script::beside_libraries("signs_requests.mjs");
    check(
        &script::run(&service, "node", &script, &settings(&key)),
        &key,
    );
}

#[test]
fn the_examples() {
    let service = Service::start();
    let key = key(&service);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for (program, check, file) in [
        ("python3", "--version", "signed_request.py"),
        ("node", "--version", "signed_request.mjs"),
        ("php", "--ri=curl", "signed_request.php"),
    ] {
        if !script::interpreter(program, &[check]) {
            continue;
        }
        let run = |secret: &str, arguments: &[&str]| {
            let output = Command::new(program)
                .arg(folder.join(file))
                .args(arguments)
                .env("LANYARD_URL", &service.issuer)
                .env("LANYARD_KEY_ID", text(&key, "id"))
                .env("LANYARD_SIGNING_SECRET", secret)
                .env("NO_PROXY", "*")
                .env("no_proxy", "*")
                .output()
                .unwrap();
            let report: Value = serde_json::from_slice(&output.stdout)
                .unwrap_or_else(|why| panic!("{file}: {why}: {output:?}"));
            assert!(!String::from_utf8_lossy(&output.stderr).contains(secret));
            (report, output.status.code().unwrap())
        };
        let secret = text(&key, "signing_secret");
        let (profile, code) = run(secret, &["GET", "/v1/profile?a=%2F&b="]);
        assert_eq!(
            (&profile["status"], code),
            (&json!(200), 0),
            "{file}: {profile}"
        );
        assert_eq!(profile["body"]["id"], key["id"]);
        let body = json!({"key": key["key"]}).to_string();
        let (verified, _) = run(secret, &["POST", "/api/v1/api-keys/verify", &body]);
        assert_eq!(verified["body"]["valid"], true, "{file}: {verified}");
        let (refused, code) = run("hs_live_x", &["GET", "/v1/profile"]);
        assert_eq!(
            (&refused["status"], code),
            (&json!(401), 1),
            "{file}: {refused}"
        );
        // An empty body has a digest as well.
        let (empty, _) = run(secret, &["POST", "/api/v1/api-keys/verify"]);
        assert!(
            empty["status"] == 415 || empty["status"] == 400,
            "{file}: {empty}"
        );
    }
}
