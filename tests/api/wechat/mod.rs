//! `/api/v1/wechat-apps…` and `POST /api/v1/auth/wechat/login`.

mod apps;
mod canaries;
mod example;
mod failures;
mod login;
mod people;
mod stand_in;

use serde_json::{Value, json};

use crate::support::{Answer, Organization, Server};
use stand_in::{APP, SECRET, StandIn};

/// Starts a node that asks the stand-in.
fn node(server: &Server, wechat: &StandIn) -> Server {
    server.another(&[&wechat.setting(), "wechat.timeout=1s"])
}

/// Adds an app. `members` replace the usual ones.
fn add(acme: &Organization<'_>, members: &Value) -> Answer {
    let mut body = json!({"app_id": APP, "secret": SECRET});
    let given = members.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(given);
    acme.post("/api/v1/wechat-apps").json(&body).send()
}

fn log_in(node: &Server, code: &str) -> Answer {
    log_in_with(node, &json!({"code": code, "app_id": APP}))
}

fn log_in_with(node: &Server, body: &Value) -> Answer {
    node.post("/api/v1/auth/wechat/login").json(body).send()
}

/// Signs in. Returns the id of the user.
fn user(node: &Server, code: &str) -> String {
    let answer = log_in(node, code).with_status(200).json();
    answer["user"]["id"].as_str().unwrap().to_owned()
}

/// Returns the session of a person that signs in.
fn session(node: &Server, code: &str) -> String {
    let answer = log_in(node, code).with_status(200).json();
    answer["access_token"].as_str().unwrap().to_owned()
}

/// Writes what is to be written of failed logins into the audit log, and returns its lines with an
/// action.
fn audit(node: &Server, acme: &Organization<'_>, action: &str) -> Vec<Value> {
    let app = &node.app;
    lanyard::login::job::record_failed_logins(&app.db, &app.logins.failed, false).unwrap();
    let path = format!("/api/company/audit?action={action}");
    acme.get(&path).send().with_status(200).items()
}

/// Returns the number that is in the id of a user.
fn number(user: &str) -> i64 {
    user.strip_prefix("user_").unwrap().parse().unwrap()
}
