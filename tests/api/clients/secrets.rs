//! `POST /api/company/clients/{id}/rotate-secret`: two secrets are valid at most.

use insta::assert_snapshot;
use lanyard::base::ClientId;
use lanyard::client::Registered;
use lanyard::client::secret::WhichSecret;
use serde_json::{Value, json};

use crate::support::{Organization, Server, on_both, table};

fn rotate(acme: &Organization<'_>, client: &Value, body: &str) -> crate::support::Answer {
    let id = client["id"].as_str().unwrap();
    let call = acme.post(&format!("/api/company/clients/{id}/rotate-secret"));
    if body.is_empty() {
        call.send()
    } else {
        call.body("application/json", body).send()
    }
}

fn registered(server: &Server, client: &Value) -> Registered {
    let id: ClientId = client["id"].as_str().unwrap().parse().unwrap();
    let found = actix_web::rt::System::new()
        .block_on(server.app.clients.directory.find(&server.app.db, &id))
        .unwrap();
    (*found.unwrap()).clone()
}

fn accepts(server: &Server, client: &Value, secret: &str) -> Option<WhichSecret> {
    let now = server.app.clock.now();
    registered(server, client).secrets.accept(secret, now)
}

on_both!(the_older_secret_ends_after_the_grace_and_the_oldest_at_once);
fn the_older_secret_ends_after_the_grace_and_the_oldest_at_once(server: &Server) {
    let acme = server.organization("acme");
    let client = acme.client(&json!({"name": "Shop"}));
    let text = |answer: &Value| answer["secret"].as_str().unwrap().to_owned();
    let first = text(&client);
    assert_eq!(accepts(server, &client, &first), Some(WhichSecret::Current));

    let answer = rotate(&acme, &client, "");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(answer.header("revocation-sequence").is_none());
    let rotated = answer.with_status(200).json();
    assert_eq!(rotated["id"], client["id"]);
    assert_eq!(rotated["previousSecretExpiresAt"], "2030-01-08T00:00:00Z");
    let second = text(&rotated);
    // The node has forgotten what it remembered of the client.
    let previous = Some(WhichSecret::Previous);
    assert_eq!(accepts(server, &client, &first), previous);
    assert_eq!(
        accepts(server, &client, &second),
        Some(WhichSecret::Current)
    );
    server.wait(7 * 86_400);
    assert_eq!(accepts(server, &client, &first), None);

    server.wait(1);
    let third = text(&rotate(&acme, &client, r#"{"graceSeconds":60}"#).json());
    assert_eq!(accepts(server, &client, &second), previous);
    let fourth = rotate(&acme, &client, r#"{"graceSeconds":0}"#);
    assert!(fourth.header("revocation-sequence").is_some());
    assert_eq!(fourth.json()["previousSecretExpiresAt"], Value::Null);
    for gone in [&first, &second, &third] {
        assert_eq!(accepts(server, &client, gone), None);
    }
    let current = Some(WhichSecret::Current);
    assert_eq!(accepts(server, &client, &text(&fourth.json())), current);
    let path = format!("/api/company/clients/{}", client["id"].as_str().unwrap());
    let secrets = acme.get(&path).send().json()["secrets"].clone();
    assert_eq!(secrets.as_array().unwrap().len(), 1);
    let log = "/api/company/audit?action=client.secret_rotated";
    let rotations = acme.get(log).send().items();
    assert_eq!(rotations.len(), 3);
    let target = format!("client:{}", client["id"].as_str().unwrap());
    assert!(rotations.iter().all(|line| line["target"] == target));
}

on_both!(a_rotation_that_ends_the_oldest_secret_waits_for_every_node);
fn a_rotation_that_ends_the_oldest_secret_waits_for_every_node(server: &Server) {
    let acme = server.organization("acme");
    let client = acme.client(&json!({"name": "Shop"}));
    let first = client["secret"].as_str().unwrap();
    let waits = |body: &str| {
        let answer = rotate(&acme, &client, body);
        answer.with_status(200);
        answer.header("revocation-sequence").is_some()
    };
    assert!(!waits(r#"{"graceSeconds":60}"#));
    assert_eq!(accepts(server, &client, first), Some(WhichSecret::Previous));
    // The present secret has a grace; the one before it ends now.
    assert!(waits(r#"{"graceSeconds":60}"#));
    assert_eq!(accepts(server, &client, first), None);
    // The one before it has ended by itself.
    server.wait(60);
    assert!(!waits(r#"{"graceSeconds":60}"#));
}

on_both!(a_grace_has_bounds);
fn a_grace_has_bounds(server: &Server) {
    let acme = server.organization("acme");
    let client = acme.client(&json!({"name": "Shop"}));
    let answers = table(
        [
            r#"{"graceSeconds":-1}"#,
            r#"{"graceSeconds":2592001}"#,
            r#"{"graceSeconds":1.5}"#,
            r#"{"graceSeconds":"60"}"#,
        ],
        |body| rotate(&acme, &client, body),
    );
    assert_snapshot!(answers, @r#"
    {"graceSeconds":-1} → 400 invalid_request: graceSeconds must be between 0 and 2592000
    {"graceSeconds":2592001} → 400 invalid_request: graceSeconds must be between 0 and 2592000
    {"graceSeconds":1.5} → 400 invalid_request: graceSeconds: invalid type: number `1.5`, expected a whole number of 64 bits at line 1 column 19
    {"graceSeconds":"60"} → 400 invalid_request: graceSeconds: invalid type: string "60", expected a whole number of 64 bits at line 1 column 20
    "#);
    let null = rotate(&acme, &client, r#"{"graceSeconds":null}"#);
    null.with_status(200);
}
