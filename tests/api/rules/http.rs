//! HTTP itself: what the parser refuses, versions, upgrades, content codings.

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

on_both!(what_the_parser_refuses_has_an_id_and_says_why);
fn what_the_parser_refuses_has_an_id_and_says_why(server: &Server) {
    let many_headers = format!(
        "GET / HTTP/1.1\r\nhost: x\r\n{}\r\n",
        "a: b\r\n".repeat(200)
    );
    // Exactly the number of bytes that the server reads of a head, so that no unread byte resets
    // the connection.
    let start = "GET / HTTP/1.1\r\nhost: x\r\nx: ";
    let endless = format!("{start}{}", "x".repeat(131_072 - start.len()));
    let post = "POST /api/company/get-token HTTP/1.1\r\nhost: x\r\n";
    let framed = |headers: &str| format!("{post}{headers}\r\n\r\n");
    for (status, bytes) in [
        (400, "nonsense\r\n\r\n".to_owned()),
        (400, "GET /heal thz HTTP/1.1\r\nhost: x\r\n\r\n".to_owned()),
        (400, "GET / HTTP/9.9\r\nhost: x\r\n\r\n".to_owned()),
        (400, "GET / HTTP/1.1\r\n\r\n".to_owned()),
        (
            400,
            "GET / HTTP/1.1\r\nhost: x\r\nhost: y\r\n\r\n".to_owned(),
        ),
        (
            400,
            "GET / HTTP/1.1\r\nhost: x\r\nno colon\r\n\r\n".to_owned(),
        ),
        (
            400,
            "GET / HTTP/1.1\r\nhost: x\r\nx: a\0b\r\n\r\n".to_owned(),
        ),
        (400, "POST / HTTP/1.0\r\nhost: x\r\n\r\n".to_owned()),
        (400, framed("content-length: -1")),
        (400, framed("content-length: 5\r\ncontent-length: 6")),
        (
            400,
            framed("content-length: 5\r\ntransfer-encoding: chunked"),
        ),
        (400, framed("transfer-encoding: gzip, chunked")),
        (431, many_headers),
        (431, endless),
    ] {
        let shown = &bytes[..bytes.len().min(70)];
        let answers = answers(server, bytes.as_bytes());
        let [answer] = answers.as_slice() else {
            panic!("{} answers to {shown:?}", answers.len())
        };
        answer.with_status(status);
        assert_eq!(answer.header("connection"), Some("close"), "{shown:?}");
        assert_eq!(answer.json()["error"], "invalid_request", "{shown:?}");
    }
    let counted = server.get("/metrics").send();
    let line = r#"lanyard_http_requests_total{route="unparsed",status="431"} 2"#;
    assert!(counted.text().contains(line), "{counted}");
}

on_both!(whatever_arrives_each_answer_has_an_id);
fn whatever_arrives_each_answer_has_an_id(server: &Server) {
    let body = r#"{"login":"acme","password":"x"}"#;
    let requests = [
        "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        format!(
            "POST /api/company/get-token HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        ),
        format!(
            "POST /api/company/get-token HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\nexpect: 100-continue\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        ),
    ];
    // A fixed seed, so that every run sends the same bytes.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let (mut refused, mut answered) = (0, 0);
    for _ in 0..300 {
        let mut bytes: Vec<u8> = (0..=next(2))
            .flat_map(|_| requests[next(3)].clone().into_bytes())
            .collect();
        for _ in 0..=next(3) {
            let at = next(bytes.len());
            let odd = b"\r\n :,/\0\xffaZ09";
            let odd = odd[next(odd.len())];
            match next(3) {
                0 => bytes[at] = odd,
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, odd),
            }
        }
        let got = server.client().exchange(&bytes);
        let text = String::from_utf8_lossy(&got);
        let starts = text
            .match_indices("HTTP/1.")
            .filter_map(|(at, _)| text.get(at + 9..at + 12)?.parse::<u16>().ok())
            .filter(|status| *status >= 200)
            .count();
        let ids = text.matches("\r\nx-request-id: ").count();
        assert_eq!(
            ids,
            starts,
            "{text}\nto {}",
            String::from_utf8_lossy(&bytes)
        );
        refused += text.matches(r#"{"error":"#).count();
        answered += starts;
    }
    assert!(
        refused > 100 && answered > refused,
        "{refused} of {answered}"
    );
}

on_both!(what_came_before_is_answered_first);
fn what_came_before_is_answered_first(server: &Server) {
    let good = "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n";
    let answers = answers(
        server,
        format!("{good}{good}nonsense\r\n\r\n{good}").as_bytes(),
    );
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [200, 200, 400]);
    let mut ids: Vec<_> = answers
        .iter()
        .map(|answer| answer.header("x-request-id").unwrap())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 3);
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

on_both!(a_body_that_is_compressed_is_told_so);
fn a_body_that_is_compressed_is_told_so(server: &Server) {
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
                Some(told) => family = told.split(' ').next().unwrap(),
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
