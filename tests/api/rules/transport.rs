//! Credentials over plain HTTP, where the service is told not to take them: unless a listed proxy says that the client came
//! by https.

use insta::assert_snapshot;
use serde_json::json;

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
        assert_eq!(answer.status, 403, "nobody's word counts: {headers:?}");
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

on_both!(
    a_listed_proxys_word_counts,
    "http.require_tls=true",
    "http.trusted_proxies=127.0.0.9"
);
fn a_listed_proxys_word_counts(server: &Server) {
    Organization::add(server, "acme", "open acme");
    let proxy = [127, 0, 0, 9];
    for (headers, status) in [
        (vec![("x-forwarded-proto", "https")], 200),
        (
            vec![
                ("x-forwarded-for", "198.51.100.7"),
                ("x-forwarded-proto", "https"),
            ],
            200,
        ),
        (vec![("forwarded", "for=198.51.100.7;proto=https")], 200),
        (vec![("x-forwarded-proto", "http")], 403),
        (vec![("x-forwarded-for", "198.51.100.7")], 403),
        (
            vec![("forwarded", "proto=https, for=198.51.100.7;proto=http")],
            403,
        ),
        (
            vec![
                ("forwarded", "for=198.51.100.7"),
                ("x-forwarded-proto", "https"),
            ],
            403,
        ),
        (vec![], 403),
    ] {
        assert_eq!(
            log_in(server, &headers, proxy).status,
            status,
            "{headers:?}"
        );
    }
    log_in(server, &[("x-forwarded-proto", "https")], [127, 0, 0, 1]).with_status(403);
}

on_both!(where_it_is_allowed_it_is_taken, "http.require_tls=false");
fn where_it_is_allowed_it_is_taken(server: &Server) {
    Organization::add(server, "acme", "open acme");
    log_in(server, &[], [127, 0, 0, 1]).with_status(200);
}

on_both!(
    the_audit_log_has_the_address_behind_the_proxy,
    "http.trusted_proxies=127.0.0.9"
);
fn the_audit_log_has_the_address_behind_the_proxy(server: &Server) {
    let acme = server.organization("acme");
    let header = [("x-forwarded-for", "203.0.113.1, 198.51.100.7")];
    log_in(server, &header, [127, 0, 0, 9]).with_status(200);
    log_in(server, &header, [127, 0, 0, 8]).with_status(200);
    let told = acme
        .get("/api/company/audit?action=login.succeeded")
        .send()
        .items();
    let addresses: Vec<_> = told
        .iter()
        .map(|line| line["address"].as_str().unwrap())
        .collect();
    assert_eq!(addresses, ["127.0.0.8", "198.51.100.7", "127.0.0.1"]);
}
