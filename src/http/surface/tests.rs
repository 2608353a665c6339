use std::time::Duration;

use actix_web::body::MessageBody;
use proptest::prelude::*;

use super::*;
use crate::authn::signature::SignatureError;

const ALL: [Surface; 3] = [Surface::Flat, Surface::OAuth, Surface::Nested];

/// Returns the status, the challenge and the body as one text.
fn shown(surface: Surface, error: &ApiError) -> String {
    let response = surface.render(error);
    let challenge = response.headers().get(header::WWW_AUTHENTICATE);
    let challenge = challenge.map_or("-", |value| value.to_str().unwrap());
    let status = response.status().as_u16();
    let head = format!("{status} {challenge} ");
    let body = response.into_body().try_into_bytes().unwrap();
    head + std::str::from_utf8(&body).unwrap()
}

fn every_error() -> Vec<ApiError> {
    vec![
        ApiError::invalid_request("x"),
        ApiError::invalid_credentials(),
        ApiError::missing_token("send a token as Authorization: Bearer …"),
        ApiError::invalid_token(),
        ApiError::token_expired(),
        ApiError::token_revoked(),
        ApiError::invalid_signature(&SignatureError::Wrong),
        ApiError::forbidden("x"),
        ApiError::not_found(),
        ApiError::conflict("x"),
        ApiError::method_not_allowed("GET"),
        ApiError::unsupported_media_type(),
        ApiError::payload_too_large(1),
        ApiError::rate_limited(Duration::from_millis(1)),
        ApiError::stale(),
        ApiError::internal(),
    ]
}

#[test]
fn a_revoked_credential_is_answered_as_the_surface_wants() {
    let shown = |surface| shown(surface, &ApiError::token_revoked());
    insta::assert_snapshot!(shown(Surface::Flat), @r#"403 - {"error":"token_revoked","error_description":"the token was revoked; get a new one"}"#);
    insta::assert_snapshot!(shown(Surface::OAuth), @r#"401 Bearer realm="lanyard", error="invalid_token" {"error":"invalid_token","error_description":"the token was revoked; get a new one"}"#);
    insta::assert_snapshot!(shown(Surface::Nested), @r#"401 Bearer realm="lanyard", error="invalid_token" {"error":{"code":"unauthorized","message":"the token was revoked; get a new one"}}"#);
}

#[test]
fn an_expired_credential_and_none_are_401_on_every_surface() {
    let expired = |surface| shown(surface, &ApiError::token_expired());
    insta::assert_snapshot!(expired(Surface::Flat), @r#"401 Bearer realm="lanyard", error="invalid_token" {"error":"token_expired","error_description":"the token has expired; get a new one"}"#);
    insta::assert_snapshot!(expired(Surface::OAuth), @r#"401 Bearer realm="lanyard", error="invalid_token" {"error":"invalid_token","error_description":"the token has expired; get a new one"}"#);
    insta::assert_snapshot!(expired(Surface::Nested), @r#"401 Bearer realm="lanyard", error="invalid_token" {"error":{"code":"token_expired","message":"the token has expired; get a new one"}}"#);
    let none = |surface| shown(surface, &ApiError::missing_token("send one: Bearer …"));
    insta::assert_snapshot!(none(Surface::Flat), @r#"401 Bearer realm="lanyard" {"error":"invalid_token","error_description":"send one: Bearer …"}"#);
    insta::assert_snapshot!(none(Surface::OAuth), @r#"401 Bearer realm="lanyard" {"error":"invalid_token","error_description":"send one: Bearer ..."}"#);
    insta::assert_snapshot!(none(Surface::Nested), @r#"401 Bearer realm="lanyard" {"error":{"code":"unauthorized","message":"send one: Bearer …"}}"#);
}

#[test]
fn every_error_keeps_the_rules_of_its_surface() {
    for error in every_error() {
        for surface in ALL {
            let response = surface.render(&error);
            let status = response.status().as_u16();
            assert_eq!(
                response.headers().contains_key(header::WWW_AUTHENTICATE),
                status == 401,
                "{surface:?} {error}"
            );
            let no_store = response.headers().get(header::CACHE_CONTROL);
            assert_eq!(no_store.is_some(), surface == Surface::OAuth, "{error}");
            let body: serde_json::Value = serde_json::from_slice(&surface.body(&error)).unwrap();
            let code = match surface {
                Surface::Nested => &body["error"]["code"],
                Surface::Flat | Surface::OAuth => &body["error"],
                // Not among `ALL`: its body is HTML.
                Surface::Page => continue,
            };
            let code = code.as_str().unwrap();
            match surface {
                Surface::Flat => assert_eq!(code, error.code.as_str()),
                Surface::OAuth => assert!(!["token_revoked", "token_expired"].contains(&code)),
                Surface::Page => {}
                Surface::Nested => {
                    let of_401 = ["unauthorized", "token_expired"].contains(&code);
                    assert_eq!(of_401, status == 401, "{error}");
                    assert_ne!(code, "token_revoked");
                }
            }
        }
    }
}

#[test]
fn headers_that_say_what_to_do_are_on_every_surface() {
    for surface in ALL {
        let header = |error: &ApiError, name| {
            let response = surface.render(error);
            response.headers().get(name).cloned().unwrap()
        };
        assert_eq!(
            header(&ApiError::method_not_allowed("GET"), header::ALLOW),
            "GET"
        );
        let wait = ApiError::rate_limited(Duration::from_millis(1_001));
        assert_eq!(header(&wait, header::RETRY_AFTER), "2");
        let encoded = ApiError::unsupported_encoding();
        assert_eq!(header(&encoded, header::ACCEPT_ENCODING), "identity");
    }
}

proptest! {
    /// RFC 6749, section 5.2: `%x20-21 / %x23-5B / %x5D-7E`.
    #[test]
    fn a_description_has_only_the_characters_that_oauth_allows(text in any::<String>()) {
        let body = Surface::OAuth.body(&ApiError::invalid_request(text));
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let description = body["error_description"].as_str().unwrap();
        let may = |b: u8| matches!(b, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
        prop_assert!(description.bytes().all(may), "{}", description);
    }
}
