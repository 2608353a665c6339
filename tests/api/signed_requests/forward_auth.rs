//! Signed requests at `/authz`: what is signed is the original request, whose body is elsewhere.

use insta::assert_snapshot;
use lanyard::authn::signature::{Message, Signer, digest_of, sign};
use serde_json::{Value, json};

use super::{Lines, make, nonce, text};
use crate::authz::{HOST, ask, outcome};
use crate::support::client::Call;
use crate::support::{Server, on_both};

const SIGNED: &str = "/signed?a=%2f";

/// Returns the headers of a signed request to the service behind the proxy.
fn headers(
    server: &Server,
    key: &Value,
    method: &str,
    digest: Option<&str>,
) -> Vec<(String, String)> {
    let digest = digest.map(|digest| ("content-digest".to_owned(), digest.to_owned()));
    let mut headers: Vec<_> = digest.into_iter().collect();
    let fields = Lines(&headers);
    let message = Message {
        method,
        scheme: "https",
        authority: Some(HOST),
        path_and_query: SIGNED,
        request_target: SIGNED,
        fields: &fields,
        has_body: false,
    };
    let nonce = nonce();
    let by = Signer {
        key: text(key, "id"),
        secret: text(key, "signing_secret"),
        now: server.app.clock.now(),
        nonce: &nonce,
    };
    let (input, signature) = sign(&message, &by).unwrap();
    headers.push(("signature-input".to_owned(), input));
    headers.push(("signature".to_owned(), signature));
    headers
}

fn with<'a>(call: Call<'a>, headers: &[(String, String)]) -> Call<'a> {
    let headers = headers.iter();
    headers.fold(call, |call, (name, value)| call.header(name, value))
}

on_both!(
    a_service_gets_the_digest_that_is_signed,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn a_service_gets_the_digest_that_is_signed(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let digest = digest_of(b"{}");
    let sent = headers(server, &key, "POST", Some(&digest));
    let answer = with(ask(server, "POST", SIGNED), &sent).send();
    answer.with_status(200);
    assert_eq!(
        answer.header("x-auth-content-digest"),
        Some(digest.as_str())
    );
    assert_eq!(answer.header("x-auth-kind"), Some("api_key"));
    assert_eq!(answer.header("x-auth-key-id"), key["id"].as_str());
    // Once only.
    let again = with(ask(server, "POST", SIGNED), &sent).send();
    assert_snapshot!(outcome(&again), @r#"401 {"error":"invalid_signature","error_description":"the nonce was used before; draw one for each request"}"#);
    // Without a digest there is no body.
    let sent = headers(server, &key, "DELETE", None);
    let answer = with(ask(server, "DELETE", SIGNED), &sent).send();
    let empty = digest_of(b"");
    assert_eq!(
        answer.with_status(200).header("x-auth-content-digest"),
        Some(empty.as_str())
    );
}

on_both!(
    what_is_signed_otherwise_is_refused,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn what_is_signed_otherwise_is_refused(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let refused = |call: Call<'_>| outcome(&call.send());
    assert_snapshot!(refused(ask(server, "GET", SIGNED).bearer(text(&key, "key"))),
        @r#"401 {"error":"invalid_signature","error_description":"The request is not signed"}"#);
    for target in ["/signed?a=/", "/signed?a=%2F", "/signed", "/signed?a=%2f&b"] {
        let sent = headers(server, &key, "GET", None);
        let answer = refused(with(ask(server, "GET", target), &sent));
        assert!(
            answer.starts_with(r#"401 {"error":"invalid_signature"#),
            "{target}: {answer}"
        );
    }
    let sent = headers(server, &key, "GET", None);
    assert!(refused(with(ask(server, "HEAD", SIGNED), &sent)).starts_with("401"));
    // A POST without a digest, and one whose digest nobody can compare.
    let sent = headers(server, &key, "DELETE", None);
    assert!(refused(with(ask(server, "POST", SIGNED), &sent)).starts_with("401"));
    for digest in ["md5=:XUFAKrxLKna5cZ2REBfFkg==:", "x"] {
        let sent = headers(server, &key, "POST", Some(digest));
        let answer = refused(with(ask(server, "POST", SIGNED), &sent));
        assert!(
            answer.starts_with(r#"401 {"error":"invalid_signature"#),
            "{digest}: {answer}"
        );
    }
}

on_both!(
    a_key_that_must_sign_is_refused_by_every_rule_without_a_signature,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn a_key_that_must_sign_is_refused_by_every_rule_without_a_signature(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({"require_signature": true}));
    let refused = |target: &str| {
        let call = ask(server, "GET", target).bearer(text(&key, "key"));
        outcome(&call.send())
    };
    assert_snapshot!(refused("/open"), @r#"401 {"error":"invalid_signature","error_description":"this key must sign its requests (RFC 9421)"}"#);
    assert_snapshot!(refused("/open-nested"), @r#"401 {"error":{"code":"unauthorized","message":"Invalid or missing authentication credentials"}}"#);
}

on_both!(
    a_key_that_is_quarantined_signs_nothing,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn a_key_that_is_quarantined_signs_nothing(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let sent = headers(server, &key, "GET", None);
    acme.post(&super::path(&key, "/quarantine"))
        .send()
        .with_status(200);
    let answer = with(ask(server, "GET", SIGNED), &sent).send();
    assert_snapshot!(outcome(&answer), @r#"401 {"error":"invalid_token","error_description":"The access token is invalid or expired"}"#);
}
