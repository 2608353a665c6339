//! `client_credentials`: for the client itself, and for its associated operator.

use serde_json::json;

use super::world::{ISSUER, client, decoded, error, organization, text, tokens};
use crate::support::{Server, on_both};

const GRANT: (&str, &str) = ("grant_type", "client_credentials");

on_both!(a_client_acts_for_itself);
fn a_client_acts_for_itself(server: &Server) {
    let acme = organization(server, "acme");
    let shop = client(
        server,
        &acme,
        &json!({"grants": ["client_credentials"], "scopes": ["read", "write", "admin", "openid"]}),
    );
    let answer = shop.token(&[GRANT]);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    let body = answer.with_status(200).json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 3600);
    // What must be asked for is left out.
    assert_eq!(body["scope"], "read write");
    assert!(body.get("refresh_token").is_none() && body.get("id_token").is_none());
    let (header, claims) = decoded(&text(&answer, "access_token"));
    assert_eq!(header["typ"], "at+jwt");
    assert_eq!(header["alg"], "ES256");
    assert!(header["kid"].is_string());
    assert_eq!(claims["iss"], ISSUER);
    assert_eq!(claims["aud"], ISSUER);
    assert_eq!(claims["sub"], shop.id.as_str());
    assert_eq!(claims["client_id"], shop.id.as_str());
    assert_eq!(claims["scopes"], json!(["read", "write"]));
    assert_eq!(claims["token_use"], "access");
    assert_eq!(claims["organization_id"], acme.id);
    assert!(claims.get("operator_id").is_none());

    let scope = |scope: &str| shop.token(&[GRANT, ("scope", scope)]);
    assert_eq!(scope("admin").json()["scope"], "admin");
    assert_eq!(scope("read").json()["scope"], "read");
    for refused in ["openid", "read openid", "analytics", "Read"] {
        assert_eq!(error(&scope(refused)), (400, "invalid_scope".to_owned()));
    }
    let resource = shop.token(&[GRANT, ("resource", "https://api.example.com/")]);
    assert_eq!(error(&resource), (400, "invalid_target".to_owned()));
}

// The metadata of this service's own API names the issuer as the resource (RFC 9728).
on_both!(every_client_may_name_the_issuer_as_the_resource);
fn every_client_may_name_the_issuer_as_the_resource(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let grants = json!({"grants": ["client_credentials", "authorization_code", "refresh_token"]});
    let shop = client(server, &acme, &grants);
    let slash = format!("{ISSUER}/");
    for resource in [ISSUER, &slash] {
        let answer = shop.token(&[GRANT, ("scope", "read"), ("resource", resource)]);
        let (_, claims) = decoded(&text(&answer, "access_token"));
        assert_eq!(claims["aud"], ISSUER);
    }
    // A code that names no resource, or this one, yields tokens for it; no other may be named later.
    for named in [vec![], vec![ISSUER.to_owned()]] {
        let code = shop.code_with(lan, "openid read", |new| new.resources = named);
        let (access, refresh) = tokens(&shop.redeem(&code));
        assert_eq!(decoded(&access).1["aud"], ISSUER);
        let again = |resource: &str| {
            shop.token(&[
                ("grant_type", "refresh_token"),
                ("refresh_token", &refresh),
                ("resource", resource),
            ])
        };
        let other = again("https://api.example.com/");
        assert_eq!(error(&other), (400, "invalid_target".to_owned()));
        let (access, _) = tokens(&again(ISSUER));
        assert_eq!(decoded(&access).1["aud"], ISSUER);
        let userinfo = server.get("/oauth/userinfo").bearer(&access).send();
        userinfo.with_status(200);
    }
}

on_both!(a_client_stands_for_its_operator);
fn a_client_stands_for_its_operator(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    let shop = client(
        server,
        &acme,
        &json!({"grants": ["client_credentials"], "operatorId": lan, "scopes": ["read", "admin"]}),
    );
    let answer = shop.token(&[GRANT]);
    let token = text(&answer, "access_token");
    let (_, claims) = decoded(&token);
    assert_eq!(claims["sub"], lan.to_string());
    assert_eq!(claims["operator_id"], lan);
    // Its role is not admin.
    let admin = shop.token(&[GRANT, ("scope", "admin read")]);
    assert_eq!(admin.json()["scope"], "read");
    let admin = shop.token(&[GRANT, ("scope", "admin")]);
    assert_eq!(error(&admin), (400, "invalid_scope".to_owned()));

    assert!(shop.is_active(&token));
    acme.post(&format!("/api/company/operators/{lan}/revoke-tokens"))
        .send()
        .with_status(204);
    assert!(!shop.is_active(&token));
    let again = text(&shop.token(&[GRANT]), "access_token");
    assert!(shop.is_active(&again));
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"status": "inactive"}))
        .send()
        .with_status(200);
    assert!(!shop.is_active(&again));
    assert_eq!(
        error(&shop.token(&[GRANT])),
        (400, "invalid_grant".to_owned())
    );
}

on_both!(grants_that_a_client_may_not_use);
fn grants_that_a_client_may_not_use(server: &Server) {
    let acme = organization(server, "acme");
    let public = client(server, &acme, &json!({"authMethod": "none"}));
    assert_eq!(
        error(&public.token(&[GRANT])),
        (400, "unauthorized_client".to_owned())
    );
    let shop = client(server, &acme, &json!({}));
    for (grant, code) in [
        ("client_credentials", "unauthorized_client"),
        ("password", "unauthorized_client"),
        ("implicit", "unsupported_grant_type"),
        ("", "invalid_request"),
        (
            "urn:ietf:params:oauth:grant-type:device_code",
            "unauthorized_client",
        ),
    ] {
        let answer = shop.token(&[("grant_type", grant)]);
        assert_eq!(error(&answer), (400, code.to_owned()), "{grant}");
    }
}
