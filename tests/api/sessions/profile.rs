//! `GET /v1/profile`.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Server, on_both};

on_both!(every_credential_sees_whose_it_is);
fn every_credential_sees_whose_it_is(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "open");
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"email": "lan@example.com", "role": "admin", "tier": "gold", "avatar": "https://example.com/l.png"}))
        .send()
        .with_status(200);
    let profile = |token: &str| server.get("/v1/profile").bearer(token).send();
    assert_snapshot!(profile(&acme.session("lan", "open")), @r#"
    200
    access-control-allow-origin: *
    access-control-expose-headers: DPoP-Nonce, WWW-Authenticate, Retry-After
    {
      "kind": "session",
      "id": "user_1",
      "organization_id": 1,
      "operator_id": 1,
      "name": "lan",
      "email": "lan@example.com",
      "username": "lan",
      "role": "admin",
      "tier": "gold",
      "avatar": "https://example.com/l.png",
      "scopes": ["admin"],
      "environment": "live",
      "expires_at": "2030-01-01T01:00:00Z",
    }
    "#);
    assert_snapshot!(profile(&acme.token_for(lan)), @r#"
    200
    access-control-allow-origin: *
    access-control-expose-headers: DPoP-Nonce, WWW-Authenticate, Retry-After
    {
      "kind": "operator",
      "id": "user_1",
      "organization_id": 1,
      "operator_id": 1,
      "name": "lan",
      "email": "lan@example.com",
      "username": "lan",
      "role": "admin",
      "tier": "gold",
      "avatar": "https://example.com/l.png",
      "scopes": ["admin"],
      "environment": "live",
      "expires_at": "2030-01-02T00:00:00Z",
    }
    "#);
    assert_snapshot!(profile(&acme.token), @r#"
    200
    access-control-allow-origin: *
    access-control-expose-headers: DPoP-Nonce, WWW-Authenticate, Retry-After
    {
      "kind": "company",
      "id": "company_1",
      "organization_id": 1,
      "operator_id": null,
      "name": "acme Ltd",
      "email": null,
      "username": null,
      "role": "admin",
      "tier": null,
      "avatar": null,
      "scopes": ["admin"],
      "environment": "live",
      "expires_at": null,
    }
    "#);
    assert_snapshot!(server.get("/v1/profile").send(), @r#"
    401
    access-control-allow-origin: *
    access-control-expose-headers: DPoP-Nonce, WWW-Authenticate, Retry-After
    www-authenticate: Bearer realm="lanyard"
    {
      "error": {"code":"unauthorized","message":"send a token as Authorization: Bearer …, or as X-Authorization-Key"},
    }
    "#);
    assert_snapshot!(profile("x"), @r#"
    401
    access-control-allow-origin: *
    access-control-expose-headers: DPoP-Nonce, WWW-Authenticate, Retry-After
    www-authenticate: Bearer realm="lanyard", error="invalid_token"
    {"error":{"code":"unauthorized","message":"the token is not valid; get a new one"}}
    "#);
}

on_both!(rights_are_those_of_the_role_now);
fn rights_are_those_of_the_role_now(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "open");
    let (session, token) = (acme.session("lan", "open"), acme.token_for(lan));
    let scopes = || {
        let [one, other] = [&session, &token].map(|credential| {
            let profile = server.get("/v1/profile").bearer(credential).send();
            profile.json()["scopes"].clone()
        });
        assert_eq!(one, other);
        one
    };
    assert_eq!(scopes(), json!([]));
    for (role, expected) in [
        ("admin", json!(["admin"])),
        ("auditor", json!([])),
        ("tenant", json!(["read", "write"])),
        // No role that is defined, and no error.
        ("Tenant", json!([])),
    ] {
        let change = json!({"role": role});
        let path = format!("/api/company/operators/{lan}");
        let changed = acme.patch(&path).json(&change).send();
        assert!(changed.header("revocation-sequence").is_some());
        assert_eq!(scopes(), expected);
    }
}
