//! The digest of the body that came.

use insta::assert_snapshot;
use lanyard::authn::signature::digest_of;
use serde_json::json;

use super::{Request, make, profile, text, verify};
use crate::support::http::Connection;
use crate::support::{Server, on_both};

on_both!(the_digest_is_that_of_the_body_that_came);
fn the_digest_is_that_of_the_body_that_came(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let right = || verify(server, &key, text(&key, "key"));
    right().send().with_status(200);
    right().send_chunked().with_status(200);
    let mut other = right();
    other.body.push(' ');
    assert_snapshot!(other.send().in_short(), @"401 invalid_signature: Content-Digest is not that of the body");
    other.send_chunked().with_status(401);
    // The nonce was not used up.
    other.body.pop();
    other.send().with_status(200);
    let mut none = right();
    none.body.clear();
    none.send().with_status(401);
    let unsigned = right().with("Content-Digest", &digest_of(b"{}"));
    unsigned.send().with_status(401);
    // An empty body has a digest; what is wrong with the body itself is said after the signature.
    let empty = Request::new(server, "POST", "/api/v1/api-keys/verify", "").signed(&key);
    assert_snapshot!(empty.send().in_short(), @"415 unsupported_media_type: the body must be JSON in UTF-8: send Content-Type: application/json");
    let mut bare = Request::new(server, "POST", "/api/v1/api-keys/verify", "");
    bare.headers.clear();
    assert_snapshot!(bare.signed(&key).send().in_short(), @r#"401 invalid_signature: the signature must cover "content-digest""#);
}

on_both!(a_body_that_no_handler_reads_is_checked_as_well);
fn a_body_that_no_handler_reads_is_checked_as_well(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    let mut uncovered = profile(server, &key);
    uncovered.body = "x".into();
    assert_snapshot!(uncovered.send().in_short(), @r#"401 unauthorized: the signature must cover "content-digest""#);
    uncovered.send_chunked().with_status(401);
    uncovered.body.clear();
    uncovered.send_chunked().with_status(200);
    let covered = || Request::new(server, "GET", "/v1/profile", "x").signed(&key);
    covered().send().with_status(200);
    covered().send_chunked().with_status(200);
    let mut other = covered();
    other.body = "y".into();
    other.send().with_status(401);
    let mut large = covered();
    large.body = "x".repeat(64 * 1024 + 1);
    large.send().with_status(413);
    large.send_chunked().with_status(413);
}

on_both!(a_key_that_is_revoked_while_the_body_arrives_is_refused);
fn a_key_that_is_revoked_while_the_body_arrives_is_refused(server: &Server) {
    let acme = server.organization("acme");
    let key = make(&acme, &json!({}));
    for (is_revoked, status) in [(false, 200), (true, 401)] {
        let request = verify(server, &key, "x");
        let mut connection = Connection::open(server.client().address()).unwrap();
        let head = format!(
            "{}Content-Length: {}\r\n\r\n",
            request.head(),
            request.body.len()
        );
        connection.send(head.as_bytes()).unwrap();
        // The head is judged meanwhile.
        profile(server, &key).send().with_status(200);
        if is_revoked {
            acme.delete(&super::path(&key, "")).send().with_status(204);
        }
        connection.send(request.body.as_bytes()).unwrap();
        assert_eq!(connection.receive().answer().status, status);
    }
}
