//! `/api/v1/api-keys…` and `/api/v1/leaked-keys`.

mod alerts;
mod audited;
mod credential;
mod ends;
mod everywhere;
mod leaks;
mod makers;
mod manage;
mod many;
mod pattern;
mod reasons;
mod remembered;
mod rotate;
mod usage;
mod verify;

use serde_json::{Value, json};

use crate::support::{Answer, Organization};

/// Makes a key. Returns its record with its text.
fn make(acme: &Organization<'_>, members: &Value) -> Value {
    let mut body = json!({"name": "till", "scopes": ["read", "write"]});
    let given = members.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(given);
    let made = acme.post("/api/v1/api-keys").json(&body).send();
    made.with_status(201);
    made.json()
}

fn text<'a>(record: &'a Value, member: &str) -> &'a str {
    record[member].as_str().unwrap()
}

/// The path of a key, and of what is done to it.
fn path(key: &Value, what: &str) -> String {
    format!("/api/v1/api-keys/{}{what}", text(key, "id"))
}

fn verify(acme: &Organization<'_>, body: &Value) -> Answer {
    acme.post("/api/v1/api-keys/verify").json(body).send()
}

/// Returns `valid`, or the code of the refusal.
fn verdict(acme: &Organization<'_>, key: &Value) -> String {
    verdict_of(acme, text(key, "key"))
}

fn verdict_of(acme: &Organization<'_>, text: &str) -> String {
    let answer = verify(acme, &json!({"key": text})).with_status(200).json();
    match answer["valid"].as_bool() {
        Some(true) => "valid".to_owned(),
        _ => answer["code"].as_str().unwrap().to_owned(),
    }
}
