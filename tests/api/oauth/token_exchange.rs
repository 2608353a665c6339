//! Token exchange (RFC 8693): what a token is exchanged for, what is refused, and that nothing
//! outlives the token it comes from.

mod ends;
mod rights;

use serde_json::{Value, json};

use super::world::{Client, ISSUER, client, decoded, error, organization, text, tokens};
use crate::support::{Answer, Organization, Server, on_both};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// Adds a client that may exchange tokens.
fn exchanger<'a>(server: &'a Server, of: &Organization<'_>, members: &Value) -> Client<'a> {
    let mut all = json!({"name": "Gateway", "grants": ["token_exchange"]});
    for (name, value) in members.as_object().unwrap() {
        all[name] = value.clone();
    }
    client(server, of, &all)
}

/// Asks for an exchange, with further parameters.
fn exchange(client: &Client<'_>, subject: &str, more: &[(&str, &str)]) -> Answer {
    let mut all = vec![
        ("grant_type", GRANT),
        ("subject_token", subject),
        ("subject_token_type", ACCESS_TOKEN),
    ];
    all.extend(more);
    client.token(&all)
}

fn exchanged(client: &Client<'_>, subject: &str) -> String {
    text(&exchange(client, subject, &[]), "access_token")
}

on_both!(a_company_token_becomes_an_operator_token);
fn a_company_token_becomes_an_operator_token(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let gateway = exchanger(server, &acme, &json!({}));
    let (_, company) = decoded(&acme.token);
    for kind in [ACCESS_TOKEN, JWT] {
        server.wait(1);
        let answer = gateway.token(&[
            ("grant_type", GRANT),
            ("subject_token", &acme.token),
            ("subject_token_type", kind),
            ("operator_id", &lan.to_string()),
        ]);
        let body = answer.with_status(200).json();
        assert_eq!(body["issued_token_type"], ACCESS_TOKEN);
        assert_eq!(body["token_type"], "Bearer");
        assert_eq!(body["expires_in"], 86_400);
        assert!(body.get("refresh_token").is_none() && body.get("scope").is_none());
        let token = text(&answer, "access_token");
        assert_eq!(acme.judge(&token), "valid");
        let (_, claims) = decoded(&token);
        assert_eq!(claims["parent"], company["jti"]);
        assert_eq!(claims["operator_id"], lan);
        let act = json!({"sub": acme.id.to_string(), "client_id": gateway.id});
        assert_eq!(claims["act"], act);
        let introspected = acme
            .post("/oauth/introspect")
            .body(super::world::FORM, super::world::form(&[("token", &token)]))
            .send();
        assert_eq!(introspected.with_status(200).json()["act"], act);
        // It is in the ledger, as every operator token.
        let listed = acme.get("/api/company/tokens").send().json();
        assert_eq!(listed["items"][0]["jti"], claims["jti"]);
        assert_eq!(listed["items"][0]["parent"], company["jti"]);
    }
}

on_both!(a_client_that_must_send_proofs_sends_one_for_an_operator_token_too);
fn a_client_that_must_send_proofs_sends_one_for_an_operator_token_too(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let gateway = exchanger(server, &acme, &json!({"dpopBound": true}));
    let answer = exchange(&gateway, &acme.token, &[("operator_id", &lan.to_string())]);
    assert_eq!(error(&answer), (400, "invalid_dpop_proof".to_owned()));
}

on_both!(an_operator_token_does_not_end_with_the_client_but_with_the_company_token);
fn an_operator_token_does_not_end_with_the_client_but_with_the_company_token(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let gateway = exchanger(server, &acme, &json!({}));
    let laptop = acme.another_token();
    let token = {
        let answer = exchange(&gateway, &laptop, &[("operator_id", &lan.to_string())]);
        text(&answer, "access_token")
    };
    acme.delete(&format!("/api/company/clients/{}", gateway.id))
        .send()
        .with_status(204);
    assert_eq!(acme.judge(&token), "valid");
    acme.with_token(&laptop)
        .post("/api/company/revoke-token")
        .send()
        .with_status(204);
    assert_eq!(acme.judge(&token), "Token revoked");
}

