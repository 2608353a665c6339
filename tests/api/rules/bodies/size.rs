//! How large a body may be.

use std::fmt::Write;

use insta::assert_snapshot;

use crate::support::{Server, on_both};

const LIMIT: usize = 64 * 1024;
const LARGE_LIMIT: usize = 4 * 1024 * 1024;

/// Returns `{"token":"xx…x"}` with exactly `size` bytes.
fn of_size(size: usize) -> String {
    let frame = r#"{"token":""}"#.len();
    format!(r#"{{"token":"{}"}}"#, "x".repeat(size - frame))
}

on_both!(a_body_may_have_64_kibibytes);
fn a_body_may_have_64_kibibytes(server: &Server) {
    let acme = server.organization("acme");
    let send = |size: usize| {
        acme.post("/api/operator/validate-token")
            .body("application/json", of_size(size))
            .send()
    };
    send(LIMIT).with_status(200);
    assert_snapshot!(send(LIMIT + 1), @r#"
    413
    {"error":"payload_too_large","error_description":"the body may have at most 65536 bytes"}
    "#);
    for size in [1_000_000, 20_000_000] {
        send(size).with_status(413);
    }
}

on_both!(a_list_may_have_4_mebibytes);
fn a_list_may_have_4_mebibytes(server: &Server) {
    let acme = server.organization("acme");
    let padded = |start: &str, size: usize| format!("{start}{}", " ".repeat(size - start.len()));
    for (path, empty) in [
        ("/api/operator/validate-tokens", r#"{"tokens":[]}"#),
        ("/api/operator/synchronize", "[]"),
        ("/api/v1/api-keys/verify-many", r#"{"keys":[]}"#),
    ] {
        let send = |size: usize| {
            acme.post(path)
                .body("application/json", padded(empty, size))
                .send()
        };
        send(LARGE_LIMIT).with_status(200);
        let refused = send(LARGE_LIMIT + 1);
        assert_eq!(
            refused.in_short(),
            "413 payload_too_large: the body may have at most 4194304 bytes"
        );
    }
}

on_both!(a_body_is_measured_even_if_its_length_was_not_announced);
fn a_body_is_measured_even_if_its_length_was_not_announced(server: &Server) {
    let acme = server.organization("acme");
    let chunked = |body: &str| {
        let mut bytes = format!(
            "POST /api/operator/validate-token HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n",
            acme.token
        );
        for chunk in body.as_bytes().chunks(10_000) {
            let text = String::from_utf8_lossy(chunk);
            let _ = write!(bytes, "{:x}\r\n{text}\r\n", chunk.len());
        }
        bytes.push_str("0\r\n\r\n");
        server.client().answer_to(bytes.as_bytes())
    };
    chunked(&of_size(LIMIT)).with_status(200);
    chunked(&of_size(LIMIT + 1)).with_status(413);
    chunked(&of_size(1_000_000)).with_status(413);
}

on_both!(a_large_body_is_refused_wherever_it_is_sent);
fn a_large_body_is_refused_wherever_it_is_sent(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    for (method, path, status) in [
        ("POST", "/api/company/get-token", 413),
        ("PATCH", "/api/company/organization", 413),
        ("POST", "/api/company/revoke-token", 413),
        ("POST", "/api/company/operators", 413),
        ("PATCH", &format!("/api/company/operators/{lan}"), 413),
        ("POST", "/api/operator/get-token", 413),
        ("POST", "/api/operator/revoke-token", 413),
        (
            "POST",
            &format!("/api/company/operators/{lan}/revoke-tokens"),
            413,
        ),
        ("PUT", "/api/company/organization", 405),
        ("POST", "/api/nowhere", 404),
    ] {
        let answer = server
            .call(method, path)
            .bearer(&acme.token)
            .body("application/json", of_size(1_000_000))
            .send();
        assert_eq!(answer.status, status, "{method} {path}: {answer}");
    }
    acme.get("/api/company/organization")
        .send()
        .with_status(200);
}
