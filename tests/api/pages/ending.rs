//! What ends a browser session, on every node, when the call returns.

use serde_json::json;

use super::*;
use crate::support::on_both;

on_both!(
    any_node_knows_a_session_and_a_restart_ends_none,
    "oauth.issuer=http://localhost:8080"
);
fn any_node_knows_a_session_and_a_restart_ends_none(server: &Server) {
    let scene = Scene::new(server);
    let two = server.another(&["oauth.issuer=http://localhost:8080"]);
    let browser = Browser::new();
    // The walk goes from node to node.
    let page = browser.open(server, &scene.authorize(&[]));
    let answer = browser.sign_in(&two, &page, PASSWORD);
    let page = browser.follow(server, &answer);
    let answer = browser.submit(&two, &page, &[("do", "allow")]);
    value(&returned(&answer, CALLBACK), "code");
    assert!(scene.is_signed_in(server, &browser) && scene.is_signed_in(&two, &browser));
    drop(two);
    let three = server.another(&["oauth.issuer=http://localhost:8080"]);
    assert!(scene.is_signed_in(&three, &browser));
}

on_both!(
    each_kind_of_ending_ends_it_on_every_node,
    "oauth.issuer=http://localhost:8080"
);
fn each_kind_of_ending_ends_it_on_every_node(server: &Server) {
    let scene = Scene::new(server);
    let two = server.another(&["oauth.issuer=http://localhost:8080"]);
    let record = format!("/api/company/operators/{}", scene.operator);
    let ended = |browser: &Browser| {
        assert!(!scene.is_signed_in(&two, browser));
        assert!(!scene.is_signed_in(server, browser));
    };
    let browser = scene.signed_in();
    assert!(scene.is_signed_in(&two, &browser));
    scene
        .acme
        .patch(&record)
        .json(&json!({"status": "inactive"}))
        .send()
        .with_status(200);
    ended(&browser);
    scene
        .acme
        .patch(&record)
        .json(&json!({"status": "active"}))
        .send()
        .with_status(200);
    ended(&browser);

    let browser = scene.signed_in();
    scene
        .acme
        .patch(&record)
        .json(&json!({"password": PASSWORD}))
        .send()
        .with_status(200);
    ended(&browser);

    let browser = scene.signed_in();
    let tokens = format!("{record}/revoke-tokens");
    scene.acme.post(&tokens).send().with_status(204);
    ended(&browser);

    let browser = scene.signed_in();
    let page = browser.open(server, &scene.authorize(&[("prompt", "consent")]));
    scene.acme.delete(&record).send().with_status(204);
    ended(&browser);
    let answer = browser.submit(&two, &page, &[("do", "allow")]);
    assert_eq!(browser.follow(&two, &answer).name(), "sign-in");
}

on_both!(
    a_suspended_organization_has_no_sessions,
    "oauth.issuer=http://localhost:8080"
);
fn a_suspended_organization_has_no_sessions(server: &Server) {
    let scene = Scene::new(server);
    let browser = scene.signed_in();
    let app = &server.app;
    let id = lanyard::base::OrganizationId(scene.acme.id);
    let origin = lanyard::audit::Origin::command_line();
    lanyard::organization::suspend(&app.db, id, &origin, app.clock.now()).unwrap();
    server.follow();
    let answer = browser.get(server, &scene.authorize(&[]));
    answer.with_status(400);
}

on_both!(
    a_session_ends_when_it_is_idle_and_when_it_is_old,
    "oauth.issuer=http://localhost:8080",
    "oauth.session_idle=1h",
    "oauth.session_lifetime=3h"
);
fn a_session_ends_when_it_is_idle_and_when_it_is_old(server: &Server) {
    let scene = Scene::new(server);
    let browser = scene.signed_in();
    let other = scene.signed_in();
    server.wait(3_590);
    assert!(scene.is_signed_in(server, &browser));
    server.wait(3_590);
    assert!(scene.is_signed_in(server, &browser));
    assert!(!scene.is_signed_in(server, &other), "idle");
    server.wait(3_500);
    assert!(scene.is_signed_in(server, &browser));
    server.wait(200);
    assert!(!scene.is_signed_in(server, &browser), "old");
}

on_both!(
    a_session_in_use_is_not_idle_however_short_the_time,
    "oauth.issuer=http://localhost:8080",
    "oauth.session_idle=20s"
);
fn a_session_in_use_is_not_idle_however_short_the_time(server: &Server) {
    let scene = Scene::new(server);
    let browser = scene.signed_in();
    for _ in 0..4 {
        server.wait(14);
        assert!(scene.is_signed_in(server, &browser));
    }
    server.wait(20);
    assert!(!scene.is_signed_in(server, &browser));
}

on_both!(
    a_session_that_another_sign_in_replaces_is_in_the_audit_log,
    "oauth.issuer=http://localhost:8080"
);
fn a_session_that_another_sign_in_replaces_is_in_the_audit_log(server: &Server) {
    let scene = Scene::with(server, &json!({"consent": "skip"}));
    operator(&scene.acme, "Minh", "minh");
    let ended = || {
        let path = "/api/company/audit?action=session.ended";
        let lines = scene.acme.get(path).send().items();
        let text = |line: &Value, name: &str| line[name].as_str().unwrap().to_owned();
        let pairs = lines
            .iter()
            .map(|line| (text(line, "actor"), text(line, "target")));
        pairs.collect::<Vec<_>>()
    };
    let again = |browser: &Browser, name: &str| {
        let page = browser.open(server, &scene.authorize(&[("prompt", "login")]));
        let fields = [
            ("username", name),
            ("password", PASSWORD),
            ("do", "sign-in"),
        ];
        let answer = browser.submit(server, &page, &fields);
        let code = value(&returned(&answer, CALLBACK), "code");
        let tokens = scene.redeem(&code, &[]).with_status(200).json();
        let sid = claims(tokens["id_token"].as_str().unwrap())["sid"].clone();
        format!("session:{}", sid.as_str().unwrap())
    };
    let browser = Browser::new();
    let first = again(&browser, "lan");
    assert!(ended().is_empty());
    let lan = format!("operator:{}", scene.operator);
    // The same operator signs in anew, then another one.
    let second = again(&browser, "lan");
    assert_eq!(ended(), [(lan.clone(), first)]);
    let third = again(&browser, "minh");
    assert_eq!(ended()[0], (lan, second));
    // A session that has ended already does not end once more.
    server.wait(3_600);
    again(&browser, "minh");
    assert!(ended().iter().all(|(_, target)| *target != third));
}
