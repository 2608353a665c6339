//! `lanyard sign`: the line that it prints is run.

use std::process::Command;

use serde_json::{Value, json};

use crate::harness::{Ended, Folder, have};

/// Makes a key that signs, and writes its secret to a file. Returns the key.
fn key(folder: &Folder) -> Value {
    let add = [
        "api-key",
        "add",
        "--organization",
        "1",
        "--name",
        "Till",
        "--scope",
        "keys:verify",
        "--signing",
        "--json",
    ];
    let key = folder.run(&add).json();
    let secret = key["signingSecret"].as_str().unwrap();
    assert!(secret.starts_with("hs_live_"), "{key}");
    folder.write("secret", &format!("{secret}\n"));
    key
}

/// Returns what the printed line prints, and its exit code.
fn run(line: &str) -> Ended {
    Command::new("sh")
        .args([
            "-c",
            &line.replacen(
                "curl",
                "curl --silent --noproxy '*' -w '\\n%{http_code}'",
                1,
            ),
        ])
        .output()
        .unwrap()
        .into()
}

#[test]
fn the_line_is_answered_once() {
    if !have("curl") {
        eprintln!("SKIPPED: curl is not here to send what was signed");
        return;
    }
    let folder = Folder::new();
    let service = folder.serve(&[]);
    folder.populate(&service);
    let key = key(&folder);
    let id = key["id"].as_str().unwrap();
    let url = |path: &str| format!("http://LOCALHOST:{}{path}", service.port);
    let sign = |more: &[&str]| {
        let begin = ["sign", "--key-id", id, "--secret-file", "secret"];
        folder.run(&[&begin, more].concat()).ok()
    };
    let line = sign(&[&url("/v1/profile?a=%2f&b={x}[1]&it's=$HOME")]);
    assert!(
        line.starts_with("curl ") && line.lines().count() == 1,
        "{line}"
    );
    assert!(!line.contains(key["signingSecret"].as_str().unwrap()));
    let answered = |line: &str| {
        let out = run(line).ok();
        let (body, status) = out.rsplit_once('\n').unwrap();
        (
            status.to_owned(),
            serde_json::from_str::<Value>(body).unwrap_or_default(),
        )
    };
    let (status, profile) = answered(&line);
    assert_eq!(
        (status.as_str(), &profile["id"]),
        ("200", &key["id"]),
        "{line}"
    );
    let (status, again) = answered(&line);
    assert_eq!(status, "401", "{again}");

    let body = json!({"key": key["key"], "address": "it's"}).to_string();
    let (status, why) = answered(&sign(&["-d", &body, &url("/api/v1/api-keys/verify")]));
    assert_eq!(status, "400", "{why}");
    let body = json!({"key": key["key"]}).to_string();
    let (status, verified) = answered(&sign(&[
        "-X",
        "POST",
        "-d",
        &body,
        &url("/api/v1/api-keys/verify"),
    ]));
    assert_eq!((status.as_str(), &verified["valid"]), ("200", &json!(true)));
    assert_eq!(
        answered(&sign(&["-X", "HEAD", &url("/v1/profile")])).0,
        "200"
    );
    let (status, _) = answered(&sign(&["-X", "GET", "-d", "x", &url("/v1/profile")]));
    assert_eq!(status, "200");
}

#[test]
fn what_cannot_be_signed_is_refused() {
    let folder = Folder::new();
    folder.write("secret", "ak_live_x");
    let sign =
        |id: &str, url: &str| folder.run(&["sign", "--key-id", id, "--secret-file", "secret", url]);
    let why = sign("key_0123456789abcdef", "https://a/").refused();
    assert!(why.contains("has no signing secret"), "{why}");
    assert_eq!(sign("till", "https://a/").code, 2);
}
