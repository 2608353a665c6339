//! What is sent behind a chunked body is no header: neither a credential nor a part of what is
//! signed.

use serde_json::json;

use super::{Request, make, profile, text, verify};
use crate::support::{Server, on_both};

/// A server may refuse trailers.
const REFUSED: [u16; 2] = [400, 401];

on_both!(a_trailer_is_no_credential);
fn a_trailer_is_no_credential(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let signed = profile(server, &key);
    let signature = format!(
        "Signature-Input: {}\r\nSignature: {}\r\n",
        signed.value("Signature-Input"),
        signed.value("Signature")
    );
    for trailer in [
        format!("Authorization: Bearer {}\r\n", text(&key, "key")),
        format!("X-API-Key: {}\r\n", text(&key, "key")),
        format!("X-Authorization-Key: {}\r\n", acme.token),
        signature,
    ] {
        for (method, path, body) in [
            ("GET", "/v1/profile", ""),
            ("POST", "/api/v1/api-keys/verify", r#"{"key":"x"}"#),
        ] {
            let request = Request::new(server, method, path, body);
            let status = request.send_with_trailer(&trailer).status;
            assert!(REFUSED.contains(&status), "{method} {trailer}: {status}");
        }
    }
    // The nonce was not used.
    signed.send().with_status(200);
}

on_both!(a_trailer_is_not_what_was_signed);
fn a_trailer_is_not_what_was_signed(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let mut late = verify(server, &key, "x");
    let digest = late.value("Content-Digest").to_owned();
    late.headers.retain(|(name, _)| name != "Content-Digest");
    let trailer = format!("Content-Digest: {digest}\r\n");
    let status = late.send_with_trailer(&trailer).status;
    assert!(REFUSED.contains(&status), "{status}");
    // Behind a right request it changes nothing: not who sent it, nor what it is.
    let other = make(&acme, &json!({"scopes": []}));
    let trailer = format!("X-API-Key: {}\r\n", text(&other, "key"));
    let status = verify(server, &key, "x").send_with_trailer(&trailer).status;
    assert!([200, 400].contains(&status), "{status}");
}
