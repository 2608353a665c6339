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

on_both!(a_second_factor_is_reported_only_after_the_right_password);
fn a_second_factor_is_reported_only_after_the_right_password(server: &Server) {
    let acme = organization(server, "acme");
    let lan = signs_in(&acme, "lan");
    let shop = client(server, &acme, &json!({"grants": ["password"]}));
    let wrong = log_in(&shop, "lan", "wrong");
    let totp = format!("/api/company/operators/{lan}/totp");
    acme.post(&totp).send().with_status(200);
    let refused = log_in(&shop, "lan", "open sesame lan");
    assert_eq!(error(&refused), (400, "invalid_grant".to_owned()));
    let why = refused.json()["error_description"].clone();
    assert!(why.as_str().unwrap().contains("second factor"), "{why}");
    for (name, password) in [("lan", "wrong"), ("nobody", "open sesame lan")] {
        assert_eq!(log_in(&shop, name, password).bytes(), wrong.bytes());
    }
    acme.delete(&totp).send().with_status(204);
    log_in(&shop, "lan", "open sesame lan").with_status(200);
}

on_both!(guesses_are_throttled_as_logins_are);
fn guesses_are_throttled_as_logins_are(server: &Server) {
    let acme = organization(server, "acme");
    signs_in(&acme, "lan");
    let shop = client(server, &acme, &json!({"grants": ["password"]}));
    let mut guesses = (0..40).map(|_| log_in(&shop, "lan", "guess"));
    let throttled = guesses.find(|answer| answer.status != 400).unwrap();
    assert_eq!(error(&throttled), (429, "rate_limited".to_owned()));
    let wait = throttled.header("retry-after").unwrap();
    assert!(wait.parse::<u32>().unwrap() >= 1, "{wait}");
    assert_eq!(log_in(&shop, "lan", "open sesame lan").status, 429);
    // `/auth/login` has the same count.
    let sent = json!({"username": "acme/LAN", "password": "open sesame lan"});
    let elsewhere = server.post("/auth/login").json(&sent).send();
    assert_eq!(elsewhere.status, 429);
}

on_both!(tokens_of_clients_outlive_a_new_password);
fn tokens_of_clients_outlive_a_new_password(server: &Server) {
    let acme = organization(server, "acme");
    let lan = signs_in(&acme, "lan");
    let members = json!({"grants": ["password", "refresh_token"]});
    let shop = client(server, &acme, &members);
    let (access, refresh) = tokens(&log_in(&shop, "lan", "open sesame lan"));
    let path = format!("/api/company/operators/{lan}");
    let put = format!("{path}/credentials");
    let credentials = json!({"username": "lan", "password": "another sesame"});
    acme.put(&put).json(&credentials).send().with_status(204);
    let change = json!({"password": "a third sesame", "username": "lan.nguyen"});
    acme.patch(&path).json(&change).send().with_status(200);
    acme.delete(&put).send().with_status(204);
    assert!(shop.is_active(&access) && shop.is_active(&refresh));
    let (access, _) = tokens(&shop.refresh(&refresh));
    assert!(shop.is_active(&access));
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
