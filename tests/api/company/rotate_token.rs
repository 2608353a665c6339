//! `POST /api/company/rotate-token`: the presented token gets a successor and an end.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use insta::assert_snapshot;
use lanyard::audit::Origin;
use lanyard::company::{self, RotateError};
use serde_json::{Value, json};

use crate::support::{Answer, Organization, Server, on_both};

const ENDS: &str = "previous-token-expires-at";

fn rotate(server: &Server, token: &str) -> Answer {
    server
        .post("/api/company/rotate-token")
        .bearer(token)
        .send()
}

fn set(acme: &Organization<'_>, policy: &Value) {
    acme.patch("/api/company/organization")
        .json(&json!({"tokenPolicy": policy}))
        .send()
        .with_status(200);
}

/// Returns the status that the service gives a company token.
fn status(server: &Server, token: &str) -> String {
    let answer = server.get("/api/company/organization").bearer(token).send();
    match answer.status {
        200 => "valid".to_owned(),
        _ => answer.json()["error"].as_str().unwrap().to_owned(),
    }
}

fn jti(token: &str) -> String {
    let payload = URL_SAFE_NO_PAD
        .decode(token.split('.').nth(1).unwrap())
        .unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    claims["jti"].as_str().unwrap().to_owned()
}

on_both!(both_count_until_the_grace_is_over_and_what_derives_from_either_stays);
fn both_count_until_the_grace_is_over_and_what_derives_from_either_stays(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    set(
        &acme,
        &json!({"rotationGraceSeconds": 60, "rotationPeriodDays": 30}),
    );
    let before = acme.token_for(lan);
    server.wait(5);
    let rotated = rotate(server, &acme.token);
    assert_snapshot!(rotated, @r#"
    200
    cache-control: no-store
    previous-token-expires-at: 2030-01-01T00:01:05Z
    "[token]"
    "#);
    let successor = rotated.string();
    let in_grace = acme.token_for(lan);
    let next = acme.with_token(&successor);
    let record = next.get("/api/company/organization").send().json();
    assert_snapshot!(record["rotation"], @r#"{"dueAt":"2030-01-31T00:00:05Z","dueTokens":0,"graceEndsAt":"2030-01-31T00:01:05Z","lastRotatedAt":"2030-01-01T00:00:05Z"}"#);

    server.wait(59);
    assert_eq!(status(server, &acme.token), "valid");
    server.wait(1);
    assert_snapshot!(acme.get("/api/company/organization").send(), @r#"
    401
    www-authenticate: Bearer realm="lanyard", error="invalid_token"
    {"error":"token_expired","error_description":"the token has expired; get a new one"}
    "#);
    assert_eq!(status(server, &successor), "valid");
    for derived in [&before, &in_grace] {
        assert_eq!(next.judge(derived), "valid");
    }
    assert_eq!(next.get("/api/company/revocations").send().items().len(), 0);
}

on_both!(asking_again_yields_the_same_successor_and_never_a_longer_grace);
fn asking_again_yields_the_same_successor_and_never_a_longer_grace(server: &Server) {
    let acme = server.organization("acme");
    set(&acme, &json!({"rotationGraceSeconds": 60}));
    let first = rotate(server, &acme.token);
    for (grace, passed) in [(1_000, 10), (5, 10), (86_400, 10)] {
        set(&acme, &json!({"rotationGraceSeconds": grace}));
        server.wait(passed);
        let again = rotate(server, &acme.token);
        assert_eq!(
            again.string(),
            first.string(),
            "signed again, with the same bytes"
        );
        assert_eq!(again.header(ENDS), Some("2030-01-01T00:01:00Z"));
        assert_eq!(again.header("cache-control"), Some("no-store"));
    }
    let record = acme.get("/api/company/organization").send().json();
    assert_eq!(record["rotation"]["lastRotatedAt"], "2030-01-01T00:00:00Z");
    server.wait(30);
    assert_eq!(rotate(server, &acme.token).json()["error"], "token_expired");
}

on_both!(rotating_at_once_on_two_nodes_yields_one_successor);
fn rotating_at_once_on_two_nodes_yields_one_successor(server: &Server) {
    let acme = server.organization("acme");
    let other = server.another(&[]);
    let answers: Vec<_> = std::thread::scope(|scope| {
        let calls: Vec<_> = [server, &other, server, &other, server, &other]
            .map(|node| scope.spawn(|| rotate(node, &acme.token)))
            .into_iter()
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    let texts: BTreeSet<_> = answers
        .iter()
        .map(|answer| answer.with_status(200).string())
        .collect();
    assert_eq!(texts.len(), 1);
    let lines = acme.get("/api/company/tokens?kind=company").send().items();
    assert_eq!(lines.len(), 2);
    let events = acme
        .get("/api/company/audit?action=company_token.rotated")
        .send();
    assert_eq!(events.items().len(), 1);
    let successor = texts.first().unwrap();
    assert_eq!(status(&other, successor), "valid");
}

on_both!(every_node_knows_the_end_when_the_call_returns_and_after_a_restart);
fn every_node_knows_the_end_when_the_call_returns_and_after_a_restart(server: &Server) {
    let acme = server.organization("acme");
    let other = server.another(&[]);
    set(&acme, &json!({"rotationGraceSeconds": 0}));
    let rotated = rotate(server, &acme.token);
    assert_eq!(rotated.header(ENDS), Some("2030-01-01T00:00:00Z"));
    for node in [server, &other, &server.another(&[])] {
        assert_eq!(status(node, &acme.token), "token_expired");
        assert_eq!(status(node, &rotated.string()), "valid");
    }
}

on_both!(no_grace_outlasts_the_tokens_own_end);
fn no_grace_outlasts_the_tokens_own_end(server: &Server) {
    let acme = server.organization("acme");
    set(&acme, &json!({"companyTokenLifetimeSeconds": 600}));
    let short = acme.another_token();
    let rotated = rotate(server, &short);
    assert_eq!(rotated.header(ENDS), Some("2030-01-01T00:10:00Z"));
    let ends = |token: &str| {
        let path = format!("/api/company/tokens/{}", jti(token));
        acme.get(&path).send().json()["expiresAt"].clone()
    };
    assert_eq!(ends(&rotated.string()), "2030-01-01T00:10:00Z");
}

on_both!(a_successor_that_no_longer_counts_is_not_replaced);
fn a_successor_that_no_longer_counts_is_not_replaced(server: &Server) {
    let acme = server.organization("acme");
    let successor = rotate(server, &acme.token).string();
    server
        .post("/api/company/revoke-token")
        .bearer(&successor)
        .send()
        .with_status(204);
    assert_snapshot!(rotate(server, &acme.token), @r#"
    409
    {
      "error": "conflict",
      "error_description": "this token was rotated before, and its successor is revoked or has expired; log in to get a new one",
    }
    "#);
    assert_eq!(status(server, &acme.token), "valid");

    let second = acme.another_token();
    set(&acme, &json!({"companyTokenLifetimeSeconds": 60}));
    rotate(server, &second).with_status(200);
    server.wait(60);
    rotate(server, &second).with_status(409);
}

on_both!(who_may_not_rotate);
fn who_may_not_rotate(server: &Server) {
    let acme = server.organization("acme");
    let operator_token = acme.token_for(acme.operator("Lan"));
    assert_snapshot!(rotate(server, &operator_token), @r#"
    403
    {"error":"forbidden","error_description":"this needs a company token; an operator token was presented"}
    "#);
    let revoked = acme.another_token();
    server
        .post("/api/company/revoke-token")
        .bearer(&revoked)
        .send()
        .with_status(204);
    assert_snapshot!(rotate(server, &revoked), @r#"
    403
    {"error":"token_revoked","error_description":"the token was revoked; get a new one"}
    "#);
    let nobody = server.post("/api/company/rotate-token").send();
    nobody.with_status(401);
}

on_both!(who_was_revoked_meanwhile_gets_no_successor);
fn who_was_revoked_meanwhile_gets_no_successor(server: &Server) {
    let acme = server.organization("acme");
    let stolen = acme.another_token();
    let claims = server.app.tokens.validator.authentic(&stolen).unwrap();
    server
        .post("/api/company/revoke-token")
        .bearer(&stolen)
        .send()
        .with_status(204);
    // As on a node that validated the token a moment before it applied the entry.
    let late = company::rotate(&server.app, &claims, Origin::command_line());
    let outcome = actix_web::rt::System::new().block_on(late);
    assert!(matches!(outcome, Err(RotateError::Revoked)), "{outcome:?}");
    let live = acme.get("/api/company/tokens").send().items();
    assert_eq!(live.len(), 1, "nothing was written");
    let record = acme.get("/api/company/organization").send().json();
    assert_eq!(record["rotation"]["lastRotatedAt"], Value::Null);
}

on_both!(a_chain_of_successors_lives_and_each_token_ends_in_its_turn);
fn a_chain_of_successors_lives_and_each_token_ends_in_its_turn(server: &Server) {
    let acme = server.organization("acme");
    set(&acme, &json!({"rotationGraceSeconds": 100}));
    let mut chain = vec![acme.token.clone()];
    for _ in 0..4 {
        let last = chain.last().unwrap();
        chain.push(rotate(server, last).with_status(200).string());
        server.wait(60);
    }
    let ids: BTreeSet<_> = chain.iter().map(|token| jti(token)).collect();
    assert_eq!(ids.len(), 5);
    let states: Vec<_> = chain.iter().map(|token| status(server, token)).collect();
    let (expired, valid) = ("token_expired", "valid");
    assert_eq!(states, [expired, expired, expired, valid, valid]);
}

on_both!(the_ledger_says_when_a_rotated_token_can_go);
fn the_ledger_says_when_a_rotated_token_can_go(server: &Server) {
    let acme = server.organization("acme");
    server.wait(1);
    let successor = rotate(server, &acme.token).string();
    server.wait(10);
    let of_old = || {
        let lines = server
            .get("/api/company/tokens")
            .bearer(&successor)
            .send()
            .items();
        assert_eq!(lines[0]["jti"], jti(&successor));
        assert!(lines[0].get("safeToRetire").is_none());
        lines[1].clone()
    };
    let line = of_old();
    assert_eq!(line["jti"], jti(&acme.token));
    assert_eq!(line["successor"], jti(&successor));
    assert_eq!(line["endsAt"], "2030-01-08T00:00:01Z");
    assert_eq!(line["safeToRetire"], true);
    acme.get("/api/company/organization").send();
    assert_eq!(of_old()["safeToRetire"], false, "it was used again");
    server.wait(7 * 86_400 - 10);
    let lines = server
        .get("/api/company/tokens")
        .bearer(&successor)
        .send()
        .items();
    assert_eq!(lines.len(), 1, "an expired token is not listed");
}
