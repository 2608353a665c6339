//! `/api/v1/wechat-apps…`.

use std::io::Write;
use std::thread;

use insta::assert_snapshot;
use lanyard::audit::Actor;
use lanyard::seal;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::{APP, SECRET, StandIn, add, log_in, node, user};
use crate::support::{Organization, Server, on_both, table};

fn app(acme: &Organization<'_>) -> String {
    let path = format!("/api/v1/wechat-apps/{APP}");
    acme.get(&path).send().in_short()
}

on_both!(an_app_is_added_changed_and_removed);
fn an_app_is_added_changed_and_removed(server: &Server) {
    let acme = server.organization("acme");
    let added = add(&acme, &json!({}));
    assert_eq!(
        added.header("location"),
        Some("/api/v1/wechat-apps/wx0123456789abcdef")
    );
    let record = json!({"app_id": APP, "on_unknown": "create", "role": "customer", "created_at": "2030-01-01T00:00:00Z"});
    assert_eq!(added.with_status(201).json(), record);
    add(&acme, &json!({})).with_status(409);
    let list = acme.get("/api/v1/wechat-apps").send();
    assert_eq!(list.items(), [record]);
    let path = format!("/api/v1/wechat-apps/{APP}");
    let change = |body: &Value| acme.patch(&path).json(body).send();
    let changed = change(&json!({"on_unknown": "refuse", "role": "guest"}));
    assert_snapshot!(changed.in_short(), @r#"200 {"app_id":"wx0123456789abcdef","on_unknown":"refuse","role":"guest","created_at":"2030-01-01T00:00:00Z"}"#);
    change(&json!({"secret": "another"})).with_status(200);
    assert_eq!(app(&acme), changed.in_short());
    acme.delete(&path).send().with_status(204);
    acme.delete(&path).send().with_status(404);
    assert_snapshot!(app(&acme), @"404 not_found: there is no such resource");
    let log: Vec<_> = ["created", "updated", "deleted"]
        .iter()
        .map(|what| {
            let path = format!("/api/company/audit?action=wechat_app.{what}");
            acme.get(&path).send().items().len()
        })
        .collect();
    assert_eq!(log, [1, 2, 1]);
}

on_both!(what_cannot_be_an_app_is_refused);
fn what_cannot_be_an_app_is_refused(server: &Server) {
    let acme = server.organization("acme");
    let cases = [
        json!({"app_id": ""}),
        json!({"app_id": "wx/1"}),
        json!({"app_id": 7}),
        json!({"secret": ""}),
        json!({"secret": "a b"}),
        json!({"secret": 7}),
        json!({"role": "admin"}),
        json!({"role": "auditor"}),
        json!({"role": "a b"}),
        json!({"on_unknown": "ask"}),
    ];
    let answers = table(cases, |members| add(&acme, members));
    assert_snapshot!(answers, @r#"
    {"app_id":""} → 400 invalid_request: app_id must have 1 to 128 of the characters A-Z a-z 0-9 _ -
    {"app_id":"wx/1"} → 400 invalid_request: app_id must have 1 to 128 of the characters A-Z a-z 0-9 _ -
    {"app_id":7} → 400 invalid_request: app_id: invalid type: number `7`, expected a string at line 1 column 11
    {"secret":""} → 400 invalid_request: secret must have 1 to 128 visible ASCII characters
    {"secret":"a b"} → 400 invalid_request: secret must have 1 to 128 visible ASCII characters
    {"secret":7} → 400 invalid_request: secret: must be a text at line 1 column 42
    {"role":"admin"} → 400 invalid_request: role must not be admin: everyone who signs in for the first time would get it
    {"role":"auditor"} → 400 invalid_request: role must not be auditor: everyone who signs in for the first time would get it
    {"role":"a b"} → 400 invalid_request: role must have 1 to 64 of the characters A-Z a-z 0-9 . _ : -
    {"on_unknown":"ask"} → 400 invalid_request: on_unknown: must be one of create, refuse at line 1 column 49
    "#);
    add(&acme, &json!({})).with_status(201);
    let path = format!("/api/v1/wechat-apps/{APP}");
    for role in ["admin", "auditor"] {
        let refused = acme.patch(&path).json(&json!({"role": role})).send();
        refused.with_status(400);
    }
}

on_both!(an_app_belongs_to_one_organization);
fn an_app_belongs_to_one_organization(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    add(&acme, &json!({})).with_status(201);
    add(&other, &json!({})).with_status(409);
    assert_snapshot!(app(&other), @"404 not_found: there is no such resource");
    let path = format!("/api/v1/wechat-apps/{APP}");
    other.delete(&path).send().with_status(404);
    let change = other.patch(&path).json(&json!({"role": "guest"})).send();
    change.with_status(404);
    assert_eq!(other.get("/api/v1/wechat-apps").send().items().len(), 0);
}

on_both!(a_list_has_pages);
fn a_list_has_pages(server: &Server) {
    let acme = server.organization("acme");
    for number in 0..3 {
        add(&acme, &json!({"app_id": format!("wx{number}")})).with_status(201);
    }
    let first = acme.get("/api/v1/wechat-apps?limit=2").send().json();
    let cursor = first["nextCursor"].as_str().unwrap();
    let rest = acme
        .get(&format!("/api/v1/wechat-apps?limit=2&cursor={cursor}"))
        .send();
    assert_eq!(rest.items().len(), 1);
    acme.get("/api/v1/wechat-apps?cursor=AA")
        .send()
        .with_status(400);
}

on_both!(a_removed_app_signs_nobody_in_and_comes_back_with_its_people);
fn a_removed_app_signs_nobody_in_and_comes_back_with_its_people(server: &Server) {
    let wechat = StandIn::start();
    let node = node(server, &wechat);
    let acme = server.organization("acme");
    add(&acme, &json!({})).with_status(201);
    let before = user(&node, "again-o1");
    let path = format!("/api/v1/wechat-apps/{APP}");
    acme.delete(&path).send().with_status(204);
    assert_snapshot!(log_in(&node, "again-o1").in_short(), @"400 invalid_request: app_id: there is no app with this id");
    assert_eq!(wechat.asked(), 1);
    add(&acme, &json!({})).with_status(201);
    assert_eq!(user(&node, "again-o1"), before);
}

on_both!(an_app_that_is_removed_while_wechat_answers_signs_nobody_in);
fn an_app_that_is_removed_while_wechat_answers_signs_nobody_in(server: &Server) {
    let wechat = StandIn::start();
    let node = server.another(&[&wechat.setting(), "wechat.timeout=30s"]);
    let acme = server.organization("acme");
    add(&acme, &json!({})).with_status(201);
    user(&node, "again-o1");
    let path = format!("/api/v1/wechat-apps/{APP}");
    // A person that the organization knows, and one that it does not know.
    for code in ["held-o1", "held-o2"] {
        let (asked, held) = (wechat.asked(), wechat.hold());
        let answer = thread::scope(|scope| {
            let login = scope.spawn(|| log_in(&node, code).in_short());
            while wechat.asked() == asked {
                thread::yield_now();
            }
            acme.delete(&path).send().with_status(204);
            drop(held);
            login.join().unwrap()
        });
        assert_eq!(
            answer,
            "400 invalid_request: app_id: there is no app with this id"
        );
        add(&acme, &json!({})).with_status(201);
    }
    let operators = acme.get("/api/company/operators").send().items();
    assert_eq!(operators.len(), 1);
    let sessions = acme.get("/api/company/tokens?kind=session").send().items();
    assert_eq!(sessions.len(), 1);
}

on_both!(a_secret_outlives_a_new_master_key_and_is_never_shown);
fn a_secret_outlives_a_new_master_key_and_is_never_shown(server: &Server) {
    let wechat = StandIn::start();
    let acme = server.organization("acme");
    let added = add(&acme, &json!({}));
    let mut old = NamedTempFile::new().unwrap();
    old.write_all("31".repeat(32).as_bytes()).unwrap();
    let shown = server.another(&[
        &format!("master_key={}", "32".repeat(32)),
        &format!("previous_master_key_files={}", old.path().display()),
        &wechat.setting(),
    ]);
    let reseal = || {
        let (masters, now) = (shown.app.tokens.keys.masters(), shown.app.clock.now());
        let done = shown
            .app
            .db
            .write_blocking(|conn| seal::reseal(conn, masters, &Actor::CommandLine, now));
        done.unwrap().total()
    };
    // The signing key and the secret.
    assert_eq!((reseal(), reseal()), (2, 0));
    user(&shown, "ok-o1");
    let path = format!("/api/v1/wechat-apps/{APP}");
    for answer in [
        added,
        acme.get(&path).send(),
        acme.get("/api/v1/wechat-apps").send(),
        acme.get("/api/company/audit").send(),
    ] {
        assert!(!answer.text().contains(SECRET), "{}", answer.text());
    }
}
