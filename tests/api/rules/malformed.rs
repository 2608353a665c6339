//! Input that is not HTTP, or is incomplete: the service answers or closes the connection, and
//! continues.

use crate::support::{Server, on_both};

on_both!(what_is_no_request_is_refused_and_the_service_goes_on);
fn what_is_no_request_is_refused_and_the_service_goes_on(server: &Server) {
    let acme = server.organization("acme");
    let huge_header = format!(
        "GET /healthz HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\n\r\n",
        "x".repeat(1_000_000)
    );
    let many_headers = format!(
        "GET /healthz HTTP/1.1\r\nhost: x\r\n{}\r\n",
        "a: b\r\n".repeat(10_000)
    );
    let long_path = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(1_000_000));
    for bytes in [
        &b"\r\n\r\n\r\n"[..],
        b"nonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /healthz\r\n\r\n",
        b"GET /healthz HTTP/9.9\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nbad name: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nx: a\0b\r\n\r\n",
        b"GET /heal thz HTTP/1.1\r\nhost: x\r\n\r\n",
        b"POST /api/company/get-token HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /api/company/get-token HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello!",
        b"POST /api/company/get-token HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"POST /api/company/get-token HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        huge_header.as_bytes(),
        many_headers.as_bytes(),
        long_path.as_bytes(),
    ] {
        let (answer, shown) = (server.client().offer(bytes), String::from_utf8_lossy(&bytes[..bytes.len().min(60)]));
        if let Some(status) = answer {
            assert!((400..500).contains(&status) || status == 505, "{status} to {shown:?}");
        }
    }
    acme.get("/api/company/organization")
        .send()
        .with_status(200);
}

on_both!(a_body_that_ends_early_is_no_body);
fn a_body_that_ends_early_is_no_body(server: &Server) {
    let acme = server.organization("acme");
    let bytes = format!(
        "POST /api/company/operators HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ncontent-length: 100\r\n\r\n{{\"name\":\"Lan\"}}",
        acme.token
    );
    let status = server.client().offer(bytes.as_bytes());
    assert!(matches!(status, None | Some(400)), "{status:?}");
    assert!(acme.get("/api/company/operators").send().items().is_empty());
}

on_both!(requests_in_a_row_on_one_connection_are_answered_in_a_row);
fn requests_in_a_row_on_one_connection_are_answered_in_a_row(server: &Server) {
    let one = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    let refused =
        "POST /api/company/operators HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello";
    let last = "GET /nowhere HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let bytes = server
        .client()
        .raw(format!("{one}{refused}{one}{last}").as_bytes());
    let text = String::from_utf8(bytes).unwrap();
    let statuses: Vec<_> = text
        .split("HTTP/1.1 ")
        .skip(1)
        .map(|answer| &answer[..3])
        .collect();
    assert_eq!(statuses, ["200", "401", "200", "404"]);
}
