//! Refusals, in the words of the guides.

use insta::assert_snapshot;
use serde_json::json;

use super::{ask, key, outcome, text};
use crate::support::{Answer, Server, on_both};

/// Checks what holds for every refusal. Returns status and body.
fn refused(answer: &Answer) -> String {
    assert_eq!(
        answer.header("x-auth-error"),
        Some(answer.text()),
        "{answer}"
    );
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(
        answer.header("www-authenticate").is_some(),
        answer.status == 401
    );
    assert_eq!(answer.header("x-auth-kind"), None, "{answer}");
    outcome(answer)
}

on_both!(
    the_words_are_the_guides,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn the_words_are_the_guides(server: &Server) {
    let acme = server.organization("acme");
    let writer = key(&acme, &json!({"scopes": ["write"], "role": "tenant"}));
    let none = |target: &str| refused(&ask(server, "POST", target).send());
    let with =
        |target: &str, token: &str| refused(&ask(server, "POST", target).bearer(token).send());
    let (campaigns, orders, managers) = ("/api/v1/campaigns", "/v1/orders/7", "/v1/managers");
    assert_snapshot!(none(campaigns), @r#"401 {"error":"invalid_token","error_description":"The access token is invalid or expired"}"#);
    assert_snapshot!(none(orders), @r#"401 {"error":{"code":"unauthorized","message":"Invalid or missing authentication credentials"}}"#);
    assert_eq!(with(campaigns, "nonsense"), none(campaigns));
    assert_eq!(with(orders, "nonsense"), none(orders));
    assert_snapshot!(with(campaigns, text(&writer)), @r#"403 {"error":"insufficient_scope","error_description":"The request requires higher privileges"}"#);
    assert_snapshot!(with(orders, text(&writer)), @r#"403 {"error":{"code":"insufficient_scope","message":"The request requires higher privileges than provided by the access token.","required_scope":"write:orders"}}"#);
    assert_snapshot!(with(managers, text(&writer)), @r#"403 {"error":{"code":"forbidden","message":"Insufficient permissions for this operation"}}"#);
    assert_snapshot!(with("/nowhere", text(&writer)), @r#"403 {"error":"forbidden","error_description":"Insufficient permissions for this operation"}"#);
    let challenge = |call: crate::support::client::Call<'_>| {
        let answer = call.send();
        answer.header("www-authenticate").unwrap().to_owned()
    };
    assert_eq!(
        challenge(ask(server, "POST", campaigns)),
        "Bearer realm=\"lanyard\""
    );
    assert_eq!(
        challenge(ask(server, "POST", campaigns).bearer("nonsense")),
        "Bearer realm=\"lanyard\", error=\"invalid_token\""
    );
}

on_both!(
    what_has_expired_says_so_only_in_guide_004,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn what_has_expired_says_so_only_in_guide_004(server: &Server) {
    let acme = server.organization("acme");
    acme.operator_who_signs_in("lan", "open");
    let session = acme.session("lan", "open");
    let short = key(&acme, &json!({"expires_at": "2030-01-01T00:00:02Z"}));
    let ask = |target: &str, token: &str| ask(server, "GET", target).bearer(token).send();
    ask("/open", text(&short)).with_status(200);
    server.wait(3);
    assert_snapshot!(refused(&ask("/open", text(&short))), @r#"401 {"error":"invalid_token","error_description":"The access token is invalid or expired"}"#);
    assert_snapshot!(refused(&ask("/open-nested", text(&short))), @r#"401 {"error":{"code":"token_expired","message":"The access token has expired"}}"#);
    server.wait(3_600);
    assert_snapshot!(refused(&ask("/open-nested", &session)), @r#"401 {"error":{"code":"token_expired","message":"The access token has expired"}}"#);
    // An old text after its overlap has expired too.
    let rotated = key(&acme, &json!({}));
    let path = format!(
        "/api/v1/api-keys/{}/rotate",
        rotated["id"].as_str().unwrap()
    );
    acme.post(&path)
        .json(&json!({"overlap_seconds": 60}))
        .send()
        .with_status(200);
    ask("/open-nested", text(&rotated)).with_status(200);
    server.wait(60);
    assert_snapshot!(refused(&ask("/open-nested", text(&rotated))), @r#"401 {"error":{"code":"token_expired","message":"The access token has expired"}}"#);
}

on_both!(
    what_is_400_or_403_elsewhere_is_401_here,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn what_is_400_or_403_elsewhere_is_401_here(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("lan");
    let revoked = acme.token_for(lan);
    acme.post(&format!("/api/company/operators/{lan}/revoke-tokens"))
        .send()
        .with_status(204);
    let one = key(&acme, &json!({}));
    let two = key(&acme, &json!({}));
    let open = || ask(server, "GET", "/open");
    let expected = r#"401 {"error":"invalid_token","error_description":"The access token is invalid or expired"}"#;
    for call in [
        open().bearer(&revoked),
        open().bearer(text(&one)).header("x-api-key", text(&two)),
        open().header("authorization", "Basic YTpi"),
        open().header("authorization", "Bearer"),
        open().header("x-api-key", ""),
        open().header("authorization", "DPoP nonsense"),
        open().header("authorization", &format!("DPoP {}", text(&one))),
        open().bearer("ak_live_x"),
        open().bearer(&"0".repeat(32)),
    ] {
        assert_eq!(refused(&call.send()), expected);
    }
    // The same value twice is one credential (guide 000 sends two headers).
    let twice = open().bearer(text(&one)).header("x-api-key", text(&one));
    twice.send().with_status(200);
    let in_query = ask(server, "GET", &format!("/open?access_token={}", text(&one)));
    in_query.send().with_status(401);
}

on_both!(
    why_a_key_is_refused_only_its_owner_learns,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn why_a_key_is_refused_only_its_owner_learns(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("lan");
    let get = |key: &str| ask(server, "GET", "/open").bearer(key).send();
    let unknown = lanyard::api_key::KeyText::draw(
        lanyard::api_key::Prefix::Ak,
        lanyard::api_key::Environment::Live,
    );
    let expected = get(unknown.text()).with_status(401).bytes();
    let elsewhere = key(&acme, &json!({"allowed_ips": ["192.0.2.1"]}));
    let revoked = key(&acme, &json!({}));
    let quarantined = key(&acme, &json!({}));
    let bound = key(&acme, &json!({"operator_id": lan}));
    let path =
        |key: &serde_json::Value| format!("/api/v1/api-keys/{}", key["id"].as_str().unwrap());
    acme.delete(&path(&revoked)).send().with_status(204);
    acme.post(&format!("{}/quarantine", path(&quarantined)))
        .json(&json!({}))
        .send()
        .with_status(200);
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"status": "inactive"}))
        .send()
        .with_status(200);
    for key in [&elsewhere, &revoked, &quarantined, &bound] {
        assert_eq!(get(text(key)).bytes(), expected);
    }
    acme.post(&format!("{}/release", path(&quarantined)))
        .send()
        .with_status(200);
    get(text(&quarantined)).with_status(200);
}

on_both!(
    a_key_is_revoked_when_the_call_returns,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn a_key_is_revoked_when_the_call_returns(server: &Server) {
    use std::sync::atomic::{AtomicBool, Ordering};
    let acme = server.organization("acme");
    let made = key(&acme, &json!({}));
    let (revoked, key) = (AtomicBool::new(false), text(&made));
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                for _ in 0..60 {
                    let was_revoked = revoked.load(Ordering::SeqCst);
                    let status = ask(server, "GET", "/open").bearer(key).send().status;
                    assert!(
                        !was_revoked || status == 401,
                        "a request that began after the call"
                    );
                }
            });
        }
        let path = format!("/api/v1/api-keys/{}", made["id"].as_str().unwrap());
        acme.delete(&path).send().with_status(204);
        revoked.store(true, Ordering::SeqCst);
    });
    let after = ask(server, "GET", "/open").bearer(key).send();
    after.with_status(401);
}
