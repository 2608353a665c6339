//! A key as the credential of a request.

use insta::assert_snapshot;
use serde_json::json;

use super::{make, path, text};
use crate::support::{Answer, Server, on_both};

fn profile(server: &Server, key: &str) -> Answer {
    server.get("/v1/profile").bearer(key).send()
}

on_both!(a_key_sees_what_it_is);
fn a_key_sees_what_it_is(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({"environment": "test", "role": "customer"}));
    let answer = profile(server, text(&key, "key")).with_status(200).json();
    assert_eq!(
        answer,
        json!({
            "kind": "api_key", "id": key["id"], "organization_id": 1, "operator_id": null,
            "name": "till", "email": null, "username": null, "role": "customer", "tier": null,
            "avatar": null, "scopes": ["read", "write"], "environment": "test", "expires_at": null,
        })
    );
    for header in ["x-api-key", "x-authorization-key"] {
        let call = server.get("/v1/profile").header(header, text(&key, "key"));
        assert_eq!(call.send().with_status(200).json(), answer);
    }
    let lan = acme.operator_who_signs_in("lan", "open sesame");
    let bound = make(&acme, &json!({"operator_id": lan, "name": "lan's"}));
    let answer = profile(server, text(&bound, "key")).with_status(200).json();
    assert_eq!(answer["operator_id"], lan);
    assert_eq!(
        (&answer["name"], &answer["username"]),
        (&json!("lan's"), &json!("lan"))
    );
    assert_eq!(answer["id"], bound["id"]);
}

on_both!(
    a_key_opens_nothing_else,
    "oauth.issuer=http://localhost:8080"
);
fn a_key_opens_nothing_else(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({"scopes": ["admin"], "role": "admin"}));
    let key = text(&key, "key");
    for (method, path) in [
        ("GET", "/api/company/operators"),
        ("GET", "/api/v1/roles"),
        ("GET", "/api/v1/api-keys"),
        ("POST", "/api/v1/api-keys"),
        ("GET", "/api/company/revocations"),
        ("GET", "/api/company/clients"),
        ("POST", "/api/operator/get-token"),
    ] {
        let answer = server
            .call(method, path)
            .bearer(key)
            .json(&json!({}))
            .send();
        assert_eq!(answer.json()["error"], "forbidden", "{path}");
        answer.with_status(403);
    }
    for path in ["/oauth/userinfo", "/oauth/introspect"] {
        let call = server.post(path).bearer(key);
        let call = call.body("application/x-www-form-urlencoded", "token=x");
        call.send().with_status(401);
    }
    let verify = |key: &str| {
        let call = server.post("/api/v1/api-keys/verify").bearer(key);
        call.json(&json!({"key": key})).send()
    };
    verify(key).with_status(200);
    let verifier = make(&acme, &json!({"scopes": ["keys:verify"]}));
    verify(text(&verifier, "key")).with_status(200);
    let reader = make(&acme, &json!({"scopes": ["read"]}));
    verify(text(&reader, "key")).with_status(403);
    // A key for tests never reaches live data.
    let for_tests = json!({"scopes": ["keys:verify"], "environment": "test"});
    let for_tests = make(&acme, &for_tests);
    assert_snapshot!(verify(text(&for_tests, "key")).in_short(), @"403 forbidden: this API key may not verify keys: it is a test key; use a live one");
}

on_both!(only_its_owner_learns_why_a_key_is_refused);
fn only_its_owner_learns_why_a_key_is_refused(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("lan");
    let bound = make(&acme, &json!({"operator_id": lan}));
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"status": "inactive"}))
        .send()
        .with_status(200);
    let revoked = make(&acme, &json!({}));
    acme.delete(&path(&revoked, "")).send().with_status(204);
    let quarantined = make(&acme, &json!({}));
    acme.post(&path(&quarantined, "/quarantine"))
        .json(&json!({}))
        .send()
        .with_status(200);
    let elsewhere = make(&acme, &json!({"allowed_ips": ["192.0.2.1"]}));
    let unknown = lanyard::api_key::KeyText::draw(
        lanyard::api_key::Prefix::Ak,
        lanyard::api_key::Environment::Live,
    );
    let expected = profile(server, unknown.text());
    assert_snapshot!(expected, @r#"
    401
    access-control-allow-origin: *
    access-control-expose-headers: DPoP-Nonce, WWW-Authenticate, Retry-After
    www-authenticate: Bearer realm="lanyard", error="invalid_token"
    {"error":{"code":"unauthorized","message":"the token is not valid; get a new one"}}
    "#);
    for key in [&bound, &revoked, &quarantined, &elsewhere] {
        assert_eq!(profile(server, text(key, "key")).bytes(), expected.bytes());
    }
    let malformed = profile(server, "ak_live_");
    assert_eq!(malformed.bytes(), expected.bytes());
    let expiring = make(&acme, &json!({"expires_at": "2030-01-01T00:10:00Z"}));
    profile(server, text(&expiring, "key")).with_status(200);
    server.wait(600);
    assert_snapshot!(profile(server, text(&expiring, "key")), @r#"
    401
    access-control-allow-origin: *
    access-control-expose-headers: DPoP-Nonce, WWW-Authenticate, Retry-After
    www-authenticate: Bearer realm="lanyard", error="invalid_token"
    {"error":{"code":"token_expired","message":"the token has expired; get a new one"}}
    "#);
}

on_both!(
    the_address_is_the_clients,
    "http.trusted_proxies=127.0.0.1",
    "http.client_address_header=x-forwarded-for"
);
fn the_address_is_the_clients(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({"allowed_ips": ["192.0.2.0/24"]}));
    let from = |address: &str| {
        let call = server.get("/v1/profile").bearer(text(&key, "key"));
        call.header("x-forwarded-for", address).send()
    };
    from("192.0.2.7").with_status(200);
    from("192.0.2.7, 203.0.113.9").with_status(401);
    from("203.0.113.9, 192.0.2.7").with_status(200);
    from("unknown").with_status(401);
}
