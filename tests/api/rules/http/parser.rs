//! What the parser refuses.

use super::answers;
use crate::support::{Server, on_both};

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
