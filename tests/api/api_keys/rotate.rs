//! `POST /api/v1/api-keys/{id}/rotate`.

use std::time::Duration;

use insta::assert_snapshot;
use lanyard::api_key::Refused;
use lanyard::api_key::manage::{Standing, standing};
use serde_json::{Value, json};

use super::{make, path, text, verdict, verdict_of};
use crate::support::{Answer, Organization, Server, on_both, table};

fn rotate(acme: &Organization<'_>, key: &Value, body: &Value) -> Answer {
    acme.post(&path(key, "/rotate")).json(body).send()
}

on_both!(two_texts_live_in_the_overlap);
fn two_texts_live_in_the_overlap(server: &Server) {
    let acme = server.organization("acme");
    let first = make(&acme, &json!({"role": "tenant"}));
    let second = rotate(&acme, &first, &json!({}));
    assert!(second.header("revocation-sequence").is_none());
    assert_eq!(
        second.with_status(200).header("cache-control"),
        Some("no-store")
    );
    let second = second.json();
    assert_eq!(second["id"], first["id"]);
    assert_eq!(
        (&second["scopes"], &second["role"]),
        (&first["scopes"], &first["role"])
    );
    assert_eq!(second["previous_expires_at"], "2030-01-02T00:00:00Z");
    assert!(text(&second, "key").starts_with(text(&second, "start")));
    assert_eq!(
        (verdict(&acme, &first), verdict(&acme, &second)),
        ("valid".to_owned(), "valid".to_owned())
    );
    server.wait(86_400 - 3_600);
    // Again: the oldest ends at once, and no overlap is lengthened.
    let acme = acme.log_in();
    let third = rotate(&acme, &first, &json!({"overlap_seconds": 60}));
    assert!(third.header("revocation-sequence").is_some());
    let third = third.with_status(200).json();
    assert_eq!(third["previous_expires_at"], "2030-01-01T23:01:00Z");
    let verdicts = || [&first, &second, &third].map(|key| verdict(&acme, key));
    assert_eq!(verdicts(), ["expired", "valid", "valid"]);
    server.wait(60);
    assert_eq!(verdicts(), ["expired", "expired", "valid"]);
    let old = server.get("/v1/profile").bearer(text(&first, "key")).send();
    assert_eq!(
        old.with_status(401).json()["error"]["code"],
        "token_expired"
    );
    let record = acme.get(&path(&first, "")).send().json();
    assert_eq!(record["previous_expires_at"], Value::Null);
}

on_both!(a_key_keeps_its_counters_and_its_limits);
fn a_key_keeps_its_counters_and_its_limits(server: &Server) {
    let acme = server.organization("acme");
    let limits = json!({"allowed_ips": ["127.0.0.0/8"], "expires_at": "2030-03-01T00:00:00Z"});
    let first = make(&acme, &limits);
    let use_it = |key: &Value| {
        let profile = server.get("/v1/profile").bearer(text(key, "key")).send();
        profile.with_status(200);
        server.app.keys.uses.write(&server.app.db).unwrap();
    };
    use_it(&first);
    let second = rotate(&acme, &first, &json!({})).with_status(200).json();
    for member in [
        "id",
        "name",
        "environment",
        "prefix",
        "allowed_ips",
        "expires_at",
        "created_at",
        "created_by",
    ] {
        assert_eq!(second[member], first[member], "{member}");
    }
    assert_eq!(second["last_used_at"], "2030-01-01T00:00:00Z");
    use_it(&second);
    use_it(&first);
    let usage = acme.get("/api/v1/api-keys/usage").send().items();
    assert_eq!(usage.len(), 1);
    assert_eq!(
        (&usage[0]["key_id"], &usage[0]["requests"]),
        (&first["id"], &json!(3))
    );
}

