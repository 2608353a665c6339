//! `GET /api/company/tokens/{jti}`: one token, and why it is not valid.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use insta::assert_snapshot;
use lanyard::audit::Origin;
use lanyard::base::OrganizationId;
use lanyard::{ledger, organization};
use serde_json::{Value, json};

use crate::support::{Answer, Organization, Server, on_both};

fn jti(token: &str) -> String {
    let payload = URL_SAFE_NO_PAD
        .decode(token.split('.').nth(1).unwrap())
        .unwrap();
    let claims: Value = serde_json::from_slice(&payload).unwrap();
    claims["jti"].as_str().unwrap().to_owned()
}

fn ask(acme: &Organization<'_>, token: &str) -> Answer {
    acme.get(&format!("/api/company/tokens/{}", jti(token)))
        .send()
}

/// Returns status, reason, since, and the action of the audit event.
fn why(acme: &Organization<'_>, token: &str) -> String {
    let token = ask(acme, token).with_status(200).json();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let by = &token["by"];
    if by.is_object() {
        // The audit event and the entry name each other.
        let log = acme.get("/api/company/audit?limit=1000").send().items();
        let line = log.iter().find(|line| line["id"] == by["auditId"]).unwrap();
        assert_eq!(line["sequence"], token["sequence"]);
        assert_eq!(line["requestId"], by["requestId"]);
        assert_eq!(line["actor"], by["actor"]);
    }
    format!(
        "{} {} {} {}",
        text(&token["status"]),
        text(&token["reason"]),
        text(&token["since"]),
        text(&by["action"])
    )
}

