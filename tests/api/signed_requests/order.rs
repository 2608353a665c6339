//! If a signed request has several faults, the first of these is reported: form, time, key and signature,
//! digest, nonce.

use insta::assert_snapshot;
use lanyard::base::Timestamp;
use serde_json::json;

use super::{Request, make, text, verify};
use crate::support::{Server, on_both};

const NOBODYS: &str = "hs_live_00000000000000000000000000000000000000";
const USED: &str = "a-nonce-that-was-used";

on_both!(faults_are_reported_in_their_order);
fn faults_are_reported_in_their_order(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let (id, secret) = (text(&key, "id"), text(&key, "signing_secret"));
    let now = server.app.clock.now();
    let late = Timestamp::from_seconds(now.as_seconds() - 301);
    let body = json!({"key": "x"}).to_string();
    let request = |secret: &str, at: Timestamp| {
        let request = Request::new(server, "POST", "/api/v1/api-keys/verify", &body);
        request.signed_by(id, secret, at, USED)
    };
    let used = request(secret, now);
    used.send().with_status(200);
    let with_another_body = |mut request: Request<'_>| {
        request.body.push(' ');
        request.send().in_short()
    };
    // Each has all the faults of those after it.
    let worst = request(NOBODYS, late);
    let input = format!("{};other=1", worst.value("Signature-Input"));
    let shown = [
        with_another_body(worst.clone().with("Signature-Input", &input)),
        with_another_body(worst),
        with_another_body(request(NOBODYS, now)),
        with_another_body(used.clone()),
        used.send().in_short(),
    ];
    assert_snapshot!(shown.join("\n"), @r#"
    401 invalid_signature: a parameter is none of created, keyid, nonce, expires, alg, tag
    401 invalid_signature: created is 301 seconds behind the clock of this service; 300 are allowed
    401 invalid_signature: the signature is wrong, or there is no such key; the HMAC key is every character of the signing secret, hs_ too, and the URL is signed as it arrives here
    401 invalid_signature: Content-Digest is not that of the body
    401 invalid_signature: the nonce was used before; draw one for each request
    "#);
    // A key that is refused is refused before its digest is compared.
    acme.post(&super::path(&key, "/quarantine"))
        .send()
        .with_status(200);
    let refused = with_another_body(request(secret, now));
    assert!(refused.starts_with("401 invalid_token"), "{refused}");
    let right = verify(server, &key, "x").send().in_short();
    assert_eq!(right, refused);
}
