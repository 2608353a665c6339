//! HTTP itself: versions, upgrades, content codings.

mod parser;

use std::io::{BufRead, BufReader, ErrorKind};

use serde_json::json;

use crate::support::http::{Connection, Outcome};
use crate::support::{Answer, Server, on_both};

/// Returns the answers to the bytes that are sent on one connection, which the server closes.
fn answers(server: &Server, bytes: &[u8]) -> Vec<Answer> {
    let mut connection = Connection::open(server.address()).unwrap();
    let _ = connection.send(bytes);
    let mut answers = Vec::new();
    loop {
        match connection.receive() {
            Outcome::Answered(answer) => {
                assert!(answer.header("content-length").is_some(), "{answer:?}");
                let answer = Answer::from(answer);
                answer.check(false);
                answers.push(answer);
            }
            Outcome::Nothing(why) if why.kind() == ErrorKind::UnexpectedEof => return answers,
            other => panic!("{other:?}"),
        }
    }
}

on_both!(a_stream_to_http_1_0_is_not_chunked);
fn a_stream_to_http_1_0_is_not_chunked(server: &Server) {
    let acme = server.organization("acme");
    let request = format!(
        "GET /api/company/revocations HTTP/1.0\r\nconnection: keep-alive\r\naccept: text/event-stream\r\n\
         authorization: Bearer {}\r\n\r\n",
        acme.token
    );
    let mut connection = Connection::open(server.address()).unwrap();
    connection.send(request.as_bytes()).unwrap();
    let mut stream = BufReader::new(connection.into_stream());
    let mut line = || {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        line.trim_end().to_ascii_lowercase()
    };
    let head: Vec<_> =
        std::iter::from_fn(|| Some(line()).filter(|line| !line.is_empty())).collect();
    assert_eq!(head[0], "http/1.0 200 ok");
    for header in [
        "transfer-encoding",
        "content-length",
        "connection: keep-alive",
    ] {
        assert!(
            !head.iter().any(|line| line.starts_with(header)),
            "{head:?}"
        );
    }
    assert_eq!(line(), "retry: 2000");
    assert_eq!(line(), "");
    assert_eq!(line(), ": heartbeat");
}

on_both!(an_offer_to_upgrade_is_ignored);
fn an_offer_to_upgrade_is_ignored(server: &Server) {
    let acme = server.organization("acme");
    let ask = |headers: &str, body: &str| {
        let bytes = format!(
            "POST /api/operator/validate-token HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
             content-type: application/json\r\n{headers}\r\n\r\n{body}",
            acme.token
        );
        answers(server, bytes.as_bytes())
    };
    let body = r#"{"token":"x"}"#;
    let upgrade = "connection: upgrade\r\nupgrade: websocket";
    let length = format!("content-length: {}", body.len());
    let judged = ask(&format!("{upgrade}\r\n{length}"), body);
    assert_eq!(judged[0].with_status(200).json()["error"], "Invalid token");
    // The following bytes are neither part of the body nor a request: the connection is closed.
    let more = ask(
        &format!("{upgrade}\r\n{length}"),
        &format!("{body}GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n"),
    );
    assert_eq!(more.len(), 1);
    more[0].with_status(200);
    // Without a length there is no body.
    let empty = ask(upgrade, "");
    empty[0].with_status(400);
    let chunked = ask(
        "upgrade: websocket\r\ntransfer-encoding: chunked\r\nconnection: close",
        &format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len()),
    );
    chunked[0].with_status(200);
    let too_long = ask(&format!("{upgrade}\r\ncontent-length: 65537"), "");
    too_long[0].with_status(413);
    let got = answers(
        server,
        b"GET /healthz HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
    );
    got[0].with_status(200);
}

on_both!(the_answer_to_a_compressed_body_says_so);
fn the_answer_to_a_compressed_body_says_so(server: &Server) {
    let acme = server.organization("acme");
    let gzip: &[u8] = &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0];
    let send = |coding: &str, body: &[u8]| {
        acme.post("/api/operator/validate-token")
            .header("content-encoding", coding)
            .body("application/json", body)
            .send_by_hand()
    };
    for coding in [
        "gzip",
        "GZIP",
        "br",
        "deflate",
        "zstd",
        "identity, gzip",
        "x",
    ] {
        let answer = send(coding, gzip);
        answer.with_status(415);
        assert_eq!(answer.json()["error"], "unsupported_media_type");
        assert_eq!(answer.header("accept-encoding"), Some("identity"));
    }
    // The same holds for routes whose large bodies are parsed in the background.
    for path in ["/api/operator/validate-tokens", "/api/operator/synchronize"] {
        acme.post(path)
            .header("content-encoding", "gzip")
            .body("application/json", gzip)
            .send_by_hand()
            .with_status(415);
    }
    let plain = json!({"token": "x"}).to_string();
    for coding in ["identity", "Identity", ""] {
        send(coding, plain.as_bytes()).with_status(200);
    }
    // If a body is optional, an absent one is not compressed; a present one is refused as well.
    let revoke = |body: &[u8]| {
        acme.with_token(&acme.another_token())
            .post("/api/company/revoke-token")
            .header("content-encoding", "gzip")
            .body("application/json", body)
            .send_by_hand()
    };
    revoke(b"").with_status(204);
    revoke(gzip).with_status(415);
    // The order of refusal: a caller without a credential learns nothing about the body.
    server
        .post("/api/operator/validate-token")
        .header("content-encoding", "gzip")
        .body("application/json", gzip)
        .send_by_hand()
        .with_status(401);
}

on_both!(metrics_in_the_format_that_is_asked_for);
fn metrics_in_the_format_that_is_asked_for(server: &Server) {
    server.get("/healthz").send().with_status(200);
    let page = |accept: &str| server.get("/metrics").header("accept", accept).send();
    for classic in [
        "text/plain",
        "text/plain;version=0.0.4;q=1,*/*;q=0.1",
        "text/plain; charset=utf-8",
        "text/*",
    ] {
        let page = page(classic);
        assert_eq!(
            page.with_status(200).header("content-type"),
            Some("text/plain; version=0.0.4; charset=utf-8"),
            "{classic}"
        );
        let text = page.text();
        assert!(
            text.contains("# TYPE lanyard_http_requests_total counter\n"),
            "{text}"
        );
        assert!(
            !text.contains("# EOF") && !text.contains("# UNIT"),
            "{text}"
        );
        // Every sample belongs to the family before it.
        let mut family = "";
        for line in text.lines() {
            match line.strip_prefix("# TYPE ") {
                Some(shown) => family = shown.split(' ').next().unwrap(),
                None => assert!(line.starts_with('#') || line.starts_with(family), "{line}"),
            }
        }
    }
    for open in [
        "*/*",
        "application/openmetrics-text",
        "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    ] {
        let page = page(open);
        let kind = page.header("content-type").unwrap();
        assert!(kind.starts_with("application/openmetrics-text"), "{open}");
        assert!(page.text().ends_with("# EOF\n"));
    }
}
