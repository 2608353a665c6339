//! What a signed request opens, and what may be sent beside its signature.

use insta::assert_snapshot;
use serde_json::json;

use super::{Request, make, profile, text, verify};
use crate::support::{Server, on_both};

on_both!(
    a_signature_opens_what_its_key_opens,
    "oauth.issuer=http://localhost:8080"
);
fn a_signature_opens_what_its_key_opens(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let by_text = server.get("/v1/profile").bearer(text(&key, "key")).send();
    let by_signature = profile(server, &key).send();
    assert_eq!(by_signature.with_status(200).json(), by_text.json());
    let verified = verify(server, &key, text(&key, "key")).send();
    assert_eq!(verified.with_status(200).json()["valid"], true);
    for (method, target) in [
        ("GET", "/api/company/operators"),
        ("GET", "/api/v1/api-keys"),
        ("POST", "/api/v1/api-keys"),
        ("POST", "/api/operator/get-token"),
    ] {
        let body = if method == "POST" { "{}" } else { "" };
        let answer = Request::new(server, method, target, body)
            .signed(&key)
            .send();
        assert_eq!(
            answer.with_status(403).json()["error"],
            "forbidden",
            "{target}"
        );
    }
    let userinfo = Request::new(server, "GET", "/oauth/userinfo", "").signed(&key);
    userinfo.send().with_status(401);
    let reader = make(&acme, &json!({"scopes": ["read"]}));
    verify(server, &reader, "x").send().with_status(403);
}

on_both!(a_credential_beside_a_signature_is_of_the_same_key);
fn a_credential_beside_a_signature_is_of_the_same_key(server: &Server) {
    let acme = server.organization("acme");
    let (key, other) = (make(&acme, &json!({})), make(&acme, &json!({})));
    let beside = |name: &str, value: &str| profile(server, &key).header(name, value).send();
    let bearer = |text: &str| beside("Authorization", &format!("Bearer {text}"));
    bearer(text(&key, "key")).with_status(200);
    beside("X-API-Key", text(&key, "key")).with_status(200);
    assert_snapshot!(bearer(text(&other, "key")).in_short(), @"400 invalid_request: two different credentials were sent; send one");
    for wrong in [
        acme.token.as_str(),
        "ak_live_x",
        text(&key, "signing_secret"),
    ] {
        bearer(wrong).with_status(400);
    }
    beside("Authorization", "Basic x").with_status(401);
}

on_both!(a_key_that_requires_signatures_is_refused_without);
fn a_key_that_requires_signatures_is_refused_without(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({"signing": false, "require_signature": true}));
    assert_eq!(
        (&key["signing"], &key["require_signature"]),
        (&json!(true), &json!(true))
    );
    let alone = server.get("/v1/profile").bearer(text(&key, "key")).send();
    assert_snapshot!(alone, @r#"
    401
    access-control-allow-origin: *
    access-control-expose-headers: DPoP-Nonce, WWW-Authenticate, Retry-After
    www-authenticate: Bearer realm="lanyard", error="invalid_token"
    {"error":{"code":"unauthorized","message":"this key must sign its requests (RFC 9421)"}}
    "#);
    let at_flat = server
        .post("/api/v1/api-keys/verify")
        .bearer(text(&key, "key"));
    assert_snapshot!(at_flat.json(&json!({"key": "x"})).send(), @r#"
    401
    www-authenticate: Bearer realm="lanyard", error="invalid_token"
    {"error":"invalid_signature","error_description":"this key must sign its requests (RFC 9421)"}
    "#);
    let verified = acme
        .post("/api/v1/api-keys/verify")
        .json(&json!({"key": key["key"]}));
    assert_eq!(
        verified.send().with_status(200).json(),
        json!({"valid": false, "code": "signature_required"})
    );
    profile(server, &key).send().with_status(200);
    let both = profile(server, &key).header("X-API-Key", text(&key, "key"));
    both.send().with_status(200);
}

on_both!(
    behind_a_listed_proxy_the_scheme_is_the_clients,
    "http.trusted_proxies=127.0.0.1"
);
fn behind_a_listed_proxy_the_scheme_is_the_clients(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    // It was signed for http.
    for (scheme, status) in [("http", 403), ("https", 401)] {
        let call = profile(server, &key).header("X-Forwarded-Proto", scheme);
        call.send().with_status(status);
    }
    profile(server, &key).send().with_status(200);
    // And what was signed for https is right for https alone.
    let over_tls = |said: Option<&str>| {
        let mut request = Request::new(server, "GET", "/v1/profile", "");
        request.scheme = "https";
        let request = request.signed(&key);
        match said {
            Some(said) => request.header("X-Forwarded-Proto", said).send().status,
            None => request.send().status,
        }
    };
    assert_eq!(
        [Some("https"), Some("http"), None].map(over_tls),
        [200, 403, 401]
    );
    // Nobody else's word counts.
    let alone = server.another(&[]);
    let said = profile(&alone, &key).header("X-Forwarded-Proto", "https");
    said.send().with_status(200);
}

on_both!(the_address_counts_after_the_signature);
fn the_address_counts_after_the_signature(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({"allowed_ips": ["192.0.2.0/24"]}));
    assert_snapshot!(profile(server, &key).send().in_short(), @"401 unauthorized: the token is not valid; get a new one");
    // An id is no secret: the refusal of a wrong signature shows nothing and is not noted.
    let wrong = profile(server, &key)
        .with("Signature", "sig1=:AAAA:")
        .send();
    assert_snapshot!(wrong.in_short(), @"401 unauthorized: the signature is wrong, or there is no such key; the HMAC key is every character of the signing secret, hs_ too, and the URL is signed as it arrives here");
}

on_both!(a_known_key_needs_no_database);
fn a_known_key_needs_no_database(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let lookups = || {
        let metrics = server.get("/metrics").send();
        let text = metrics.text().to_owned();
        let line = text
            .lines()
            .find(|line| line.starts_with("lanyard_api_key_lookups_total "));
        line.unwrap().to_owned()
    };
    profile(server, &key).send().with_status(200);
    let before = lookups();
    for _ in 0..3 {
        profile(server, &key).send().with_status(200);
    }
    assert_eq!(lookups(), before);
    // An unknown id is remembered as well.
    let now = server.app.clock.now();
    let unknown = || {
        let request = Request::new(server, "GET", "/v1/profile", "");
        request.signed_with("key_0000000000000000", text(&key, "signing_secret"), now)
    };
    let first = unknown().send();
    let before = lookups();
    let wrong = profile(server, &key)
        .with("Signature", "sig1=:AAAA:")
        .send();
    assert_eq!(unknown().send().bytes(), first.bytes());
    assert_eq!(
        wrong.bytes(),
        first.bytes(),
        "the two are the same to callers"
    );
    assert_eq!(lookups(), before);
    let malformed = Request::new(server, "GET", "/v1/profile", "");
    let malformed = malformed.signed_with("key_x", text(&key, "signing_secret"), now);
    assert_eq!(malformed.send().bytes(), first.bytes());
}
