//! What WeChat may answer, and what becomes of it.

use insta::assert_snapshot;
use serde_json::json;

use super::{APP, SECRET, StandIn, add, audit, log_in, log_in_with, node, user};
use crate::support::{Server, on_both, table};

/// Returns the question of a login without its app and secret, which must not appear anywhere.
const CANARIES: [&str; 3] = [SECRET, "jscode2session", "js_code"];

on_both!(every_answer_of_wechat_has_one_of_ours);
fn every_answer_of_wechat_has_one_of_ours(server: &Server) {
    let wechat = StandIn::start();
    let node = node(server, &wechat);
    let acme = server.organization("acme");
    add(&acme, &json!({})).with_status(201);
    user(&node, "ok-o1");
    let cases = [
        // Used, unknown, missing.
        "ok-o1",
        "unknown",
        "error-41008",
        "error-40226",
        "error-45011",
        "busy",
        "status-500",
        "status-503",
        "silence",
        "cut",
        "nothing",
        "slow",
        "error-40013",
        "error-40125",
        "error-40164",
        "error-1",
        "status-404",
        "redirect",
        "empty",
        "html",
        "long",
        "nobody",
    ];
    let answers = table(cases, |code| log_in(&node, code));
    assert_snapshot!(answers, @r"
    ok-o1 → 401 invalid_credentials: WeChat does not accept the code: it is wrong, expired or used; get another one with wx.login
    unknown → 401 invalid_credentials: WeChat does not accept the code: it is wrong, expired or used; get another one with wx.login
    error-41008 → 401 invalid_credentials: WeChat does not accept the code: it is wrong, expired or used; get another one with wx.login
    error-40226 → 403 forbidden: WeChat considers this person a risk and does not let them sign in
    error-45011 → 429 rate_limited: too many attempts; retry after the number of seconds in the Retry-After header
    busy → 503 temporarily_unavailable: WeChat does not answer; retry with another code after the number of seconds in the Retry-After header
    status-500 → 503 temporarily_unavailable: WeChat does not answer; retry with another code after the number of seconds in the Retry-After header
    status-503 → 503 temporarily_unavailable: WeChat does not answer; retry with another code after the number of seconds in the Retry-After header
    silence → 503 temporarily_unavailable: WeChat does not answer; retry with another code after the number of seconds in the Retry-After header
    cut → 503 temporarily_unavailable: WeChat does not answer; retry with another code after the number of seconds in the Retry-After header
    nothing → 503 temporarily_unavailable: WeChat does not answer; retry with another code after the number of seconds in the Retry-After header
    slow → 503 temporarily_unavailable: WeChat does not answer; retry with another code after the number of seconds in the Retry-After header
    error-40013 → 502 server_error: WeChat's answer is of no use; the organization's audit log says why (wechat.failed)
    error-40125 → 502 server_error: WeChat's answer is of no use; the organization's audit log says why (wechat.failed)
    error-40164 → 502 server_error: WeChat's answer is of no use; the organization's audit log says why (wechat.failed)
    error-1 → 502 server_error: WeChat's answer is of no use; the organization's audit log says why (wechat.failed)
    status-404 → 502 server_error: WeChat's answer is of no use; the organization's audit log says why (wechat.failed)
    redirect → 502 server_error: WeChat's answer is of no use; the organization's audit log says why (wechat.failed)
    empty → 502 server_error: WeChat's answer is of no use; the organization's audit log says why (wechat.failed)
    html → 502 server_error: WeChat's answer is of no use; the organization's audit log says why (wechat.failed)
    long → 502 server_error: WeChat's answer is of no use; the organization's audit log says why (wechat.failed)
    nobody → 502 server_error: WeChat's answer is of no use; the organization's audit log says why (wechat.failed)
    ");
    // Each was asked once: nothing is repeated, and no redirect is followed.
    assert_eq!(wechat.asked(), 1 + cases.len());
    let mut lines: Vec<_> = audit(&node, &acme, "wechat.failed")
        .iter()
        .map(|line| {
            let text = |member: &str| line[member].as_str().unwrap().to_owned();
            format!("{} {}", text("target"), text("detail"))
        })
        .collect();
    lines.sort();
    assert_snapshot!(lines.join("\n"), @r"
    wechat-app:wx0123456789abcdef the answer is of no use: errcode 1
    wechat-app:wx0123456789abcdef the answer is of no use: errcode 40013
    wechat-app:wx0123456789abcdef the answer is of no use: errcode 40125
    wechat-app:wx0123456789abcdef the answer is of no use: errcode 40164
    wechat-app:wx0123456789abcdef the answer is of no use: it has no openid
    wechat-app:wx0123456789abcdef the answer is of no use: it is not the JSON that is expected
    wechat-app:wx0123456789abcdef the answer is of no use: it is too long
    wechat-app:wx0123456789abcdef the answer is of no use: status 302
    wechat-app:wx0123456789abcdef the answer is of no use: status 404
    ");
    for canary in CANARIES {
        let log = acme.get("/api/company/audit?limit=1000").send();
        assert!(!log.text().contains(canary) && !answers.contains(canary));
    }
    let limited = log_in(&node, "error-45011");
    assert_eq!(limited.header("retry-after"), Some("60"));
    let unavailable = log_in(&node, "busy");
    assert_eq!(unavailable.header("retry-after"), Some("1"));
}

on_both!(the_content_type_does_not_count);
fn the_content_type_does_not_count(server: &Server) {
    let wechat = StandIn::start();
    let node = node(server, &wechat);
    let acme = server.organization("acme");
    add(&acme, &json!({})).with_status(201);
    let first = user(&node, "binary-o1");
    assert_eq!(user(&node, "zero-o1"), first);
    assert_eq!(user(&node, "ok-o1"), first);
}

on_both!(a_wrong_secret_is_the_app_owners_to_mend);
fn a_wrong_secret_is_the_app_owners_to_mend(server: &Server) {
    let wechat = StandIn::start();
    let node = node(server, &wechat);
    let acme = server.organization("acme");
    add(&acme, &json!({"secret": "wrong"})).with_status(201);
    add(&acme, &json!({"app_id": "other"})).with_status(201);
    for _ in 0..3 {
        log_in(&node, "ok-o1").with_status(502);
    }
    log_in_with(&node, &json!({"code": "ok-o1", "app_id": "other"})).with_status(502);
    let detail = |line: &serde_json::Value| line["detail"].as_str().unwrap().to_owned();
    let lines = audit(&node, &acme, "wechat.failed");
    assert!(
        lines
            .iter()
            .any(|line| detail(line).ends_with("errcode 40125"))
    );
    assert!(
        lines
            .iter()
            .any(|line| detail(line).ends_with("errcode 40013"))
    );
    // Those of a minute have one more line.
    node.wait(61);
    let lines = audit(&node, &acme, "wechat.failed");
    assert!(lines.iter().any(|line| line["count"] == 2), "{lines:?}");
    let path = format!("/api/v1/wechat-apps/{APP}");
    acme.patch(&path)
        .json(&json!({"secret": SECRET}))
        .send()
        .with_status(200);
    user(&node, "ok-o1");
}

on_both!(wechat_that_is_away_is_503);
fn wechat_that_is_away_is_503(server: &Server) {
    let setting = StandIn::start().setting();
    let node = server.another(&[&setting]);
    let acme = server.organization("acme");
    add(&acme, &json!({})).with_status(201);
    log_in(&node, "ok-o1").with_status(503);
    assert_eq!(audit(&node, &acme, "wechat.failed").len(), 0);
}

on_both!(logins_are_throttled_by_address);
fn logins_are_throttled_by_address(server: &Server) {
    let wechat = StandIn::start();
    let node = server.another(&[&wechat.setting(), "login.throttle=true"]);
    let acme = server.organization("acme");
    add(&acme, &json!({})).with_status(201);
    let answers: Vec<_> = (0..40).map(|_| log_in(&node, "again-o1").status).collect();
    let good = answers.iter().filter(|status| **status == 200).count();
    let limited = answers.iter().filter(|status| **status == 429).count();
    assert_eq!((good, good + limited), (30, 40));
    assert_eq!(wechat.asked(), 30);
    let other = node.post("/api/v1/auth/wechat/login");
    let body = json!({"code": "again-o1", "app_id": APP});
    other
        .json(&body)
        .from([127, 0, 0, 9])
        .send()
        .with_status(200);
}