on_both!(without_an_overlap_the_old_text_ends_on_every_node);
fn without_an_overlap_the_old_text_ends_on_every_node(server: &Server) {
    let acme = server.organization("acme");
    let other = server.another(&[]);
    let first = make(&acme, &json!({}));
    let there = |key: &str| other.get("/v1/profile").bearer(key).send().in_short();
    assert!(there(text(&first, "key")).starts_with("200"));
    let second = rotate(&acme, &first, &json!({"overlap_seconds": 0}));
    assert!(
        second
            .with_status(200)
            .header("revocation-sequence")
            .is_some()
    );
    assert!(there(text(&first, "key")).starts_with("401"));
    assert!(there(text(&second.json(), "key")).starts_with("200"));
    assert_eq!(verdict_of(&acme, text(&first, "key")), "expired");
}

on_both!(a_text_that_ends_at_once_is_expired_by_a_slow_clock_too);
fn a_text_that_ends_at_once_is_expired_by_a_slow_clock_too(server: &Server) {
    let acme = server.organization("acme");
    let first = make(&acme, &json!({}));
    let second = rotate(&acme, &first, &json!({})).with_status(200).json();
    rotate(&acme, &first, &json!({"overlap_seconds": 0})).with_status(200);
    for behind in [Duration::from_mins(10), Duration::from_hours(24 * 365 * 20)] {
        let slow = server.app.clock.now().minus(behind);
        for old in [&first, &second] {
            let found = server
                .app
                .db
                .read_blocking(|conn| standing(conn, text(old, "key"), slow));
            let found = found.unwrap();
            assert!(
                matches!(found, Standing::Known(_, Err(Refused::Expired))),
                "{found:?}"
            );
        }
    }
}

on_both!(what_cannot_be_rotated);
fn what_cannot_be_rotated(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({"expires_at": "2030-01-01T00:01:00Z"}));
    let cases = [-1, 604_801].map(|overlap| json!({"overlap_seconds": overlap}));
    assert_snapshot!(table(cases, |case| rotate(&acme, &key, case)), @r#"
    {"overlap_seconds":-1} → 400 invalid_request: overlap_seconds must be between 0 and 604800
    {"overlap_seconds":604801} → 400 invalid_request: overlap_seconds must be between 0 and 604800
    "#);
    rotate(&acme, &key, &json!({"overlap_seconds": 604_800})).with_status(200);
    server.wait(60);
    assert_snapshot!(rotate(&acme, &key, &json!({})).in_short(), @"409 conflict: the key has expired; set expires_at first");
}

on_both!(a_text_that_ended_is_expired_for_30_days_and_then_unknown);
fn a_text_that_ended_is_expired_for_30_days_and_then_unknown(server: &Server) {
    let acme = server.organization("acme");
    let at_once = make(&acme, &json!({"signing": true}));
    rotate(&acme, &at_once, &json!({"overlap_seconds": 0})).with_status(200);
    let later = make(&acme, &json!({"signing": true}));
    rotate(&acme, &later, &json!({"overlap_seconds": 60})).with_status(200);
    let (app, retention) = (&server.app, Duration::from_hours(400 * 24));
    // What the database has: a node may remember an old text for longer.
    let after = |days: u64| {
        for _ in 0..days {
            server.run(86_400);
        }
        let ticks = app.nodes.feed.index().ticks();
        lanyard::api_key::job::purge(&app.db, &app.nodes.duty, retention, &ticks).unwrap();
        [&at_once, &later].map(|key| {
            let now = app.clock.now();
            let found = app
                .db
                .read_blocking(|conn| standing(conn, text(key, "key"), now));
            match found.unwrap() {
                Standing::Known(_, Err(Refused::Expired)) => "expired",
                Standing::Known(..) => "known",
                Standing::Unknown => "unknown",
            }
        })
    };
    assert_eq!(after(29), ["expired", "expired"]);
    // The purge keeps a day more, and ticks are a day apart here.
    assert_eq!(after(6), ["unknown", "unknown"]);
}
