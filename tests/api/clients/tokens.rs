//! OAuth tokens in `GET /api/company/tokens`, and `POST …/{jti}/revoke`.

use serde_json::{Value, json};

use super::{able, ask, is_active, own_tokens, refreshes, sign_in};
use crate::support::{Organization, Server, on_both, table};

fn list(acme: &Organization<'_>, query: &str) -> Vec<Value> {
    let answer = acme.get(&format!("/api/company/tokens{query}")).send();
    answer.with_status(200).items()
}

on_both!(
    tokens_of_clients_are_listed_by_kind_and_client,
    "oauth.issuer=http://localhost:8080"
);
fn tokens_of_clients_are_listed_by_kind_and_client(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    server.wait(1);
    acme.token_for(lan);
    let (shop, other) = (acme.client(&able()), acme.client(&able()));
    sign_in(&acme, server, &shop, lan);
    own_tokens(server, &other);
    let kinds = |lines: &[Value]| -> Vec<String> {
        let kinds = lines.iter().map(|line| line["kind"].as_str().unwrap());
        kinds.map(str::to_owned).collect()
    };
    assert_eq!(kinds(&list(&acme, "")), ["operator", "company"]);
    assert_eq!(list(&acme, "?kind=access").len(), 2);
    let refresh = list(&acme, "?kind=refresh");
    assert_eq!(kinds(&refresh), ["refresh"]);
    assert_eq!(
        (&refresh[0]["clientId"], &refresh[0]["operatorId"]),
        (&shop["id"], &json!(lan))
    );
    let of = |client: &Value| {
        let id = client["id"].as_str().unwrap();
        list(&acme, &format!("?kind=access&clientId={id}"))
    };
    assert_eq!(of(&other).len(), 1);
    assert_eq!(of(&other)[0]["operatorId"], Value::Null);
    let answers = table(["?kind=id", "?clientId=%C3%BC"], |query| {
        acme.get(&format!("/api/company/tokens{query}")).send()
    });
    insta::assert_snapshot!(answers, @r"
    ?kind=id → 400 invalid_request: kind must be company, operator, access, refresh, session or console
    ?clientId=%C3%BC → 400 invalid_request: clientId must be a client's id
    ");
}

on_both!(
    any_token_of_the_ledger_can_be_revoked_by_its_id,
    "oauth.issuer=http://localhost:8080"
);
fn any_token_of_the_ledger_can_be_revoked_by_its_id(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let client = acme.client(&able());
    let revoke = |line: &Value| {
        let jti = line["jti"].as_str().unwrap();
        let path = format!("/api/company/tokens/{jti}/revoke");
        for _ in 0..2 {
            let answer = acme.post(&path).send();
            assert!(answer.header("revocation-sequence").is_some(), "{answer}");
            answer.with_status(204);
        }
    };
    let operator_token = acme.token_for(lan);
    revoke(&list(&acme, "?kind=operator")[0]);
    assert_eq!(acme.judge(&operator_token), "Token revoked");

    let own = own_tokens(server, &client);
    revoke(&list(&acme, "?kind=access")[0]);
    assert!(!is_active(server, &client, &own));

    // An access token is revoked alone, a refresh token with its grant. Ids sort by time.
    server.wait(1);
    let tokens = sign_in(&acme, server, &client, lan);
    revoke(&list(&acme, "?kind=access")[0]);
    assert!(!is_active(server, &client, &tokens));
    assert!(refreshes(server, &client, &tokens));
    server.wait(1);
    let tokens = sign_in(&acme, server, &client, lan);
    revoke(&list(&acme, "?kind=refresh")[0]);
    assert!(!is_active(server, &client, &tokens));
    assert!(!refreshes(server, &client, &tokens));

    let other = server.organization("other");
    let jti = list(&other, "")[0]["jti"].as_str().unwrap().to_owned();
    let post = |jti: &str| {
        acme.post(&format!("/api/company/tokens/{jti}/revoke"))
            .send()
    };
    let unknown = post("5f0c7dd0-7a43-4a2e-9d4e-000000000000");
    assert_eq!(unknown.status, 404);
    assert_eq!(post(&jti).bytes(), unknown.bytes());
    assert_eq!(post("x").bytes(), unknown.bytes());
    assert_eq!(list(&other, "").len(), 1);
    // A company token ends itself so.
    let own = list(&acme, "?kind=company")[0].clone();
    acme.post(&format!(
        "/api/company/tokens/{}/revoke",
        own["jti"].as_str().unwrap()
    ))
    .send()
    .with_status(204);
    assert_eq!(acme.get("/api/company/tokens").send().status, 403);
}

on_both!(an_expired_company_token_is_revoked_by_its_id_with_its_children);
fn an_expired_company_token_is_revoked_by_its_id_with_its_children(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    acme.patch("/api/company/organization")
        .json(&json!({"tokenPolicy": {"companyTokenLifetimeSeconds": 60}}))
        .send()
        .with_status(200);
    server.wait(1);
    let short = acme.another_token();
    let child = server
        .post("/api/operator/get-token")
        .bearer(&short)
        .json(&json!({"id": lan}))
        .send()
        .string();
    let line = list(&acme, "?kind=company")[0].clone();
    // The parent has expired by uptime; its child lives for a day.
    server.run(12 * 3_600);
    server.run(6 * 3_600);
    assert_eq!(acme.judge(&child), "valid");
    let jti = line["jti"].as_str().unwrap();
    acme.post(&format!("/api/company/tokens/{jti}/revoke"))
        .send()
        .with_status(204);
    assert_eq!(acme.judge(&child), "Token revoked");
}

on_both!(
    a_client_that_is_disabled_loses_its_tokens_for_good,
    "oauth.issuer=http://localhost:8080"
);
fn a_client_that_is_disabled_loses_its_tokens_for_good(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let client = acme.client(&able());
    let path = format!("/api/company/clients/{}", client["id"].as_str().unwrap());
    let own = own_tokens(server, &client);
    let tokens = sign_in(&acme, server, &client, lan);
    let set = |status: &str| {
        let answer = acme.patch(&path).json(&json!({"status": status})).send();
        answer.with_status(200);
    };
    set("disabled");
    let refused = ask(
        server,
        &client,
        "/oauth/token",
        "grant_type=client_credentials",
    );
    assert_eq!(refused.status, 401);
    set("active");
    assert!(!is_active(server, &client, &own) && !is_active(server, &client, &tokens));
    assert!(!refreshes(server, &client, &tokens));
    assert!(is_active(server, &client, &own_tokens(server, &client)));
    acme.delete(&path).send().with_status(204);
    let refused = ask(
        server,
        &client,
        "/oauth/token",
        "grant_type=client_credentials",
    );
    assert_eq!(refused.status, 401);
    assert!(list(&acme, "?kind=access").is_empty());
}
