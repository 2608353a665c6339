//! Bodies that are never complete: which callers may leave one incomplete, and how much memory that
//! takes.

use serde_json::json;

use crate::support::http::{self, Connection};
use crate::support::{Organization, Server, on_both};

/// A request whose head was sent, and whose body may never be complete.
struct Unfinished(Connection);

impl Unfinished {
    fn send(server: &Server, path: &str, token: &str, framing: &str, part: &[u8]) -> Self {
        let mut connection = Connection::open(server.address()).unwrap();
        let credential = if token.is_empty() {
            String::new()
        } else {
            format!("authorization: Bearer {token}\r\n")
        };
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{credential}{framing}\r\n\r\n"
        );
        let bytes = [head.as_bytes(), part].concat();
        connection.send(&bytes).unwrap();
        Self(connection)
    }

    fn write(&mut self, part: &[u8]) {
        // The server may have refused and closed the connection.
        let _ = self.0.send(part);
    }

    fn answer(&mut self) -> http::Answer {
        self.0.receive().answer()
    }

    fn status(&mut self) -> u16 {
        self.answer().status
    }

    /// Returns whether nothing was answered so far.
    fn waits(&self) -> bool {
        self.0.is_silent()
    }
}

on_both!(whoever_has_no_credential_is_refused_before_the_body_is_there);
fn whoever_has_no_credential_is_refused_before_the_body_is_there(server: &Server) {
    let acme = server.organization("acme");
    let operator = acme.token_for(acme.operator("Lan"));
    for (framing, part) in [
        ("transfer-encoding: chunked", b"5\r\n{\"tok".as_slice()),
        ("content-length: 4000000", b"{"),
        ("content-length: 10", b""),
    ] {
        for path in ["/api/operator/validate-tokens", "/api/operator/get-token"] {
            for (token, status) in [("", 401), ("x", 401), (operator.as_str(), 403)] {
                // The announced size is checked first.
                let large = framing.ends_with("000000") && !path.ends_with('s');
                let status = if large { 413 } else { status };
                let mut unfinished = Unfinished::send(server, path, token, framing, part);
                assert_eq!(unfinished.status(), status, "{path} {framing} {token}");
            }
        }
    }
}

on_both!(a_connection_whose_body_is_not_read_to_its_end_is_closed);
fn a_connection_whose_body_is_not_read_to_its_end_is_closed(server: &Server) {
    let acme = server.organization("acme");
    let chunked = ("transfer-encoding: chunked", b"5\r\n{\"tok".as_slice());
    let announced = ("content-length: 60000", b"{".as_slice());
    for (framing, part) in [chunked, announced] {
        for (path, token, status) in [
            ("/nowhere", "", 404),
            ("/healthz", "", 405),
            ("/api/operator/validate-tokens", "", 401),
            ("/api/company/operators/9/revoke-tokens", &acme.token, 404),
        ] {
            let mut unfinished = Unfinished::send(server, path, token, framing, part);
            let answer = unfinished.answer();
            assert_eq!(answer.status, status, "{path} {framing}");
            assert_eq!(
                answer.header("connection"),
                Some("close"),
                "{path} {framing}: {answer:?}"
            );
            let (rest, fault) = unfinished.0.rest();
            assert!(rest.is_empty() && fault.is_none(), "{path} {framing}");
        }
    }
}

on_both!(a_refused_request_that_was_whole_leaves_the_connection_open);
fn a_refused_request_that_was_whole_leaves_the_connection_open(server: &Server) {
    for (framing, body) in [
        ("content-length: 11", b"{\"token\":\"\"".as_slice()),
        ("transfer-encoding: chunked", b"2\r\n{}\r\n0\r\n\r\n"),
    ] {
        let path = "/api/operator/validate-token";
        let mut whole = Unfinished::send(server, path, "x", framing, body);
        assert_eq!(whole.status(), 401);
        let again = format!("POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        whole.write(again.as_bytes());
        assert_eq!(whole.status(), 401);
        assert!(whole.0.rest().0.is_empty());
    }
}

on_both!(a_credential_revoked_while_the_body_was_on_its_way_does_nothing);
fn a_credential_revoked_while_the_body_was_on_its_way_does_nothing(server: &Server) {
    let acme = server.organization("acme");
    let other = acme.another_token();
    let body = json!({"name": "Lan"}).to_string();
    let framing = format!("content-length: {}", body.len());
    let path = "/api/company/operators";
    let (first, rest) = body.as_bytes().split_at(4);
    let mut late = Unfinished::send(server, path, &other, &framing, first);
    let mut good = Unfinished::send(server, path, &acme.token, &framing, first);
    acme.post("/api/company/revoke-token")
        .json(&json!({"token": other}))
        .send()
        .with_status(204);
    late.write(rest);
    assert_eq!(late.status(), 403);
    good.write(rest);
    assert_eq!(good.status(), 201);
}

on_both!(
    bodies_of_strangers_share_a_small_room,
    "login.throttle=false"
);
fn bodies_of_strangers_share_a_small_room(server: &Server) {
    let acme = Organization::add(server, "acme", "open acme").log_in();
    let large = |path: &str, token: &str, size: usize| {
        let framing = format!("content-length: {}", size + 1);
        Unfinished::send(server, path, token, &framing, &vec![b' '; size])
    };
    let login = "/api/company/get-token";
    let crowd: Vec<_> = (0..300).map(|_| large(login, "", 60_000)).collect();
    // Each round trip gives the server time to read on.
    let settled = (0..10_000).any(|_| {
        server.get("/healthz").send().with_status(200);
        crowd.iter().filter(|one| one.waits()).count() <= 140
    });
    assert!(settled, "8 MiB are some 140 bodies");
    assert!(crowd.iter().any(Unfinished::waits));
    let mut last = large(login, "", 60_000);
    assert_eq!(last.status(), 503);

    // A caller that logs in needs no space in that budget, even with a slow body.
    let body = json!({"login": "acme", "password": "open acme"}).to_string();
    let framing = format!("content-length: {}", body.len());
    let (first, rest) = body.as_bytes().split_at(10);
    let mut owner = Unfinished::send(server, login, "", &framing, first);
    owner.write(rest);
    assert_eq!(owner.status(), 200);
    acme.post("/api/operator/validate-token")
        .json(&json!({"token": "x".repeat(50_000)}))
        .send()
        .with_status(200);
}

on_both!(one_organizations_bodies_leave_room_for_anothers);
fn one_organizations_bodies_leave_room_for_anothers(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let path = "/api/operator/validate-tokens";
    let size = 4_000_000;
    let framing = format!("content-length: {}", size + 2);
    let part = [b"{\"tokens\":[".to_vec(), vec![b' '; size - 11]].concat();
    let send = |token: &str| Unfinished::send(server, path, token, &framing, &part);
    let mut crowd: Vec<_> = (0..12).map(|_| send(&acme.token)).collect();
    for one in &mut crowd {
        one.write(b"]}");
    }
    let answers: Vec<_> = crowd.iter_mut().map(Unfinished::status).collect();
    assert!(answers.contains(&200), "{answers:?}");
    assert!(
        answers.iter().all(|status| [200, 503].contains(status)),
        "{answers:?}"
    );
    let mut neighbour = send(&other.token);
    neighbour.write(b"]}");
    assert_eq!(neighbour.status(), 200);
}