on_both!(an_access_token_becomes_one_that_can_do_less);
fn an_access_token_becomes_one_that_can_do_less(server: &Server) {
    let acme = organization(server, "acme");
    for uri in ["https://a.example.com/", "https://b.example.com/"] {
        acme.post("/api/company/resources")
            .json(&json!({"uri": uri, "name": uri}))
            .send()
            .with_status(201);
    }
    let lan = acme.operator("Lan");
    let shop = client(
        server,
        &acme,
        &json!({"audience": ["*"], "accessTokenSeconds": 600}),
    );
    let gateway = exchanger(
        server,
        &acme,
        &json!({"audience": ["https://a.example.com/"], "accessTokenSeconds": 3_600}),
    );
    let opaque = exchanger(server, &acme, &json!({"tokenFormat": "opaque"}));
    let code = shop.code_with(lan, "read write", |new| {
        new.resources = vec![
            "https://a.example.com/".to_owned(),
            "https://b.example.com/".to_owned(),
        ];
    });
    let (subject, _) = tokens(&shop.redeem(&code));
    server.wait(60);
    let (_, before) = decoded(&subject);

    let answer = exchange(
        &gateway,
        &subject,
        &[("scope", "read"), ("resource", "https://a.example.com/")],
    );
    let body = answer.with_status(200).json();
    assert_eq!(body["issued_token_type"], ACCESS_TOKEN);
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 540);
    assert_eq!(body["scope"], "read");
    assert!(body.get("refresh_token").is_none() && body.get("id_token").is_none());
    let token = text(&answer, "access_token");
    let (header, claims) = decoded(&token);
    assert_eq!(header["typ"], "at+jwt");
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["aud"], "https://a.example.com/");
    assert_eq!(claims["client_id"], gateway.id.as_str());
    assert_eq!(
        claims["act"],
        json!({"sub": gateway.id, "client_id": gateway.id})
    );
    for same in ["sub", "operator_id", "exp", "auth_time", "grant_id"] {
        assert_eq!(claims[same], before[same], "{same}");
    }
    assert_eq!(
        gateway.introspect(&token)["act"]["client_id"],
        gateway.id.as_str()
    );

    // Once more, and an opaque one: the earlier act stands within.
    let answer = exchange(&opaque, &token, &[]);
    let inner = text(&answer, "access_token");
    assert_eq!(inner.len(), 32);
    let introspected = opaque.introspect(&inner);
    assert_eq!(introspected["act"]["client_id"], opaque.id.as_str());
    assert_eq!(introspected["act"]["act"], claims["act"]);
    assert_eq!(introspected["scope"], "read");
    assert_eq!(introspected["aud"], "https://a.example.com/");
    assert_eq!(introspected["exp"], before["exp"]);
    // And back to a JWT.
    let (_, again) = decoded(&exchanged(&gateway, &inner));
    assert_eq!(again["act"]["act"]["act"], claims["act"]);

    // What would be more.
    for (more, expected) in [
        (("scope", "read write analytics"), "invalid_scope"),
        (("resource", "https://b.example.com/"), "invalid_target"),
        (("audience", "https://b.example.com/"), "invalid_target"),
        (("resource", "https://c.example.com/"), "invalid_target"),
        (("audience", ISSUER), "invalid_target"),
    ] {
        let answer = exchange(&gateway, &subject, &[more]);
        assert_eq!(error(&answer), (400, expected.to_owned()), "{more:?}");
    }
    let answer = exchange(&gateway, &token, &[("scope", "read write")]);
    assert_eq!(error(&answer), (400, "invalid_scope".to_owned()));
}

on_both!(a_clients_own_token_keeps_its_subject);
fn a_clients_own_token_keeps_its_subject(server: &Server) {
    let acme = organization(server, "acme");
    let job = client(server, &acme, &json!({"grants": ["client_credentials"]}));
    let gateway = exchanger(server, &acme, &json!({"scopes": ["read"]}));
    let subject = text(
        &job.token(&[("grant_type", "client_credentials")]),
        "access_token",
    );
    let token = exchanged(&gateway, &subject);
    let (_, claims) = decoded(&token);
    assert_eq!(claims["sub"], job.id.as_str());
    assert_eq!(claims["client_id"], gateway.id.as_str());
    // The client's list is narrower than the subject.
    assert_eq!(claims["scope"], "read");
    assert!(gateway.is_active(&token));
}

