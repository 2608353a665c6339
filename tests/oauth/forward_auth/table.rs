//! The table of `examples/forward-auth`: the rules' own test, and the same requests through every
//! proxy.

use serde::Deserialize;
use serde_json::Value;

use super::credentials::{Described, Wallet};
use super::{World, example, send};

#[derive(Deserialize)]
struct Table {
    request: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    method: String,
    url: String,
    #[serde(flatten)]
    credential: Described,
    status: u16,
    rule: Option<String>,
    error: Option<String>,
}

/// Returns the code in the body of an error, in either shape.
fn code(body: &[u8]) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let error = &body["error"];
    let code = error.as_str().or_else(|| error["code"].as_str());
    code.unwrap_or_default().to_owned()
}

#[test]
fn every_proxy_answers_as_the_table_says() {
    let text = std::fs::read_to_string(example("table.toml")).unwrap();
    let Table { request: cases } = toml::from_str(&text).unwrap();
    let world = World::new();
    let mut wallet = Wallet::default();
    for case in &cases {
        wallet.get(&world, &case.credential);
    }
    wallet.age();
    for proxy in world.proxies() {
        for case in &cases {
            let target = case.url.strip_prefix("https://api.example.com").unwrap();
            let credential = wallet.get(&world, &case.credential);
            let line = credential.map(|token| format!("Authorization: Bearer {token}"));
            let lines: Vec<&str> = line.iter().map(String::as_str).collect();
            let seen = send(&proxy, &case.method, target, &lines);
            let what = format!(
                "{}: {} {target} {:?}\n{}\n{}",
                proxy.name,
                case.method,
                case.credential,
                seen.answer.text(),
                proxy.log()
            );
            assert_eq!(seen.answer.status, case.status, "{what}");
            assert_eq!(seen.request.is_some(), case.status == 200, "{what}");
            if case.status == 200 {
                if case.method != "HEAD" {
                    let kind = case.credential.kind.as_deref();
                    let kind = if case.rule.as_deref() == Some("public") {
                        None
                    } else {
                        kind
                    };
                    assert_eq!(
                        seen.header("x-auth-kind"),
                        [kind.unwrap_or("public")],
                        "{what}"
                    );
                    assert_eq!(
                        seen.header("x-auth-rule"),
                        [case.rule.as_deref().unwrap()],
                        "{what}"
                    );
                    assert_eq!(seen.request.as_ref().unwrap()["target"], target, "{what}");
                }
                continue;
            }
            assert_eq!(
                code(&seen.answer.body),
                *case.error.as_ref().unwrap(),
                "{what}"
            );
            assert_eq!(
                seen.answer.header("content-type"),
                Some("application/json"),
                "{what}"
            );
            let challenge = seen.answer.header("www-authenticate");
            assert_eq!(challenge.is_some(), case.status == 401, "{what}");
        }
    }
}
