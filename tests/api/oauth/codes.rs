//! `authorization_code`: once, by its client, with what the request said.

use std::time::Duration;

use serde_json::json;

use super::world::{
    CALLBACK, ISSUER, VERIFIER, client, decoded, error, organization, text, tokens,
};
use crate::support::{Server, on_both};

on_both!(a_code_yields_tokens);
fn a_code_yields_tokens(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"email": "lan@example.com", "role": "tenant"}))
        .send()
        .with_status(200);
    let shop = client(server, &acme, &json!({}));
    let code = shop.code(lan, "openid profile email read");
    let signed_in = server.app.clock.now().as_seconds();
    server.wait(10);
    let answer = shop.redeem(&code);
    let body = answer.with_status(200).json();
    assert_eq!(body["scope"], "email openid profile read");
    let (access, refresh) = tokens(&answer);
    assert_eq!(refresh.len(), 43);
    let (_, claims) = decoded(&access);
    assert_eq!(claims["sub"], lan.to_string());
    assert_eq!(claims["auth_time"], signed_in);
    assert_eq!(claims["email"], "lan@example.com");
    assert_eq!(claims["role"], "tenant");
    let id_token = text(&answer, "id_token");
    let (header, claims) = decoded(&id_token);
    assert_eq!(
        (&header["alg"], &header["typ"]),
        (&json!("RS256"), &json!("JWT"))
    );
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["sub"], lan.to_string());
    assert_eq!(claims["aud"], shop.id.as_str());
    assert_eq!(claims["azp"], shop.id.as_str());
    assert_eq!(claims["nonce"], "n-1");
    assert_eq!(claims["auth_time"], signed_in);
    assert_eq!(claims["amr"], json!(["pwd"]));
    assert!(claims["sid"].is_string() && claims["at_hash"].is_string());
    // The ID token opens nothing.
    assert!(!shop.is_active(&id_token));
    assert!(shop.is_active(&access) && shop.is_active(&refresh));
}

on_both!(a_code_is_refused_that_does_not_fit);
fn a_code_is_refused_that_does_not_fit(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    let other = client(server, &acme, &json!({}));
    let grant = ("grant_type", "authorization_code");
    let refused = (400, "invalid_grant".to_owned());
    let (uri, verifier) = (("redirect_uri", CALLBACK), ("code_verifier", VERIFIER));

    // A wrong redirect URI or verifier burns the code.
    for wrong in [
        vec![("redirect_uri", "https://app.example.com/cb/"), verifier],
        vec![verifier],
        vec![uri, ("code_verifier", "x")],
        vec![uri],
    ] {
        let code = shop.code(lan, "read");
        let mut sent = vec![grant, ("code", code.as_str())];
        sent.extend(&wrong);
        assert_eq!(error(&shop.token(&sent)), refused, "{wrong:?}");
        assert_eq!(error(&shop.redeem(&code)), refused, "{wrong:?}");
    }
    // A verifier where there was no challenge.
    let code = shop.code_with(lan, "read", |new| new.challenge = None);
    assert_eq!(error(&shop.redeem(&code)), refused);
    // Another client can neither redeem nor burn it.
    let code = shop.code(lan, "read");
    assert_eq!(error(&other.redeem(&code)), refused);
    let mut thief = shop.clone();
    thief.secret = Some("wrong".to_owned());
    assert_eq!(
        error(&thief.redeem(&code)),
        (401, "invalid_client".to_owned())
    );
    let (access, _) = tokens(&shop.redeem(&code));
    assert!(shop.is_active(&access));
    assert_eq!(error(&other.redeem(&code)), refused);
    assert!(shop.is_active(&access), "another client revokes nothing");

    let late = shop.code(lan, "read");
    server.wait(60);
    assert_eq!(error(&shop.redeem(&late)), refused);
    assert_eq!(error(&shop.redeem("nonsense")), refused);
    assert_eq!(
        error(&shop.token(&[grant])),
        (400, "invalid_request".to_owned())
    );
    // What happened to operator or client since revokes it.
    let code = shop.code(lan, "read");
    acme.post(&format!("/api/company/operators/{lan}/revoke-tokens"))
        .send()
        .with_status(204);
    assert_eq!(error(&shop.redeem(&code)), refused);
}

on_both!(a_redirect_uri_that_was_left_out_stays_out);
fn a_redirect_uri_that_was_left_out_stays_out(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    let code = || shop.code_with(lan, "read", |new| new.redirect_uri = None);
    let refused = shop.redeem(&code());
    assert_eq!(error(&refused), (400, "invalid_grant".to_owned()));
    let without = |code: &str| {
        shop.token(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", VERIFIER),
        ])
    };
    tokens(&without(&code()));
    let refused = without(&shop.code(lan, "read"));
    assert_eq!(error(&refused), (400, "invalid_grant".to_owned()));
}

on_both!(a_second_redemption_revokes_what_the_first_yielded);
fn a_second_redemption_revokes_what_the_first_yielded(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    let code = shop.code(lan, "read");
    let (access, refresh) = tokens(&shop.redeem(&code));
    let (_, second) = tokens(&shop.refresh(&refresh));
    // The code has long expired, and is recognized all the same.
    server.clock.advance(Duration::from_mins(50));
    assert!(shop.is_active(&access) && shop.is_active(&second));
    let replayed = shop.redeem(&code);
    assert_eq!(error(&replayed), (400, "invalid_grant".to_owned()));
    assert!(!shop.is_active(&access) && !shop.is_active(&second));
    assert_eq!(
        error(&shop.refresh(&second)),
        (400, "invalid_grant".to_owned())
    );
    let audit = acme.get("/api/company/audit?action=grant.revoked").send();
    assert_eq!(audit.items().len(), 1);
    shop.redeem(&code).with_status(400);
    let audit = acme.get("/api/company/audit?action=grant.revoked").send();
    assert_eq!(audit.items().len(), 1);
}

on_both!(the_audience_is_the_resources_asked_for);
fn the_audience_is_the_resources_asked_for(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(server, &acme, &json!({}));
    let code = shop.code_with(lan, "read", |new| {
        new.resources = vec!["https://gone.example.com/".to_owned()];
    });
    // The organization has no such resource any more.
    assert_eq!(
        error(&shop.redeem(&code)),
        (400, "invalid_target".to_owned())
    );
}
