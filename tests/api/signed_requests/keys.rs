//! Keys that sign: how they are made and changed, and their secrets at rest.

use std::io::Write as _;

use insta::assert_snapshot;
use lanyard::audit::Actor;
use lanyard::seal;
use serde_json::json;

use super::{make, path, profile, text};
use crate::support::{Server, on_both};

on_both!(a_secret_is_shown_once);
fn a_secret_is_shown_once(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({"environment": "test"}));
    let secret = text(&key, "signing_secret");
    assert!(secret.starts_with("hs_test_") && secret.len() == 46);
    for shown in [
        acme.get(&path(&key, "")).send(),
        acme.get("/api/v1/api-keys").send(),
    ] {
        assert!(!shown.with_status(200).text().contains("signing_secret"));
    }
    let plain = make(&acme, &json!({"signing": false}));
    assert_eq!(
        (&plain["signing"], plain.get("signing_secret")),
        (&json!(false), None)
    );
    let rotated = acme
        .post(&path(&plain, "/rotate"))
        .send()
        .with_status(200)
        .json();
    assert_eq!(rotated.get("signing_secret"), None);
    // It is no credential by itself, and no key.
    server
        .get("/v1/profile")
        .bearer(secret)
        .send()
        .with_status(401);
    let verified = acme
        .post("/api/v1/api-keys/verify")
        .json(&json!({"key": secret}))
        .send();
    assert_eq!(verified.json()["code"], "not_found");
}

on_both!(signatures_can_be_required_later);
fn signatures_can_be_required_later(server: &Server) {
    let acme = server.organization("acme");
    let (key, plain) = (
        make(&acme, &json!({})),
        make(&acme, &json!({"signing": false})),
    );
    let change = |key, body| acme.patch(&path(key, "")).json(&body).send();
    assert_snapshot!(change(&plain, json!({"require_signature": true})).in_short(), @"400 invalid_request: require_signature: this key has no signing secret; make another key with signing");
    change(&plain, json!({"require_signature": false})).with_status(200);
    assert_snapshot!(change(&key, json!({"signing": false})).in_short(), @"400 invalid_request: signing: cannot be changed; make another key at line 1 column 17");
    let other = server.another(&[]);
    let by_text = || other.get("/v1/profile").bearer(text(&key, "key")).send();
    by_text().with_status(200);
    let changed = change(&key, json!({"require_signature": true}));
    assert_eq!(changed.with_status(200).json()["require_signature"], true);
    assert!(
        changed.header("revocation-sequence").is_some(),
        "it takes something away"
    );
    by_text().with_status(401);
    profile(&other, &key).send().with_status(200);
    change(&key, json!({"require_signature": false})).with_status(200);
    other.follow();
    by_text().with_status(200);
}

on_both!(secrets_are_resealed_with_the_master_key);
fn secrets_are_resealed_with_the_master_key(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let revoked = make(&acme, &json!({}));
    acme.delete(&path(&revoked, "")).send().with_status(204);
    let mut old = tempfile::NamedTempFile::new().unwrap();
    old.write_all("31".repeat(32).as_bytes()).unwrap();
    let new = format!("master_key={}", "32".repeat(32));
    let previous = format!("previous_master_key_files={}", old.path().display());
    let configured = server.another(&[&new, &previous]);
    profile(&configured, &key).send().with_status(200);
    let app = &configured.app;
    let (masters, now) = (app.tokens.keys.masters(), app.clock.now());
    let body = |conn: &mut _| seal::reseal(conn, masters, &Actor::CommandLine, now);
    let resealed = app.db.write_blocking(body).unwrap();
    let counts: Vec<_> = resealed
        .iter()
        .map(|(column, count)| (column.member, count))
        .collect();
    assert!(counts.contains(&("apiKeySecrets", 2)), "{counts:?}");
    let alone = server.another(&[&new]);
    profile(&alone, &key).send().with_status(200);
}
