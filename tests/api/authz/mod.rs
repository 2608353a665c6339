//! `/authz…`: what a proxy is answered.

mod credentials;
mod doors;
mod examples;
mod in_force;
mod refusals;

pub(crate) use credentials::seen;

use serde_json::{Value, json};

use crate::support::client::Call;
use crate::support::{Answer, Organization, Server};

/// The host of the service behind the proxy.
pub(crate) const HOST: &str = "api.example.com";

/// Asks about a request as a proxy does.
pub(crate) fn ask<'a>(server: &'a Server, method: &str, target: &str) -> Call<'a> {
    server
        .get("/authz")
        .header("x-forwarded-method", method)
        .header("x-forwarded-proto", "https")
        .header("x-forwarded-host", HOST)
        .header("x-forwarded-uri", target)
}

/// Makes an API key. Returns its record with its text.
pub(crate) fn key(acme: &Organization<'_>, members: &Value) -> Value {
    let mut body = json!({"name": "till"});
    let given = members.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(given);
    let made = acme.post("/api/v1/api-keys").json(&body).send();
    made.with_status(201).json()
}

pub(crate) fn text(record: &Value) -> &str {
    record["key"].as_str().unwrap()
}

/// Returns the status, and the body of a refusal.
pub(crate) fn outcome(answer: &Answer) -> String {
    format!("{} {}", answer.status, answer.text())
        .trim()
        .to_owned()
}
