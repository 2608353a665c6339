//! Credentials over plain HTTP, if the service is configured to refuse them, unless a listed proxy
//! reports that the client used https.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Answer, Organization, Server, on_both};

fn log_in(server: &Server, headers: &[(&str, &str)], from: [u8; 4]) -> Answer {
    let call = server
        .post("/api/company/get-token")
        .json(&json!({"login": "acme", "password": "open acme"}));
    headers
        .iter()
        .fold(call, |call, (name, value)| call.header(name, value))
        .from(from)
        .send()
}

on_both!(secrets_are_refused_over_plain_http, "http.require_tls=true");
fn secrets_are_refused_over_plain_http(server: &Server) {
    Organization::add(server, "acme", "open acme");
    let refused = log_in(server, &[], [127, 0, 0, 1]);
    assert_snapshot!(refused, @r#"
    403
    {
      "error": "forbidden",
      "error_description": "credentials are not taken over plain HTTP; use https (what was just sent should be considered exposed)",
    }
    "#);
    for headers in [
        [("x-forwarded-proto", "https")],
        [("forwarded", "proto=https")],
    ] {
        let answer = log_in(server, &headers, [127, 0, 0, 1]);
        assert_eq!(answer.status, 403, "no header is trusted: {headers:?}");
    }
    server
        .get("/api/company/organization")
        .bearer("x")
        .send()
        .with_status(403);
    for open in [
        "/healthz",
        "/readyz",
        "/metrics",
        "/.well-known/jwks.json",
        "/docs/",
    ] {
        server.get(open).send().with_status(200);
    }
    server.get("/nowhere").send().with_status(404);
    server.get("/api/company/get-token").send().with_status(405);
}

fn statuses(server: &Server, from: [u8; 4], cases: &[(&[(&str, &str)], u16)]) {
    for (headers, status) in cases {
        assert_eq!(log_in(server, headers, from).status, *status, "{headers:?}");
    }
}

on_both!(
    a_listed_proxys_word_counts,
    "http.require_tls=true",
    "http.trusted_proxies=127.0.0.9"
);
fn a_listed_proxys_word_counts(server: &Server) {
    Organization::add(server, "acme", "open acme");
    let (address, proto) = ("x-forwarded-for", "x-forwarded-proto");
    let cases: [(&[_], _); 8] = [
        (&[(proto, "https")], 200),
        (&[(address, "198.51.100.7"), (proto, "https")], 200),
        (&[(proto, "http")], 403),
        (&[(proto, "https, http")], 403),
        (&[(proto, "https"), (proto, "http")], 403),
        (&[(address, "198.51.100.7")], 403),
        (&[("forwarded", "for=9.9.9.9;proto=https")], 403),
        (&[], 403),
    ];
    statuses(server, [127, 0, 0, 9], &cases);
    statuses(server, [127, 0, 0, 1], &[(&[(proto, "https")], 403)]);
}

on_both!(
    of_forwarded_the_nearest_element_counts,
    "http.require_tls=true",
    "http.trusted_proxies=127.0.0.9",
    "http.client_address_header=forwarded"
);
fn of_forwarded_the_nearest_element_counts(server: &Server) {
    Organization::add(server, "acme", "open acme");
    let says = |text: &'static str| [("forwarded", text)];
    let cases: [(&[_], _); 7] = [
        (&says("for=198.51.100.7;proto=https"), 200),
        (&says("for=\", for=198.51.100.7;proto=https"), 200),
        (&says("proto=https, for=198.51.100.7;proto=http"), 403),
        (&says("proto=https, for=198.51.100.7"), 403),
        (&says("for=198.51.100.7;by=\"a;proto=https\""), 403),
        (&says("for=198.51.100.7;proto=https;proto=https"), 403),
        (&[("x-forwarded-proto", "https")], 403),
    ];
    statuses(server, [127, 0, 0, 9], &cases);
}

on_both!(
    a_proxy_on_loopback_is_no_client_of_this_machine,
    "http.trusted_proxies=127.0.0.0/8"
);
fn a_proxy_on_loopback_is_no_client_of_this_machine(server: &Server) {
    Organization::add(server, "acme", "open acme");
    let cases: [(&[_], _); 4] = [
        (&[("x-forwarded-proto", "http")], 403),
        (&[("x-forwarded-proto", "https")], 200),
        (&[("x-forwarded-for", "198.51.100.7")], 200),
        (&[], 200),
    ];
    statuses(server, [127, 0, 0, 1], &cases);
}

on_both!(where_it_is_allowed_it_is_taken, "http.require_tls=false");
fn where_it_is_allowed_it_is_taken(server: &Server) {
    Organization::add(server, "acme", "open acme");
    log_in(server, &[], [127, 0, 0, 1]).with_status(200);
}

fn addresses(acme: &Organization<'_>) -> Vec<String> {
    let events = acme.get("/api/company/audit?action=login.succeeded").send();
    let address = |line: &Value| line["address"].as_str().unwrap().to_owned();
    events.items().iter().map(address).collect()
}

on_both!(
    the_audit_log_has_the_address_behind_the_proxy,
    "http.trusted_proxies=::ffff:127.0.0.9"
);
fn the_audit_log_has_the_address_behind_the_proxy(server: &Server) {
    let acme = server.organization("acme");
    let header = [("x-forwarded-for", "203.0.113.1, 198.51.100.7")];
    log_in(server, &header, [127, 0, 0, 9]).with_status(200);
    log_in(server, &header, [127, 0, 0, 8]).with_status(200);
    assert_eq!(addresses(&acme), ["127.0.0.8", "198.51.100.7", "127.0.0.1"]);
}

on_both!(
    a_client_cannot_choose_its_address,
    "http.trusted_proxies=127.0.0.9",
    "login.bcrypt_cost=4"
);
fn a_client_cannot_choose_its_address(server: &Server) {
    let acme = server.organization("acme");
    // What the client sends, and what nginx makes of it: it appends to one header and forwards the
    // other.
    let nginx = |own: &[u8]| {
        let body = r#"{"login":"acme","password":"open acme"}"#;
        let head = [
            b"POST /api/company/get-token HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n",
            own,
            format!(", 198.51.100.7\r\ncontent-length: {}\r\n\r\n{body}", body.len()).as_bytes(),
        ]
        .concat();
        server
            .client()
            .answer_from([127, 0, 0, 9], &head)
            .with_status(200);
    };
    nginx(b"forwarded: for=9.9.9.9;proto=https\r\nx-forwarded-for: 1.1.1.1");
    nginx(b"forwarded: for=9.9.9.9;for=8.8.8.8\r\nx-forwarded-for: \xff");
    nginx(b"x-forwarded-for: \xff\r\nx-forwarded-for: 1.1.1.1, \"");
    let nearest = ["198.51.100.7", "198.51.100.7", "198.51.100.7", "127.0.0.1"];
    assert_eq!(addresses(&acme), nearest);
}
