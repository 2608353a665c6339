//! `GET /api/company/tokens`: the valid tokens in the ledger.

use insta::assert_snapshot;
use lanyard::ledger;
use serde_json::{Value, json};

use crate::support::{Organization, Server, on_both, table};

fn list(acme: &Organization<'_>, query: &str) -> Vec<Value> {
    let answer = acme.get(&format!("/api/company/tokens{query}")).send();
    answer.with_status(200).items()
}

fn kinds(lines: &[Value]) -> Vec<&str> {
    lines
        .iter()
        .map(|line| line["kind"].as_str().unwrap())
        .collect()
}

on_both!(what_was_issued_is_listed_newest_first_and_never_the_tokens_themselves);
fn what_was_issued_is_listed_newest_first_and_never_the_tokens_themselves(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    server.wait(1);
    acme.token_for(lan);
    let answer = acme.get("/api/company/tokens").send();
    assert_snapshot!(answer, @r#"
    200
    {
      "items": [
        {
          "jti": "[uuid]",
          "kind": "operator",
          "operatorId": 1,
          "clientId": null,
          "parent": "[uuid]",
          "label": null,
          "issuedAt": "2030-01-01T00:00:01Z",
          "expiresAt": "2030-01-02T00:00:01Z",
          "lastUsedAt": null,
        },
        {
          "jti": "[uuid]",
          "kind": "company",
          "operatorId": null,
          "clientId": null,
          "parent": null,
          "label": null,
          "issuedAt": "2030-01-01T00:00:00Z",
          "expiresAt": null,
          "lastUsedAt": "2030-01-01T00:00:01Z",
        },
      ],
      "nextCursor": null,
    }
    "#);
    let lines = answer.items();
    assert_eq!(lines[0]["parent"], lines[1]["jti"]);
    assert!(!answer.text().contains("eyJ"));
}

on_both!(a_filter_narrows_the_list);
fn a_filter_narrows_the_list(server: &Server) {
    let acme = server.organization("acme");
    let (lan, minh) = (acme.operator("Lan"), acme.operator("Minh"));
    acme.token_for(lan);
    acme.token_for(minh);
    acme.token_for(minh);
    assert_eq!(list(&acme, "").len(), 4);
    assert_eq!(kinds(&list(&acme, "?kind=company")), ["company"]);
    assert_eq!(kinds(&list(&acme, "?kind=operator")), ["operator"; 3]);
    assert_eq!(list(&acme, &format!("?operatorId={minh}")).len(), 2);
    assert_eq!(
        list(&acme, &format!("?operatorId={minh}&kind=company")).len(),
        0
    );
    for nobody in ["0", "-1", "9007199254740992", "9223372036854775807"] {
        assert_eq!(list(&acme, &format!("?operatorId={nobody}")).len(), 0);
    }
    let answers = table(
        [
            "operatorId=x",
            "operatorId=1.5",
            "operatorId=9223372036854775808",
            "kind=admin",
            "kind=Company",
            "limit=0",
            "cursor=MQ",
        ],
        |query| acme.get(&format!("/api/company/tokens?{query}")).send(),
    );
    assert_snapshot!(answers, @"
    operatorId=x → 400 invalid_request: operatorId must be an operator's id
    operatorId=1.5 → 400 invalid_request: operatorId must be an operator's id
    operatorId=9223372036854775808 → 400 invalid_request: operatorId must be an operator's id
    kind=admin → 400 invalid_request: kind must be company, operator, access, refresh, session or console
    kind=Company → 400 invalid_request: kind must be company, operator, access, refresh, session or console
    limit=0 → 400 invalid_request: limit must be a whole number from 1 to 1000
    cursor=MQ → 400 invalid_request: cursor must be a nextCursor of an earlier page, unchanged
    ");
}

on_both!(another_organizations_tokens_are_not_listed);
fn another_organizations_tokens_are_not_listed(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let theirs = other.operator("Lan");
    other.token_for(theirs);
    assert_eq!(list(&acme, "").len(), 1);
    assert_eq!(list(&acme, &format!("?operatorId={theirs}")).len(), 0);
}

on_both!(invalid_tokens_are_not_listed);
fn invalid_tokens_are_not_listed(server: &Server) {
    let acme = server.organization("acme");
    let (lan, minh) = (acme.operator("Lan"), acme.operator("Minh"));
    let one = acme.token_for(lan);
    acme.token_for(lan);
    acme.token_for(minh);
    acme.post("/api/operator/get-token")
        .json(&json!({"id": minh, "expiresAt": "2030-01-01T00:00:10Z"}))
        .send()
        .with_status(200);
    let second_company_token = acme.another_token();
    server
        .post("/api/operator/get-token")
        .bearer(&second_company_token)
        .json(&json!({"id": lan}))
        .send()
        .with_status(200);
    assert_eq!(list(&acme, "").len(), 7);

    server.wait(10);
    assert_eq!(list(&acme, "").len(), 6, "one has expired");
    acme.post("/api/operator/revoke-token")
        .json(&json!({"token": one}))
        .send()
        .with_status(204);
    assert_eq!(list(&acme, "").len(), 5, "one is revoked");
    acme.post("/api/company/revoke-token")
        .json(&json!({"token": second_company_token}))
        .send()
        .with_status(204);
    assert_eq!(
        list(&acme, "").len(),
        3,
        "a company token is revoked with its descendants"
    );
    acme.post(&format!("/api/company/operators/{minh}/revoke-tokens"))
        .send()
        .with_status(204);
    assert_eq!(list(&acme, "").len(), 2);
    server.wait(86_400);
    assert_eq!(kinds(&list(&acme, "")), ["company"]);
}

on_both!(pages_are_full_even_with_invalid_tokens_between);
fn pages_are_full_even_with_invalid_tokens_between(server: &Server) {
    let acme = server.organization("acme");
    let (lan, minh) = (acme.operator("Lan"), acme.operator("Minh"));
    for number in 0..12 {
        server.wait(1);
        acme.token_for(if number % 3 == 0 { lan } else { minh });
    }
    acme.post(&format!("/api/company/operators/{minh}/revoke-tokens"))
        .send()
        .with_status(204);
    let mut seen = Vec::new();
    let mut query = "?limit=2".to_owned();
    let mut sizes = Vec::new();
    loop {
        let page = acme.get(&format!("/api/company/tokens{query}")).send();
        sizes.push(page.items().len());
        seen.extend(page.items().iter().map(|line| line["jti"].to_string()));
        let body = page.json();
        let Some(cursor) = body["nextCursor"].as_str() else {
            break;
        };
        query = format!("?limit=2&cursor={cursor}");
    }
    assert_eq!(sizes, [2, 2, 1]);
    seen.sort();
    seen.dedup();
    assert_eq!(
        seen.len(),
        5,
        "four of Lan's and the company token, none twice"
    );
}

on_both!(
    without_the_ledger_the_list_says_so_and_revoking_works_all_the_same,
    "ledger=off"
);
fn without_the_ledger_the_list_says_so_and_revoking_works_all_the_same(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let (one, two) = (acme.token_for(lan), acme.token_for(lan));
    assert_snapshot!(acme.get("/api/company/tokens").send(), @r#"
    200
    ledger: off
    {
      "items": [
        {
          "jti": "[uuid]",
          "kind": "company",
          "operatorId": null,
          "clientId": null,
          "parent": null,
          "label": null,
          "issuedAt": "2030-01-01T00:00:00Z",
          "expiresAt": null,
          "lastUsedAt": "2030-01-01T00:00:00Z",
        },
      ],
      "nextCursor": null,
    }
    "#);
    acme.post("/api/operator/revoke-token")
        .json(&json!({"token": one}))
        .send()
        .with_status(204);
    assert_eq!(acme.judge(&one), "Token revoked");
    assert_eq!(acme.judge(&two), "valid");
    acme.post("/api/company/revoke-token")
        .send()
        .with_status(204);
    let fresh = acme.another_token();
    let verdict = server
        .post("/api/operator/validate-token")
        .bearer(&fresh)
        .json(&json!({"token": two}))
        .send();
    assert_eq!(verdict.json()["error"], "Token revoked");
}

on_both!(lines_are_kept_a_while_beyond_the_end_and_then_go);
fn lines_are_kept_a_while_beyond_the_end_and_then_go(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    for _ in 0..3 {
        acme.token_for(lan);
    }
    let app = &server.app;
    let purge = || {
        let (retention, ticks) = (
            app.settings.retention.ledger,
            app.nodes.feed.index().ticks(),
        );
        ledger::job::purge(&app.db, &app.nodes.duty, retention, &ticks)
    };
    // Issued for a day, and kept for seven; on the ninth day a clock has shown for a whole day that
    // this has passed.
    server.run(86_400 + 1);
    server.run(7 * 86_400 - 2);
    server.run(22 * 3_600);
    assert_eq!(purge().unwrap(), 0);
    server.run(3_600);
    assert_eq!(purge().unwrap(), 3);
    assert_eq!(
        kinds(&list(&acme, "")),
        ["company"],
        "a token without an expiry stays"
    );
}
