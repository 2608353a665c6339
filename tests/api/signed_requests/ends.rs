//! What ends a signing secret.

use serde_json::{Value, json};

use super::{make, path, profile, text};
use crate::support::{Organization, Server, on_both};

on_both!(a_key_that_ends_ends_its_signatures_on_every_node);
fn a_key_that_ends_ends_its_signatures_on_every_node(server: &Server) {
    let acme = server.organization("acme");
    let other = server.another(&[]);
    let key = make(&acme, &json!({}));
    let outcomes = || {
        let short = |node| profile(node, &key).send().in_short();
        let (here, there) = (short(server), short(&other));
        assert_eq!(
            here.split_once("\"id\"").is_some(),
            there.split_once("\"id\"").is_some()
        );
        there[..3].to_owned()
    };
    assert_eq!(outcomes(), "200");
    // Signed before, sent after.
    let before = profile(&other, &key);
    acme.post(&path(&key, "/quarantine"))
        .json(&json!({}))
        .send()
        .with_status(200);
    assert_eq!(
        before.send().with_status(401).json()["error"]["code"],
        "unauthorized"
    );
    assert_eq!(outcomes(), "401");
    acme.post(&path(&key, "/release")).send().with_status(200);
    server.follow();
    other.follow();
    assert_eq!(outcomes(), "200");
    let before = profile(&other, &key);
    acme.delete(&path(&key, "")).send().with_status(204);
    before.send().with_status(401);
    assert_eq!(outcomes(), "401");
}

fn rotate(acme: &Organization<'_>, key: &Value, overlap: i64) -> Value {
    let call = acme.post(&path(key, "/rotate"));
    let call = call.json(&json!({"overlap_seconds": overlap}));
    call.send().with_status(200).json()
}

on_both!(two_secrets_sign_during_the_overlap);
fn two_secrets_sign_during_the_overlap(server: &Server) {
    let acme = server.organization("acme");
    let first = make(&acme, &json!({}));
    let second = rotate(&acme, &first, 60);
    assert_ne!(first["signing_secret"], second["signing_secret"]);
    let code = |key: &Value| {
        let answer = profile(server, key).send();
        let error = answer.json()["error"]["code"].clone();
        (answer.status, error.as_str().unwrap_or_default().to_owned())
    };
    let good = (200, String::new());
    assert_eq!((code(&first), code(&second)), (good.clone(), good.clone()));
    // An old text is one of the key's as well.
    let beside = profile(server, &second).header("X-API-Key", text(&first, "key"));
    beside.send().with_status(200);
    server.wait(60);
    let expired = (401, "token_expired".to_owned());
    assert_eq!(
        (code(&first), code(&second)),
        (expired.clone(), good.clone())
    );
    let beside = profile(server, &second).header("X-API-Key", text(&first, "key"));
    beside.send().with_status(401);
    let third = rotate(&acme, &first, 0);
    assert_eq!((code(&second), code(&third)), (expired, good));
    assert_eq!(code(&first), (401, "unauthorized".to_owned()), "it is gone");
}

on_both!(a_secret_that_was_found_quarantines_its_key);
fn a_secret_that_was_found_quarantines_its_key(server: &Server) {
    let acme = server.organization("acme");
    let first = make(&acme, &json!({}));
    let second = rotate(&acme, &first, 60);
    let report = |key: &Value| {
        let call = server.post("/api/v1/leaked-keys");
        let answer = call
            .json(&json!({"key": key["signing_secret"], "url": "u"}))
            .send();
        answer.with_status(200).json()["recognized"]
            .as_bool()
            .unwrap()
    };
    let id_alone = server
        .post("/api/v1/leaked-keys")
        .json(&json!({"key": first["id"]}));
    assert_eq!(id_alone.send().json(), json!({"recognized": false}));
    // The old one is valid in the overlap.
    assert!(report(&first));
    profile(server, &second).send().with_status(401);
    let shown = acme.get(&path(&first, "")).send().json();
    assert_eq!(shown["status"], "quarantined");
    let log = acme
        .get("/api/company/audit?action=api_key.leak_reported")
        .send();
    assert!(!log.text().contains(text(&first, "signing_secret")));
    server.wait(60);
    assert!(!report(&first) && report(&second));
    acme.delete(&path(&first, "")).send().with_status(204);
    assert!(!report(&second));
}
