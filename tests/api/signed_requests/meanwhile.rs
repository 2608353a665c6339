//! A key that changes while the nonce of a signed request is being used.

use std::net::{IpAddr, Ipv4Addr};

use lanyard::authn::signature::{Message, Signed, Signer, authenticate, sign};
use lanyard::authn::{Authenticator, CredentialHeader, Headers, Outcome, Refused};
use serde_json::{Value, json};

use super::{Lines, make, nonce, path, text};
use crate::support::{Server, on_both};

struct NoHeaders;

impl Headers for NoHeaders {
    fn values(&self, _: CredentialHeader) -> impl Iterator<Item = &[u8]> {
        std::iter::empty()
    }
}

/// Returns a request of the key whose signature is right and whose nonce is not used yet.
fn judged(server: &Server, key: &Value) -> std::sync::Arc<Signed> {
    let app = &server.app;
    let (now, nonce, mut headers) = (app.clock.now(), nonce(), Vec::new());
    let message = |fields| Message {
        method: "GET",
        scheme: "http",
        authority: Some("localhost"),
        path_and_query: "/v1/profile",
        request_target: "/v1/profile",
        fields,
        has_body: false,
    };
    let by = Signer {
        key: text(key, "id"),
        secret: text(key, "signing_secret"),
        now,
        nonce: &nonce,
    };
    let (input, signature) = sign(&message(&Lines(&[])), &by).unwrap();
    headers.push(("signature-input".to_owned(), input));
    headers.push(("signature".to_owned(), signature));
    let address = || IpAddr::V4(Ipv4Addr::LOCALHOST);
    let authenticator = Authenticator {
        validator: &app.tokens.validator,
        uses: &app.tokens.uses,
        app,
        address: &address,
    };
    let fields = Lines(&headers);
    let answer = authenticate(authenticator, &message(&fields), &NoHeaders, now);
    match actix_web::rt::System::new().block_on(answer.unwrap().outcome()) {
        Outcome::Signed(signed) => signed,
        other => panic!("{other:?}"),
    }
}

fn finish(server: &Server, signed: &Signed) -> Result<(), Refused> {
    actix_web::rt::System::new().block_on(signed.finish(&server.app, Some(b"")))
}

on_both!(what_a_key_loses_before_the_nonce_is_used_it_has_lost);
fn what_a_key_loses_before_the_nonce_is_used_it_has_lost(server: &Server) {
    let acme = server.organization("acme");
    let (gone, narrowed, same) = (
        make(&acme, &json!({})),
        make(&acme, &json!({})),
        make(&acme, &json!({})),
    );
    let [of_gone, of_narrowed, of_same] = [&gone, &narrowed, &same].map(|key| judged(server, key));
    acme.delete(&path(&gone, "")).send().with_status(204);
    acme.patch(&path(&narrowed, ""))
        .json(&json!({"scopes": ["read"]}))
        .send()
        .with_status(200);
    assert_eq!(finish(server, &of_gone), Err(Refused::Invalid));
    assert_eq!(finish(server, &of_narrowed), Err(Refused::Stale));
    assert_eq!(finish(server, &of_same), Ok(()));
}
