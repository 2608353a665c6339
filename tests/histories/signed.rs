//! Signed requests (RFC 9421), as they are on the wire.

use std::sync::atomic::{AtomicU64, Ordering};

use lanyard::authn::signature::{Fields, Message, Signer, sign};
use lanyard::base::Clock;

use crate::line::{AUTHZ, DESCRIBED};

struct NoFields;

impl Fields for NoFields {
    fn lines(&self, _: &str) -> Vec<&[u8]> {
        Vec::new()
    }
}

/// Returns a request that is signed now, with a nonce of its own, and its path: for the profile of a
/// key, or `by_proxy`: as a proxy asks about it.
pub(crate) fn request(key: &str, secret: &str, by_proxy: bool) -> (&'static str, String) {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let nonce = format!("{:032}", NEXT.fetch_add(1, Ordering::Relaxed));
    let (scheme, authority, target) = if by_proxy {
        ("https", "api.example.com", "/v1/orders")
    } else {
        ("http", "localhost", "/v1/profile")
    };
    let message = Message {
        method: "GET",
        scheme,
        authority: Some(authority),
        path_and_query: target,
        request_target: target,
        fields: &NoFields,
        has_body: false,
    };
    let by = Signer {
        key,
        secret,
        now: Clock::System.now(),
        nonce: &nonce,
    };
    let (input, signature) = sign(&message, &by).unwrap();
    let (path, described) = if by_proxy {
        (AUTHZ, DESCRIBED)
    } else {
        (target, "")
    };
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\n{described}Signature-Input: {input}\r\nSignature: {signature}\r\n\r\n"
    );
    (path, request)
}
