//! Who a person is: `openid`, `unionid`, and the operators that they belong to.

use std::collections::BTreeSet;
use std::thread;

use insta::assert_snapshot;
use serde_json::json;

use super::{APP, SECRET, StandIn, add, audit, log_in, log_in_with, node, number, user};
use crate::support::{Server, on_both};

fn user_of(node: &Server, app: &str, code: &str) -> String {
    let body = json!({"code": code, "app_id": app});
    let answer = log_in_with(node, &body).with_status(200).json();
    answer["user"]["id"].as_str().unwrap().to_owned()
}

on_both!(two_people_without_a_unionid_are_two_operators);
fn two_people_without_a_unionid_are_two_operators(server: &Server) {
    let wechat = StandIn::start();
    let node = node(server, &wechat);
    let acme = server.organization("acme");
    add(&acme, &json!({})).with_status(201);
    // An empty unionid counts as absent.
    let codes = ["again-o1", "again-o2", "again-o3-", "again-o4-"];
    let users: BTreeSet<_> = codes.iter().map(|code| user(&node, code)).collect();
    assert_eq!(users.len(), 4);
    let again: BTreeSet<_> = codes.iter().map(|code| user(&node, code)).collect();
    assert_eq!(again, users);
}

on_both!(a_unionid_joins_apps_of_an_organization_and_no_others);
fn a_unionid_joins_apps_of_an_organization_and_no_others(server: &Server) {
    let wechat = StandIn::start();
    let node = node(server, &wechat);
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let members = |app: &str| json!({"app_id": app, "secret": SECRET});
    add(&acme, &members("wx1")).with_status(201);
    add(&acme, &members("wx2")).with_status(201);
    add(&other, &members("wx3")).with_status(201);
    let first = user_of(&node, "wx1", "again-o1-u1");
    assert_eq!(user_of(&node, "wx2", "again-o2-u1"), first);
    let elsewhere = user_of(&node, "wx3", "again-o3-u1");
    assert_ne!(elsewhere, first);
    // An openid means nothing in another app.
    assert_ne!(user_of(&node, "wx2", "again-o1"), first);
    assert_ne!(user_of(&node, "wx3", "again-o1"), first);
    // What was seen once with the unionid is found without it.
    assert_eq!(user_of(&node, "wx2", "again-o2"), first);
}

on_both!(a_unionid_that_is_seen_later_is_added);
fn a_unionid_that_is_seen_later_is_added(server: &Server) {
    let wechat = StandIn::start();
    let node = node(server, &wechat);
    let acme = server.organization("acme");
    add(&acme, &json!({"app_id": "wx1"})).with_status(201);
    add(&acme, &json!({"app_id": "wx2"})).with_status(201);
    let first = user_of(&node, "wx1", "again-o1");
    assert_eq!(user_of(&node, "wx1", "again-o1-u1"), first);
    assert_eq!(user_of(&node, "wx2", "again-o2-u1"), first);
    assert_eq!(audit(&node, &acme, "wechat.identity_conflict").len(), 0);
}

on_both!(a_unionid_of_another_operator_changes_nothing);
fn a_unionid_of_another_operator_changes_nothing(server: &Server) {
    let wechat = StandIn::start();
    let node = node(server, &wechat);
    let acme = server.organization("acme");
    add(&acme, &json!({"app_id": "wx1"})).with_status(201);
    add(&acme, &json!({"app_id": "wx2"})).with_status(201);
    let (one, two) = (
        user_of(&node, "wx1", "again-o1-u1"),
        user_of(&node, "wx1", "again-o2-u2"),
    );
    assert_eq!(user_of(&node, "wx1", "again-o1-u2"), one);
    assert_eq!(user_of(&node, "wx2", "again-o9-u2"), two);
    assert_eq!(user_of(&node, "wx2", "again-o8-u1"), one);
    let log = audit(&node, &acme, "wechat.identity_conflict");
    assert_eq!(log.len(), 1);
    assert_eq!(log[0]["target"], format!("operator:{}", number(&one)));
    assert_snapshot!(log[0]["detail"].as_str().unwrap(), @"the unionid that WeChat gives for this operator in wx1 is another operator's");
}

on_both!(who_is_unknown_can_be_refused);
fn who_is_unknown_can_be_refused(server: &Server) {
    let wechat = StandIn::start();
    let node = node(server, &wechat);
    let acme = server.organization("acme");
    add(&acme, &json!({})).with_status(201);
    let known = user(&node, "again-o1-u1");
    add(&acme, &json!({"app_id": "wx2", "on_unknown": "refuse"})).with_status(201);
    let path = format!("/api/v1/wechat-apps/{APP}");
    acme.patch(&path)
        .json(&json!({"on_unknown": "refuse"}))
        .send()
        .with_status(200);
    assert_snapshot!(log_in(&node, "again-o2").in_short(), @"403 forbidden: nobody in this organization is known by this WeChat account");
    assert_eq!(user(&node, "again-o1"), known);
    assert_eq!(user_of(&node, "wx2", "again-o5-u1"), known);
    let operators = acme.get("/api/company/operators").send().items();
    assert_eq!(operators.len(), 1);
}

on_both!(eight_at_once_make_one_operator);
fn eight_at_once_make_one_operator(server: &Server) {
    let wechat = StandIn::start();
    let acme = server.organization("acme");
    add(&acme, &json!({"app_id": "wx1"})).with_status(201);
    add(&acme, &json!({"app_id": "wx2"})).with_status(201);
    let nodes = [
        server.another(&[&wechat.setting(), "database.pool_size=8"]),
        server.another(&[&wechat.setting(), "database.pool_size=8"]),
    ];
    let users: BTreeSet<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|number| {
                let (node, app) = (&nodes[number % 2], ["wx1", "wx2"][number / 2 % 2]);
                // The same person: in each app one openid, and one unionid.
                let code = format!("again-{app}-u1");
                scope.spawn(move || user_of(node, app, &code))
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(users.len(), 1, "{users:?}");
    let operators = acme.get("/api/company/operators").send().items();
    assert_eq!(operators.len(), 1);
}
