//! `password`: for clients that were given it (guide 001).

use serde_json::json;

use super::world::{Client, client, decoded, error, organization, text, tokens};
use crate::support::{Answer, Organization, Server, on_both};

fn signs_in(acme: &Organization<'_>, username: &str) -> i64 {
    let added = acme
        .post("/api/company/operators")
        .json(&json!({"name": "Lan", "username": username, "password": "open sesame lan"}))
        .send();
    added.with_status(201).json()["id"].as_i64().unwrap()
}

fn log_in(client: &Client<'_>, username: &str, password: &str) -> Answer {
    client.token(&[
        ("grant_type", "password"),
        ("username", username),
        ("password", password),
    ])
}

on_both!(an_operators_password_yields_tokens);
fn an_operators_password_yields_tokens(server: &Server) {
    let acme = organization(server, "acme");
    let beta = organization(server, "beta");
    let lan = signs_in(&acme, "lan");
    signs_in(&beta, "minh");
    let crm = client(
        server,
        &acme,
        &json!({"profile": "suitecrm", "grants": ["password", "refresh_token"], "scopes": ["read"]}),
    );
    let answer = log_in(&crm, "LAN", "open sesame lan");
    let (access, refresh) = tokens(&answer);
    let (_, claims) = decoded(&access);
    assert_eq!(claims["sub"], lan.to_string());
    assert_eq!(claims["scopes"], json!(["read"]));
    assert_eq!(claims["auth_time"], claims["iat"]);
    assert_eq!(crm.introspect(&access)["username"], "lan");
    let (_, second) = tokens(&crm.refresh(&refresh));
    assert!(crm.is_active(&second));
    let refusal = log_in(&crm, "lan", "wrong").bytes();
    for answer in [
        log_in(&crm, "nobody", "open sesame lan"),
        log_in(&crm, "minh", "open sesame lan"),
        log_in(&crm, "acme/lan", "open sesame lan"),
    ] {
        assert_eq!(error(&answer), (400, "invalid_grant".to_owned()));
        assert_eq!(answer.bytes(), refusal);
    }
    for missing in [
        crm.token(&[("grant_type", "password"), ("username", "lan")]),
        crm.token(&[("grant_type", "password"), ("password", "x")]),
    ] {
        assert_eq!(error(&missing), (400, "invalid_request".to_owned()));
    }
    let audit = acme
        .get("/api/company/audit?action=operator.signed_in")
        .send();
    assert_eq!(audit.items().len(), 1);
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"status": "inactive"}))
        .send()
        .with_status(200);
    assert!(!crm.is_active(&access) && !crm.is_active(&second));
    assert_eq!(log_in(&crm, "lan", "open sesame lan").bytes(), refusal);
}

on_both!(an_id_token_for_a_password);
fn an_id_token_for_a_password(server: &Server) {
    let acme = organization(server, "acme");
    signs_in(&acme, "lan");
    let shop = client(server, &acme, &json!({"grants": ["password"]}));
    let answer = shop.token(&[
        ("grant_type", "password"),
        ("username", "lan"),
        ("password", "open sesame lan"),
        ("scope", "openid"),
    ]);
    let (_, claims) = decoded(&text(&answer, "id_token"));
    assert!(claims.get("sid").is_none() && claims.get("nonce").is_none());
    assert!(answer.json().get("refresh_token").is_none());
}
