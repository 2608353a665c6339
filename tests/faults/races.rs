//! Concurrent changes: both transactions read before either has written. Neither change may be
//! lost.

use std::thread;

use crate::call::Verdict;
use crate::database::{Database, on_both};
use crate::http::Client;
use crate::service::{Installation, Service};
use crate::wait;

on_both!(
    a_deactivation_and_a_new_name,
    two_settings_of_an_organization
);

/// Makes both changes while the tables are locked, so that each has read the current state before
/// the other writes.
fn meet(database: &Database, service: &Service, company: &str, path: &str, changes: [&str; 2]) {
    let hand = database.hold();
    thread::scope(|scope| {
        for change in changes {
            scope.spawn(move || {
                let answer = service
                    .client()
                    .call("PATCH", path, company, change)
                    .answer();
                assert_eq!(answer.status, 200, "{answer:?}");
            });
        }
        wait::until("both are under way", || {
            service.metric("lanyard_database_callers") >= 2 && database.waiting() >= 2
        });
        drop(hand);
    });
}

fn get(client: &mut Client, company: &str, path: &str) -> serde_json::Value {
    client.call("GET", path, company, "").answer().json()
}

fn a_deactivation_and_a_new_name(database: &Database) {
    let installation = Installation::new(&database.url(), &[]);
    let service = installation.serve();
    let operator = installation.populate("acme");
    let mut client = service.client();
    let company = client.login("acme");
    let path = format!("/api/company/operators/{operator}");
    for round in 0..5 {
        let activate = client.call("PATCH", &path, &company, r#"{"status":"active"}"#);
        assert_eq!(activate.answer().status, 200);
        let token = client.issue(&company, operator);
        let name = format!(r#"{{"name":"Ann {round}"}}"#);
        meet(
            database,
            &service,
            &company,
            &path,
            [r#"{"status":"inactive"}"#, &name],
        );
        let after = get(&mut client, &company, &path);
        assert_eq!(after["status"], "inactive");
        assert_eq!(after["name"], format!("Ann {round}"));
        assert_eq!(client.validate(&company, &token), Verdict::revoked());
    }
}

fn two_settings_of_an_organization(database: &Database) {
    let installation = Installation::new(&database.url(), &[]);
    let service = installation.serve();
    installation.populate("acme");
    let mut client = service.client();
    let company = client.login("acme");
    let path = "/api/company/organization";
    for round in 1..=5 {
        let name = format!(r#"{{"name":"Acme {round}"}}"#);
        let cap = format!(r#"{{"tokenPolicy":{{"operatorTokenMaxSeconds":{round}}}}}"#);
        meet(database, &service, &company, path, [&name, &cap]);
        let after = get(&mut client, &company, path);
        assert_eq!(after["name"], format!("Acme {round}"));
        assert_eq!(after["tokenPolicy"]["operatorTokenMaxSeconds"], round);
    }
}
