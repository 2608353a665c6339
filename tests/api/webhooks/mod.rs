//! Webhooks as an endpoint sees them.

mod delivered;
mod failures;
mod guarded;
pub(crate) mod receiver;
mod waiting;

use lanyard::base::Timestamp;
use lanyard::jobs::{Job, Runner, SERVICE};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

use crate::support::{Organization, Server};

/// The node on duty, and its jobs for webhooks.
pub(crate) struct Post<'a> {
    server: &'a Server,
    runner: Runner,
}

impl<'a> Post<'a> {
    pub(crate) fn new(server: &'a Server) -> Self {
        let place = SERVICE
            .iter()
            .position(|job| job.name == "deliver_webhooks")
            .unwrap();
        let jobs: &'static [Job] = &SERVICE[place..=place];
        Self {
            server,
            runner: Runner::service(Arc::clone(&server.app), jobs),
        }
    }

    /// Starts to deliver what is due, and does not wait.
    fn dispatch_due(&mut self) {
        self.server.wait(1);
        self.runner.step();
    }

    /// Delivers what is due.
    pub(crate) fn deliver(&mut self) {
        self.dispatch_due();
        assert!(self.server.app.webhooks.await_all(Duration::from_mins(1)));
    }
}

/// Adds an endpoint. Returns its id and its secret.
fn add(acme: &Organization, url: &str, events: &[&str]) -> (i64, String) {
    let added = acme
        .post("/api/company/webhooks")
        .json(&json!({"url": url, "events": events}))
        .send();
    let added = added.with_status(201).json();
    let secret = added["secret"].as_str().unwrap().to_owned();
    (added["id"].as_i64().unwrap(), secret)
}

fn deliveries(acme: &Organization, id: i64) -> Vec<Value> {
    acme.get(&format!("/api/company/webhooks/{id}/deliveries"))
        .send()
        .with_status(200)
        .items()
}

/// Returns status, attempts and outcome of the only delivery.
fn only(acme: &Organization, id: i64) -> (String, i64, String) {
    let all = deliveries(acme, id);
    assert_eq!(all.len(), 1, "{all:?}");
    let text = |member: &str| all[0][member].as_str().unwrap_or_default().to_owned();
    (
        text("status"),
        all[0]["attempts"].as_i64().unwrap(),
        text("outcome"),
    )
}

fn test(acme: &Organization, id: i64) -> String {
    let sent = acme
        .post(&format!("/api/company/webhooks/{id}/test"))
        .send()
        .with_status(202)
        .json();
    sent["id"].as_str().unwrap().to_owned()
}

fn now(server: &Server) -> Timestamp {
    server.app.clock.now()
}

/// Revokes an operator's tokens.
fn revoke(acme: &Organization, operator: i64) {
    acme.post(&format!("/api/company/operators/{operator}/revoke-tokens"))
        .send()
        .with_status(204);
}