on_both!(a_token_that_counts);
fn a_token_that_counts(server: &Server) {
    let acme = server.organization("acme");
    let token = acme.token_for(acme.operator("Lan"));
    server.wait(2);
    assert_eq!(acme.judge(&token), "valid");
    server.wait(1);
    let shown = ask(&acme, &token);
    let key = shown.json()["kid"].as_str().unwrap().to_owned();
    assert_snapshot!(shown.to_string().replace(&key, "[key]"), @r#"
    200
    {
      "jti": "[uuid]",
      "kind": "operator",
      "operatorId": 1,
      "clientId": null,
      "parent": "[uuid]",
      "label": null,
      "issuedAt": "2030-01-01T00:00:00Z",
      "expiresAt": "2030-01-02T00:00:00Z",
      "lastUsedAt": "2030-01-01T00:00:02Z",
      "kid": "[key]",
      "address": "127.0.0.1",
      "status": "valid",
      "reason": null,
      "since": null,
      "sequence": null,
      "by": null,
    }
    "#);
    let shown = ask(&acme, &acme.token);
    assert_snapshot!(shown.to_string().replace(&key, "[key]"), @r#"
    200
    {
      "jti": "[uuid]",
      "kind": "company",
      "operatorId": null,
      "clientId": null,
      "parent": null,
      "label": null,
      "issuedAt": "2030-01-01T00:00:00Z",
      "expiresAt": null,
      "lastUsedAt": "2030-01-01T00:00:03Z",
      "kid": "[key]",
      "address": "127.0.0.1",
      "rotationDueAt": "2030-04-01T00:00:00Z",
      "status": "valid",
      "reason": null,
      "since": null,
      "sequence": null,
      "by": null,
    }
    "#);
}

on_both!(a_token_that_was_revoked_names_its_deed);
fn a_token_that_was_revoked_names_its_deed(server: &Server) {
    let acme = server.organization("acme");
    let token = acme.token_for(acme.operator("Lan"));
    server.wait(7);
    acme.post("/api/operator/revoke-token")
        .header("x-request-id", "the-request")
        .json(&json!({"token": token}))
        .from([127, 0, 0, 3])
        .send()
        .with_status(204);
    server.wait(5);
    let shown = ask(&acme, &token);
    let key = shown.json()["kid"].as_str().unwrap().to_owned();
    let audit = format!("\"auditId\": {}", shown.json()["by"]["auditId"]);
    let text = shown.to_string().replace(&key, "[key]");
    assert_snapshot!(text.replace(&audit, "\"auditId\": [id]"), @r#"
    200
    {
      "jti": "[uuid]",
      "kind": "operator",
      "operatorId": 1,
      "clientId": null,
      "parent": "[uuid]",
      "label": null,
      "issuedAt": "2030-01-01T00:00:00Z",
      "expiresAt": "2030-01-02T00:00:00Z",
      "lastUsedAt": null,
      "kid": "[key]",
      "address": "127.0.0.1",
      "status": "revoked",
      "reason": "token",
      "since": "2030-01-01T00:00:07Z",
      "sequence": 2,
      "by": {
        "auditId": [id],
        "action": "token.revoked",
        "actor": "company-token:[uuid]",
        "address": "127.0.0.3",
        "requestId": "the-request",
      },
    }
    "#);
    let list = acme.get("/api/company/revocations").send().items();
    assert_eq!(list[0]["seq"], shown.json()["sequence"]);
    assert_eq!(list[0]["jti"], jti(&token));
}

on_both!(each_rule_is_named);
fn each_rule_is_named(server: &Server) {
    let acme = server.organization("acme");
    let (lan, minh, mai) = (
        acme.operator("Lan"),
        acme.operator("Minh"),
        acme.operator("Mai"),
    );
    let by_operator = acme.token_for(lan);
    let by_deactivation = acme.token_for(minh);
    let second = acme.another_token();
    let by_parent = server
        .post("/api/operator/get-token")
        .bearer(&second)
        .json(&json!({"id": mai}))
        .send()
        .string();
    acme.patch("/api/company/organization")
        .json(&json!({"tokenPolicy": {"rotationGraceSeconds": 60}}))
        .send();
    let rotated = acme.another_token();
    server
        .post("/api/company/rotate-token")
        .bearer(&rotated)
        .send()
        .with_status(200);
    let by_time = acme
        .post("/api/operator/get-token")
        .json(&json!({"id": mai, "expiresAt": "2030-01-01T00:00:30Z"}))
        .send()
        .string();
    server.wait(1);
    acme.post(&format!("/api/company/operators/{lan}/revoke-tokens"))
        .send();
    // The first entry that revoked it is reported.
    server.wait(1);
    acme.delete(&format!("/api/company/operators/{lan}")).send();
    acme.patch(&format!("/api/company/operators/{minh}"))
        .json(&json!({"status": "inactive"}))
        .send();
    server.wait(1);
    server
        .post("/api/company/revoke-token")
        .bearer(&second)
        .send();
    assert_eq!(why(&acme, &rotated), "valid - - -");
    server.wait(57);
    let all = [
        &by_operator,
        &by_deactivation,
        &by_parent,
        &second,
        &rotated,
        &by_time,
    ];
    let reasons: Vec<_> = all.iter().map(|token| why(&acme, token)).collect();
    assert_snapshot!(reasons.join("\n"), @"
    revoked operator 2030-01-01T00:00:01Z operator.tokens_revoked
    revoked operator 2030-01-01T00:00:02Z operator.deactivated
    revoked company_token 2030-01-01T00:00:03Z company_token.revoked
    revoked company_token 2030-01-01T00:00:03Z company_token.revoked
    expired rotation 2030-01-01T00:01:00Z company_token.rotated
    expired expiry 2030-01-01T00:00:30Z -
    ");

    let app = &server.app;
    let (origin, now) = (Origin::command_line(), app.clock.now());
    organization::revoke_all(&app.db, OrganizationId(acme.id), &origin, now).unwrap();
    server.follow();
    let old = acme.token.clone();
    let acme = acme.log_in();
    assert_snapshot!(why(&acme, &old), @"revoked organization 2030-01-01T00:01:00Z organization.tokens_revoked");
    let by = ask(&acme, &old).json()["by"].clone();
    assert_eq!(
        (&by["actor"], &by["address"]),
        (&json!("command-line"), &Value::Null)
    );
    assert_eq!(
        why(&acme, &by_parent),
        reasons[2],
        "the first revocation is reported, with its time"
    );
}

on_both!(what_is_not_ones_own_is_not_there);
fn what_is_not_ones_own_is_not_there(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let unknown = acme
        .get("/api/company/tokens/00000000-0000-7000-8000-000000000000")
        .send();
    assert_snapshot!(unknown, @r#"
    404
    {"error":"not_found","error_description":"there is no such resource"}
    "#);
    for name in [
        jti(&other.token).as_str(),
        "1",
        "x",
        "%00",
        &"a".repeat(5_000),
    ] {
        let answer = acme.get(&format!("/api/company/tokens/{name}")).send();
        assert_eq!(answer.bytes(), unknown.bytes(), "{name}");
    }
    let token = acme.token_for(acme.operator("Lan"));
    let by_operator = server
        .get(&format!("/api/company/tokens/{}", jti(&token)))
        .bearer(&token)
        .send();
    by_operator.with_status(403);
}

on_both!(uses_are_written_down_on_every_node_and_the_last_one_stays);
fn uses_are_written_down_on_every_node_and_the_last_one_stays(server: &Server) {
    let acme = server.organization("acme");
    let token = acme.token_for(acme.operator("Lan"));
    let other = server.another(&[]);
    let used = |node: &Server, at: u64| {
        server.wait(at);
        node.get("/api/operator")
            .bearer(&token)
            .send()
            .with_status(200);
    };
    let write =
        |node: &Server| ledger::job::write_uses(&node.app.db, &node.app.tokens.uses).unwrap();
    let seen = || ask(&acme, &token).json()["lastUsedAt"].clone();
    write(server);
    assert_eq!(seen(), Value::Null);
    used(&other, 10);
    used(server, 10);
    assert_eq!(
        seen(),
        "2030-01-01T00:00:20Z",
        "a use on this node is reported at once"
    );
    assert_eq!(write(server), 2);
    used(&other, 10);
    assert_eq!(
        seen(),
        "2030-01-01T00:00:20Z",
        "a use on another node once it is written"
    );
    assert_eq!(write(&other), 1);
    assert_eq!(seen(), "2030-01-01T00:00:30Z");
    used(&other, 0);
    used(server, 5);
    write(server);
    write(&other);
    assert_eq!(seen(), "2030-01-01T00:00:35Z", "the later use is kept");
    // A refused validation is not a use.
    server.wait(86_400);
    server
        .get("/api/operator")
        .bearer(&token)
        .send()
        .with_status(401);
    write(server);
    assert_eq!(seen(), "2030-01-01T00:00:35Z");
}

on_both!(what_a_wrong_clock_signed_is_explained);
fn what_a_wrong_clock_signed_is_explained(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    server.clock.jump(3_600_000_000);
    let ahead = acme.token_for(lan);
    server.clock.jump(-3_600_000_000);
    assert_eq!(why(&acme, &ahead), "invalid clock 2030-01-01T01:00:00Z -");
    // A clock that does not advance while a day and more of uptime passes.
    for _ in 0..27 {
        server.run(3_600);
        server.clock.jump(-3_600_000_000);
    }
    assert!(why(&acme, &ahead).starts_with("expired expiry 2030-01-02T01:00:00Z"));
}
