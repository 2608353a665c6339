//! The console, as a browser sees it: who gets in, in which order a form is refused, what each page
//! does, and that nothing of another organization can be seen.

mod account;
mod account_language;
mod acts;
mod api_keys;
mod audit_log;
mod bounded;
mod browser;
mod canaries;
mod client_secrets;
mod clients;
mod console_sign_in;
mod directory;
mod ends;
mod erase;
mod every_id;
mod exchanged;
mod import;
mod import_job;
mod import_owner;
mod key_list;
mod language;
mod laws;
mod lists;
mod made_keys;
mod once;
mod one_word;
mod operators;
mod other_sessions;
mod overview;
mod overwritten;
mod plans;
mod platform;
mod problems;
mod records;
mod refused;
mod resumed;
mod retiring;
mod revoke_all;
mod roles;
mod rotation;
mod search;
mod sessions;
mod sign_in;
mod silence;
mod tokens;
mod webhooks;
mod wechat;
mod words;

use serde_json::json;

use self::browser::{Browser, Page};
use crate::support::{Organization, Server};

/// The password of every operator.
const PASSWORD: &str = "correct horse";

/// Adds an operator that signs in as `username`, with a role. Returns its id.
fn operator(acme: &Organization<'_>, username: &str, role: &str) -> i64 {
    let members =
        json!({"name": username, "username": username, "password": PASSWORD, "role": role});
    let added = acme.post("/api/company/operators").json(&members).send();
    added.with_status(201).json()["id"].as_i64().unwrap()
}

/// Signs an admin in, who is an operator.
fn admin(server: &Server, acme: &Organization<'_>) -> Browser {
    operator(acme, "olga", "admin");
    Browser::signed_in(server, &format!("{}/olga", acme.login), PASSWORD)
}

/// Gives an operator a second factor. Returns its secret.
fn totp(acme: &Organization<'_>, operator: i64) -> (String, Vec<String>) {
    let path = format!("/api/company/operators/{operator}/totp");
    let made = acme.post(&path).send().with_status(200).json();
    let codes = made["recoveryCodes"].as_array().unwrap().iter();
    let codes = codes
        .map(|code| code.as_str().unwrap().to_owned())
        .collect();
    (made["secret"].as_str().unwrap().to_owned(), codes)
}

/// The audit log's newest lines: action and actor.
fn audit(acme: &Organization<'_>, limit: usize) -> Vec<(String, String)> {
    let page = acme
        .get(&format!("/api/company/audit?limit={limit}"))
        .send();
    let items = page.with_status(200).json()["items"].clone();
    let text = |line: &serde_json::Value, name: &str| line[name].as_str().unwrap().to_owned();
    let lines = items.as_array().unwrap().iter();
    lines
        .map(|line| (text(line, "action"), text(line, "actor")))
        .collect()
}

/// Checks the headers of a page of the console.
fn check_page(page: &Page) {
    let policy = page.answer.header("content-security-policy").unwrap();
    assert_eq!(
        policy,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'"
    );
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
        ("x-robots-tag", "noindex"),
        ("vary", "Cookie, Accept-Language"),
    ] {
        assert_eq!(page.answer.header(name), Some(value), "{name}");
    }
    let permissions = page.answer.header("permissions-policy").unwrap();
    for permission in permissions.split(", ") {
        let is_off = permission.ends_with("=()");
        assert!(
            is_off || permission == "clipboard-write=(self)",
            "{permission}"
        );
    }
    assert!(page.answer.header("x-request-id").is_some());
    let html = page.answer.text();
    assert!(!html.contains('⟦'), "a message is missing: {html}");
    for tag in html.split('<').skip(1) {
        let tag = tag.split('>').next().unwrap();
        for forbidden in [" style=", " on", "style"] {
            let is_there = match forbidden {
                " on" => tag.split(forbidden).skip(1).any(|rest| {
                    let name = rest.split('=').next().unwrap();
                    rest.contains('=') && name.chars().all(|letter| letter.is_ascii_lowercase())
                }),
                "style" => tag.starts_with(forbidden),
                _ => tag.contains(forbidden),
            };
            assert!(!is_there, "{forbidden}: {tag}");
        }
    }
    assert_eq!(html.matches("<h1").count(), 1);
    assert_eq!(html.matches("<main").count(), 1);
}
