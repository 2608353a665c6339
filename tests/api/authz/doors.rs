//! Who may ask, and how a request is described: three doors, each with headers of its own.

use insta::assert_snapshot;
use serde_json::json;

use super::{HOST, ask, key, outcome, text};
use crate::support::{Server, on_both};

on_both!(
    only_a_listed_proxy_may_ask,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn only_a_listed_proxy_may_ask(server: &Server) {
    let public = || ask(server, "GET", "/public/x");
    public().send().with_status(200);
    let stranger = public().from([127, 0, 0, 2]).send();
    assert_snapshot!(outcome(&stranger), @r#"403 {"error":"forbidden","error_description":"Insufficient permissions for this operation"}"#);
    assert_eq!(stranger.header("x-auth-error"), Some(stranger.text()));
    for path in ["/authz/original", "/authz/envoy/public/x"] {
        let call = server.get(path).from([127, 0, 0, 2]);
        let call = call.header("x-forwarded-proto", "https");
        call.header("x-original-method", "GET")
            .header("x-original-url", "https://api.example.com/public/x")
            .send()
            .with_status(403);
    }
}

on_both!(
    nobody_may_ask_by_default,
    "authz.rules_file=tests/api/authz/rules.toml"
);
fn nobody_may_ask_by_default(server: &Server) {
    ask(server, "GET", "/public/x").send().with_status(403);
}

on_both!(
    without_rules_nothing_is_admitted,
    "http.trusted_proxies=127.0.0.1"
);
fn without_rules_nothing_is_admitted(server: &Server) {
    let acme = server.organization("acme");
    let admin = key(&acme, &json!({"scopes": ["admin"], "role": "admin"}));
    let answer = ask(server, "GET", "/public/x").bearer(text(&admin)).send();
    answer.with_status(403);
}

on_both!(
    each_door_reads_its_own_headers,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn each_door_reads_its_own_headers(server: &Server) {
    let original = |method: &str, url: &str| {
        let call = server.get("/authz/original");
        call.header("x-original-method", method)
            .header("x-original-url", url)
    };
    let envoy = |method: &str, target: &str| {
        let call = server.call(method, &format!("/authz/envoy{target}"));
        call.header("x-forwarded-proto", "https")
    };
    original("GET", "https://api.example.com/public/x?a")
        .send()
        .with_status(200);
    original("GET", "https://Other.example.com:8443/hosted")
        .send()
        .with_status(200);
    original("GET", "https://api.example.com/hosted")
        .send()
        .with_status(403);
    original("GET", "/public/x").send().with_status(403);
    envoy("GET", "/public/x?a").send().with_status(200);
    envoy("PATCH", "/public/x").send().with_status(200);
    envoy("PROPFIND", "/public").send_by_hand().with_status(200);
    envoy("GET", "").send().with_status(403);
    envoy("GET", "*").send_by_hand().with_status(403);
    envoy("GET", "public/x").send().with_status(403);
    server.get("/authz/envoy/public/x").send().with_status(403);
    // The headers of another door make no difference: no precedence, no fall-back.
    let misled = original("GET", "https://api.example.com/open");
    let misled = misled
        .header("x-forwarded-method", "GET")
        .header("x-forwarded-uri", "/public/x")
        .header("x-forwarded-host", HOST);
    misled.send().with_status(401);
    let misled = ask(server, "GET", "/open");
    misled
        .header("x-original-method", "GET")
        .header("x-original-url", "https://api.example.com/public/x")
        .send()
        .with_status(401);
    let misled = envoy("GET", "/open").header("x-forwarded-uri", "/public/x");
    misled.send().with_status(401);
    let lost = server.get("/authz").header("x-original-method", "GET");
    lost.header("x-original-url", "https://api.example.com/public/x")
        .send()
        .with_status(403);
}

on_both!(
    a_description_has_each_header_once,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn a_description_has_each_header_once(server: &Server) {
    let all = [
        ("x-forwarded-method", "GET"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", HOST),
        ("x-forwarded-uri", "/public/x"),
    ];
    for (left_out, _) in all {
        let given = all.iter().filter(|(name, _)| *name != left_out);
        let call = given.fold(server.get("/authz"), |call, (name, value)| {
            call.header(name, value)
        });
        assert_eq!(call.send().status, 403, "without {left_out}");
    }
    for (twice, value) in all {
        let call = ask(server, "GET", "/public/x").header(twice, value);
        assert_eq!(call.send().status, 403, "{twice} twice");
    }
    for (name, wrong) in [
        ("x-forwarded-method", "GET /"),
        ("x-forwarded-method", ""),
        ("x-forwarded-proto", "https, http"),
        ("x-forwarded-host", "a b"),
        ("x-forwarded-host", "api.example.com, other.example"),
        ("x-forwarded-uri", ""),
    ] {
        let call = all
            .iter()
            .fold(server.get("/authz"), |call, (each, value)| {
                call.header(each, if *each == name { wrong } else { value })
            });
        assert_eq!(call.send_by_hand().status, 403, "{name}: {wrong}");
    }
}

on_both!(
    a_path_that_can_be_read_in_two_ways_is_refused,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn a_path_that_can_be_read_in_two_ways_is_refused(server: &Server) {
    let acme = server.organization("acme");
    let admin = key(&acme, &json!({"scopes": ["admin"], "role": "admin"}));
    let status = |target: &str| {
        let call = ask(server, "GET", target).bearer(text(&admin));
        call.send_by_hand().status
    };
    for target in [
        "/public/../admin/secrets",
        "/public/%2e%2e/admin",
        "/public//x",
        "/public/x;a",
        "/public/\\x",
        "/public/%2fx",
        "/public/%00",
        "/public/%",
        "/public/%252e",
        "/public/x#y",
        "/public/\u{111}",
        "http://a/public/x",
        "http://a/files/x",
        "*",
    ] {
        assert_eq!(status(target), 403, "{target}");
    }
    assert_eq!(status(&format!("/public/{}", "a".repeat(8_200))), 403);
    for target in [
        "/api/v1/customers?x=/../admin",
        "/api/v1/custome%72s",
        "/api/v1/customers/",
    ] {
        assert_eq!(status(target), 200, "{target}");
    }
    let envoy = server.get("/authz/envoy/public/..;/x");
    let envoy = envoy.header("x-forwarded-proto", "https");
    envoy.send_by_hand().with_status(403);
}

on_both!(
    an_identity_is_not_smuggled,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn an_identity_is_not_smuggled(server: &Server) {
    for name in ["X_Auth_Role", "X.Auth.Role", "x-auth_role", "X_auth-Kind"] {
        let call = ask(server, "GET", "/public/x").header(name, "admin");
        assert_eq!(call.send_by_hand().status, 403, "{name}");
    }
    // The proxy overwrites these.
    for name in ["X-Auth-Role", "X-Auth-Token"] {
        let call = ask(server, "GET", "/public/x").header(name, "admin");
        assert_eq!(call.send_by_hand().status, 200, "{name}");
    }
}

on_both!(
    the_body_is_never_read_whatever_the_method,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn the_body_is_never_read_whatever_the_method(server: &Server) {
    for method in [
        "GET", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND",
    ] {
        for body in ["Content-Length: 100000", "Transfer-Encoding: chunked"] {
            let head = format!(
                "{method} /authz HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Method: POST\r\n\
                 X-Forwarded-Proto: https\r\nX-Forwarded-Host: {HOST}\r\nX-Forwarded-Uri: /public/x\r\n\
                 Content-Type: text/nonsense\r\n{body}\r\n\r\n"
            );
            // The sending half is closed: no byte of the body ever comes.
            assert_eq!(
                server.client().offer(head.as_bytes()),
                Some(200),
                "{method} {body}"
            );
        }
    }
    let head = server.call("HEAD", "/authz").send_by_hand();
    head.with_status(403);
}

on_both!(
    the_address_is_the_clients,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn the_address_is_the_clients(server: &Server) {
    let acme = server.organization("acme");
    let listed = json!({"scopes": ["read"], "allowed_ips": ["192.0.2.0/24"]});
    let listed = key(&acme, &listed);
    let from = |addresses: &[&str]| {
        let call = ask(server, "GET", "/open").bearer(text(&listed));
        let call = addresses.iter().fold(call, |call, address| {
            call.header("x-forwarded-for", address)
        });
        call.header("forwarded", "for=192.0.2.9").send().status
    };
    assert_eq!(from(&["192.0.2.7"]), 200);
    assert_eq!(from(&["203.0.113.9, 192.0.2.7"]), 200);
    assert_eq!(from(&["192.0.2.7, 203.0.113.9"]), 401);
    assert_eq!(from(&["192.0.2.7", "203.0.113.9"]), 401);
    assert_eq!(from(&[]), 401);
    let odd = key(
        &acme,
        &json!({"allowed_ips": ["2001:db8:7::/48", "0.0.0.0"]}),
    );
    let answer = ask(server, "GET", "/open").bearer(text(&odd)).send();
    answer.with_status(401);
}

on_both!(
    a_credential_over_plain_http_is_refused,
    "authz.rules_file=tests/api/authz/rules.toml",
    "http.trusted_proxies=127.0.0.1"
);
fn a_credential_over_plain_http_is_refused(server: &Server) {
    let acme = server.organization("acme");
    let good = key(&acme, &json!({}));
    let over = |url: &str| {
        let call = server
            .get("/authz/original")
            .header("x-original-method", "GET");
        call.header("x-original-url", url)
            .bearer(text(&good))
            .send()
    };
    over("https://api.example.com/open").with_status(200);
    let refused = over("http://api.example.com/open");
    assert_snapshot!(outcome(&refused), @r#"403 {"error":"forbidden","error_description":"Insufficient permissions for this operation"}"#);
    // No credential is looked at there.
    over("http://api.example.com/public/x").with_status(200);
}