on_both!(what_is_refused);
fn what_is_refused(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator_who_signs_in("Lan", "open sesame 1");
    let id = lan.to_string();
    let shop = client(server, &acme, &json!({}));
    let gateway = exchanger(server, &acme, &json!({}));
    let rival = organization(server, "rival");
    let foreign = client(server, &rival, &json!({"grants": ["client_credentials"]}));
    let foreign = text(
        &foreign.token(&[("grant_type", "client_credentials")]),
        "access_token",
    );
    let answer = shop.redeem(&shop.code(lan, "read openid"));
    let (access, refresh) = tokens(&answer);
    let revoked = shop.redeem(&shop.code(lan, "read"));
    let revoked = text(&revoked, "access_token");
    shop.post("/oauth/revoke", &[("token", &revoked)])
        .with_status(200);
    let refused = |subject: &str, more: &[(&str, &str)]| {
        let answer = exchange(&gateway, subject, more);
        assert_eq!(
            error(&answer),
            (400, "invalid_request".to_owned()),
            "{more:?} {answer}"
        );
    };
    let operator = [("operator_id", id.as_str())];
    for subject in [
        "",
        "nonsense",
        &foreign,
        &revoked,
        &refresh,
        &text(&answer, "id_token"),
        &acme.session("Lan", "open sesame 1"),
        &acme.token_for(lan),
        // A company token alone names no operator.
        &acme.token,
    ] {
        refused(subject, &[]);
    }
    for subject in [&rival.token, &acme.token_for(lan), &access] {
        refused(subject, &operator);
    }
    refused(&acme.token, &[("operator_id", "999999")]);
    refused(&acme.token, &[("operator_id", "Lan")]);
    for more in [
        ("actor_token", access.as_str()),
        ("actor_token_type", ACCESS_TOKEN),
        ("requested_token_type", JWT),
        (
            "requested_token_type",
            "urn:ietf:params:oauth:token-type:refresh_token",
        ),
        ("subject_token", access.as_str()),
    ] {
        refused(&access, &[more]);
    }
    for kind in [
        "",
        "access_token",
        "urn:ietf:params:oauth:token-type:id_token",
    ] {
        let answer = gateway.token(&[
            ("grant_type", GRANT),
            ("subject_token", &access),
            ("subject_token_type", kind),
        ]);
        assert_eq!(error(&answer), (400, "invalid_request".to_owned()));
    }
    // An operator token has neither scopes nor an audience.
    for (more, expected) in [
        (("scope", "read"), "invalid_scope"),
        (("resource", ISSUER), "invalid_target"),
    ] {
        let answer = exchange(&gateway, &acme.token, &[operator[0], more]);
        assert_eq!(error(&answer), (400, expected.to_owned()));
    }
    // Only who was given the grant, and no public client can be.
    let answer = exchange(&shop, &access, &[]);
    assert_eq!(error(&answer), (400, "unauthorized_client".to_owned()));
    let public = exchanger(server, &acme, &json!({"authMethod": "none"}));
    let answer = exchange(&public, &access, &[]);
    assert_eq!(error(&answer), (400, "unauthorized_client".to_owned()));
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"status": "inactive"}))
        .send()
        .with_status(200);
    refused(&acme.token, &operator);
}

on_both!(a_token_is_exchanged_five_times_at_most);
fn a_token_is_exchanged_five_times_at_most(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    let gateway = exchanger(server, &acme, &json!({}));
    let (mut token, _) = tokens(&shop.redeem(&shop.code(lan, "read")));
    for _ in 0..5 {
        token = exchanged(&gateway, &token);
        assert!(gateway.is_active(&token));
    }
    let answer = exchange(&gateway, &token, &[]);
    assert_eq!(error(&answer), (400, "invalid_request".to_owned()));
}
