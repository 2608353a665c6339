//! `POST /api/v1/leaked-keys`.

use std::sync::mpsc;
use std::thread;

use insta::assert_snapshot;
use lanyard::api_key::{Environment, KeyText, Prefix};
use serde_json::{Value, json};

use super::{make, path, text, verdict};
use crate::support::{Answer, Server, on_both, table};

fn report(server: &Server, body: &Value) -> Answer {
    server.post("/api/v1/leaked-keys").json(body).send()
}

on_both!(a_key_that_was_found_is_quarantined_when_the_call_returns);
fn a_key_that_was_found_is_quarantined_when_the_call_returns(server: &Server) {
    let acme = server.organization("acme");
    let other = server.another(&[]);
    let key = make(&acme, &json!({}));
    let there = || {
        other
            .get("/v1/profile")
            .bearer(text(&key, "key"))
            .send()
            .in_short()
    };
    assert!(there().starts_with("200"));
    let body = json!({"key": key["key"], "url": "https://example.com/paste/1"});
    for _ in 0..2 {
        let reported = report(server, &body).with_status(200).json();
        assert_eq!(reported, json!({"recognized": true}));
        assert!(there().starts_with("401"));
    }
    assert_eq!(verdict(&acme, &key), "quarantined");
    let log = acme
        .get("/api/company/audit?action=api_key.leak_reported")
        .send();
    assert_eq!(
        log.items()[0]["detail"],
        "found at: https://example.com/paste/1"
    );
    assert!(!log.text().contains(text(&key, "key")));
}

on_both!(where_a_key_was_found_is_recorded_without_its_text);
fn where_a_key_was_found_is_recorded_without_its_text(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let text = text(&key, "key");
    let body = json!({"key": text, "url": format!("https://example.com/{text}/x?k={text}#{text}")});
    report(server, &body).with_status(200);
    let log = acme
        .get("/api/company/audit?action=api_key.leak_reported")
        .send();
    assert_eq!(
        log.items()[0]["detail"],
        "found at: https://example.com/…/x"
    );
}

on_both!(only_live_texts_are_recognized);
fn only_live_texts_are_recognized(server: &Server) {
    let acme = server.organization("acme");
    let old = make(&acme, &json!({}));
    let rotate = |overlap: i64| {
        let call = acme.post(&path(&old, "/rotate"));
        call.json(&json!({"overlap_seconds": overlap}))
            .send()
            .with_status(200)
            .json()
    };
    let new = rotate(0);
    let revoked = make(&acme, &json!({}));
    acme.delete(&path(&revoked, "")).send().with_status(204);
    let alerts = json!([
        {"token": old["key"], "type": "t", "url": "u", "source": "content"},
        {"token": revoked["key"]},
        {"token": "ak_live_nothing"},
        {"token": new["key"], "type": "lanyard"},
    ]);
    let labels = report(server, &alerts).with_status(200).json();
    let label = |place: usize| labels[place]["label"].as_str().unwrap().to_owned();
    assert_eq!(
        [0, 1, 2, 3].map(label),
        [
            "false_positive",
            "false_positive",
            "false_positive",
            "true_positive"
        ]
    );
    assert_eq!(labels[3]["token_raw"], new["key"]);
    assert_eq!(labels[3]["token_type"], "lanyard");
    assert_eq!(verdict(&acme, &new), "quarantined");
}

on_both!(an_old_text_is_recognized_until_its_overlap_ends);
fn an_old_text_is_recognized_until_its_overlap_ends(server: &Server) {
    let acme = server.organization("acme");
    let old = make(&acme, &json!({}));
    let rotate = acme.post(&path(&old, "/rotate"));
    let rotate = rotate.json(&json!({"overlap_seconds": 60})).send();
    let new = rotate.with_status(200).json();
    let reported = report(server, &json!({"key": old["key"]})).json();
    assert_eq!(reported, json!({"recognized": true}));
    // It is the key that is quarantined, with all of its texts.
    assert_eq!(
        (verdict(&acme, &old), verdict(&acme, &new)),
        ("quarantined".to_owned(), "quarantined".to_owned())
    );
    let log = acme.get("/api/company/audit?action=api_key.leak_reported");
    let line = &log.send().items()[0];
    assert_eq!(
        (&line["address"], &line["detail"]),
        (&json!("127.0.0.1"), &json!("found at: unknown"))
    );
    acme.post(&path(&old, "/release")).send().with_status(200);
    server.wait(60);
    let reported = report(server, &json!({"key": old["key"]})).json();
    assert_eq!(reported, json!({"recognized": false}));
    assert_eq!(verdict(&acme, &new), "valid");
}

on_both!(a_report_names_keys_of_several_organizations);
fn a_report_names_keys_of_several_organizations(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let (one, two) = (make(&acme, &json!({})), make(&other, &json!({})));
    let alerts = [&two, &one, &two].map(|key| json!({"token": key["key"]}));
    let labels = report(server, &json!(alerts)).with_status(200).json();
    for label in labels.as_array().unwrap() {
        assert_eq!(label["label"], "true_positive");
    }
    assert_eq!(
        (verdict(&acme, &one), verdict(&other, &two)),
        ("quarantined".to_owned(), "quarantined".to_owned())
    );
    let log = other.get("/api/company/audit?action=api_key.quarantined");
    assert_eq!(log.send().items().len(), 1);
}

on_both!(reports_are_read_strictly);
fn reports_are_read_strictly(server: &Server) {
    let many = json!(vec![json!({"token": "x"}); 101]);
    let cases = [
        json!({}),
        json!({"key": 7}),
        json!([1]),
        json!([{"key": "x"}]),
        many,
    ];
    let shown = table(cases, |case| report(server, case));
    let short: Vec<_> = shown
        .lines()
        .map(|line| line.rsplit('→').next().unwrap().trim())
        .collect();
    assert_snapshot!(short.join("\n"), @r#"
    400 invalid_request: the body is invalid: missing member `key` at line 1 column 2
    400 invalid_request: key: invalid type: number `7`, expected a string at line 1 column 8
    400 invalid_request: [0]: invalid type: number `1`, expected an object at line 1 column 2
    400 invalid_request: [0]: missing member `token` at line 1 column 12
    400 invalid_request: a report must have at most 100 texts
    "#);
}

on_both!(a_report_that_names_no_key_waits_for_no_writer);
fn a_report_that_names_no_key_waits_for_no_writer(server: &Server) {
    let (begun, begins) = mpsc::channel();
    let (end, ends) = mpsc::channel::<()>();
    let db = &server.app.db;
    thread::scope(|scope| {
        // On SQLite there is one writer.
        let writer = scope.spawn(move || {
            db.write_blocking(|_| -> lanyard::db::Result<()> {
                begun.send(()).unwrap();
                let _ = ends.recv();
                Ok(())
            })
        });
        begins.recv().unwrap();
        let text = KeyText::draw(Prefix::Ak, Environment::Live);
        let body = json!([{"token": text.text()}, {"token": "x"}]);
        let labels = report(server, &body).with_status(200).json();
        assert_eq!(labels[0]["label"], "false_positive");
        end.send(()).unwrap();
        writer.join().unwrap().unwrap();
    });
}

on_both!(reports_are_throttled_by_address, "login.throttle=true");
fn reports_are_throttled_by_address(server: &Server) {
    let statuses = (0..200).map(|_| report(server, &json!({"key": "x"})));
    let limited = statuses
        .filter(|answer| answer.in_short().starts_with("429"))
        .count();
    assert!(limited > 100, "{limited}");
}
