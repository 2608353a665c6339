//! Algorithms and `/.well-known/jwks.json`. Published keys are checked with another library than
//! the one that signs.

use insta::assert_snapshot;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{DecodingKey, TokenData, Validation, decode, decode_header};
use serde_json::Value;

use super::claims;
use crate::support::{Server, on_both};

/// Verifies a token as a stranger does: with nothing but the published keys.
pub(super) fn verify(server: &Server, token: &str) -> TokenData<Value> {
    let published = server.get("/.well-known/jwks.json").send();
    let keys: JwkSet = serde_json::from_value(published.json()).unwrap();
    let header = decode_header(token).unwrap();
    let key = keys.find(&header.kid.unwrap()).unwrap();
    let mut rules = Validation::new(header.alg);
    rules.set_issuer(&["lanyard"]);
    // The clock of these tests is not the machine's, and a company token has no expiry.
    rules.validate_exp = false;
    rules.required_spec_claims.remove("exp");
    decode(token, &DecodingKey::from_jwk(key).unwrap(), &rules).unwrap()
}

fn a_stranger_can_verify(server: &Server, algorithm: &str) {
    let acme = server.organization("acme");
    let token = acme.token_for(acme.operator("Lan"));
    for token in [&acme.token, &token] {
        let read = verify(server, token);
        assert_eq!(read.claims, claims(token));
        assert_eq!(format!("{:?}", read.header.alg), algorithm);
        assert_eq!(read.header.typ.as_deref(), Some("JWT"));
    }
    assert_eq!(acme.judge(&token), "valid");

    let published = server.get("/.well-known/jwks.json").send().json();
    for key in published["keys"].as_array().unwrap() {
        assert_eq!(
            (&key["use"], &key["alg"]),
            (&"sig".into(), &algorithm.into())
        );
        for secret in ["d", "p", "q", "dp", "dq", "qi", "k", "oth"] {
            assert_eq!(key[secret], Value::Null, "{secret} must not be published");
        }
    }
}

on_both!(eddsa, "tokens.algorithm=EdDSA");
fn eddsa(server: &Server) {
    a_stranger_can_verify(server, "EdDSA");
}

on_both!(es256, "tokens.algorithm=ES256");
fn es256(server: &Server) {
    a_stranger_can_verify(server, "ES256");
}

on_both!(rs256, "tokens.algorithm=RS256");
fn rs256(server: &Server) {
    a_stranger_can_verify(server, "RS256");
}

on_both!(a_shared_secret_is_not_published);
fn a_shared_secret_is_not_published(server: &Server) {
    assert_snapshot!(server.get("/.well-known/jwks.json").send(), @r#"
    200
    access-control-allow-origin: *
    access-control-expose-headers: DPoP-Nonce, WWW-Authenticate, Retry-After
    cache-control: public, max-age=300
    content-type: application/jwk-set+json
    {"keys":[]}
    "#);
}

on_both!(a_change_of_algorithm_leaves_what_was_issued_before);
fn a_change_of_algorithm_leaves_what_was_issued_before(server: &Server) {
    let acme = server.organization("acme");
    let old = acme.token_for(acme.operator("Lan"));
    let changed = server.another(&["tokens.algorithm=EdDSA"]);
    let answer = changed
        .post("/api/operator/validate-token")
        .bearer(&acme.token)
        .json(&serde_json::json!({"token": old}))
        .send();
    assert_eq!(answer.json()["isValid"], true);
    let new = changed
        .post("/api/operator/get-token")
        .bearer(&acme.token)
        .json(&serde_json::json!({"id": 1}))
        .send()
        .string();
    verify(&changed, &new);
}

on_both!(
    how_long_keys_may_be_remembered_is_said,
    "keys.jwks_cache_time=10m"
);
fn how_long_keys_may_be_remembered_is_said(server: &Server) {
    let published = server.get("/.well-known/jwks.json").send();
    assert_eq!(
        published.header("cache-control"),
        Some("public, max-age=600")
    );
}

on_both!(a_key_outlives_the_process);
fn a_key_outlives_the_process(server: &Server) {
    let acme = server.organization("acme");
    let again = server.another(&[]);
    again
        .get("/api/company/organization")
        .bearer(&acme.token)
        .send()
        .with_status(200);
    let kid = |server: &Server| server.app.tokens.validator.ring().active().kid;
    assert_eq!(kid(server), kid(&again));
}
