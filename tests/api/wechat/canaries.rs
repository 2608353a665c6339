//! What WeChat returns, and what is sent to it, is neither stored nor shown.

use serde_json::json;

use super::{APP, SECRET, StandIn, add, audit, log_in_with, node};
use crate::pages::{dump, search};
use crate::support::{Server, on_both};

/// The `session_key` of every person of the stand-in.
const SESSION_KEY: &str = "SGVsbG8gd29ybGQhIQ==";

on_both!(what_wechat_is_asked_with_and_its_session_key_are_not_kept);
fn what_wechat_is_asked_with_and_its_session_key_are_not_kept(server: &Server) {
    let wechat = StandIn::start();
    let node = node(server, &wechat);
    let acme = server.organization("acme");
    add(&acme, &json!({})).with_status(201);
    let log_in = |code: &str| log_in_with(&node, &json!({"code": code, "app_id": APP}));
    let (good, bad) = ("again-o1-u1-canary", "error-40013-canary");
    let answer = log_in(good);
    assert!(!answer.with_status(200).text().contains(SESSION_KEY));
    let session = answer.json()["access_token"].as_str().unwrap().to_owned();
    log_in(bad).with_status(502);
    assert_eq!(audit(&node, &acme, "wechat.failed").len(), 1);
    let secrets = [
        ("the secret of the app", SECRET.to_owned()),
        ("the key of WeChat's session", SESSION_KEY.to_owned()),
        ("a code", good.to_owned()),
        ("a refused code", bad.to_owned()),
        ("a session", session),
    ];
    let dump = dump(server);
    search(&dump, &secrets);
    // The search finds what is there.
    assert!(dump.contains(APP) && dump.contains("wechat.failed"));
    let metrics = node.get("/metrics").send();
    for (what, secret) in &secrets {
        assert!(!metrics.text().contains(secret), "{what} is in the metrics");
    }
}
