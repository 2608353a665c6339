//! What clients try: to be somebody else, elsewhere, or to reach another path than the one that was
//! decided about.

use std::time::{Duration, Instant};

use serde_json::json;

use super::credentials::key;
use super::proxy::Proxy;
use super::{Seen, World, send, send_body};

/// How long the lease may last on a busy machine after the node can no longer reach the feed.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}")
}

/// Checks that a request was refused, by Lanyard or by the proxy itself, and did not reach the
/// service.
pub(super) fn refused(proxy: &Proxy, what: &str, seen: &Seen) {
    let status = seen.answer.status;
    assert!(
        (400..500).contains(&status),
        "{}: {what}: {status}",
        proxy.name
    );
    assert!(seen.request.is_none(), "{}: {what}", proxy.name);
}

#[test]
fn a_path_is_what_the_proxy_received() {
    let world = World::new();
    let strong = bearer(&key(
        &world,
        &json!({"name": "a", "scopes": ["admin"], "role": "admin"}),
    ));
    for proxy in world.proxies() {
        // The rule admits sessions only, whatever the headers of the client say.
        let seen = send(
            &proxy,
            "GET",
            "/admin/x",
            &[
                &strong,
                "X-Forwarded-Uri: /public/x",
                "X-Forwarded-Method: OPTIONS",
                "X-Forwarded-Host: other.example",
                "X-Original-URL: https://api.example.com/public/x",
                "X-Original-Method: OPTIONS",
                "X-Forwarded-Path: /public/x",
                "X-Envoy-Original-Path: /public/x",
            ],
        );
        assert_eq!(seen.answer.status, 403, "{}", proxy.name);
        refused(&proxy, "headers", &seen);
        for target in [
            "/public/../admin/secrets",
            "/public/%2e%2e/admin/secrets",
            "/public/%2E%2E/admin/secrets",
            "/public/.%2e/admin/secrets",
            "/public/./x",
            "/public//admin",
            "//public/x",
            "/public/%2fadmin",
            "/public/%2Fadmin",
            "/public%2f..%2fadmin",
            "/public/..;/admin",
            "/public;/../admin",
            "/public/..\\admin",
            "/public/%5cadmin",
            "/public/%252e%252e/admin",
            "/public/%25%32%65%25%32%65/admin",
            "/public/%00",
            "/public/%0d%0aX-Auth-Role:%20admin",
            "/public/%",
            "/public/%zz",
            "/public/x#/../admin",
            "http://api.example.com/admin/x",
            "*",
            "/Public/x",
        ] {
            refused(&proxy, target, &send(&proxy, "GET", target, &[&strong]));
        }
        // Caddy encodes what is not ASCII before it asks, and passes on what it asked about.
        let seen = send(&proxy, "GET", "/public/đ", &[&strong]);
        match &seen.request {
            None => refused(&proxy, "not ASCII", &seen),
            Some(request) => assert_eq!(request["target"], "/public/%C4%91", "{}", proxy.name),
        }
        // And the same path in a harmless spelling.
        for target in ["/public/x", "/public/%78", "/public/x?a=/../b;c"] {
            assert!(
                send(&proxy, "GET", target, &[]).request.is_some(),
                "{}: {target}",
                proxy.name
            );
        }
    }
}

/// The headers in which a service learns who sent a request.
pub(super) const NAMES: [&str; 9] = [
    "X-Auth-Kind",
    "X-Auth-Organization-Id",
    "X-Auth-Subject",
    "X-Auth-Role",
    "X-Auth-Scopes",
    "X-Auth-Environment",
    "X-Auth-Key-Id",
    "X-Auth-Rule",
    "X-Auth-Content-Digest",
];

#[test]
fn an_identity_cannot_be_smuggled_past() {
    let world = World::new();
    let writer = bearer(&key(
        &world,
        &json!({"name": "w", "scopes": ["write"], "role": "marketing"}),
    ));
    for proxy in world.proxies() {
        // Once, twice, and in any case; the public rule has most of them empty.
        let once = NAMES.map(|name| format!("{name}: smuggled"));
        let twice = NAMES.map(|name| format!("{}: smuggled", name.to_lowercase()));
        let lines: Vec<&str> = once.iter().chain(&twice).map(String::as_str).collect();
        let seen = send(&proxy, "GET", "/public/x", &lines);
        assert_eq!(seen.header("x-auth-kind"), ["public"], "{}", proxy.name);
        let request = seen.request.as_ref().unwrap().to_string();
        assert!(!request.contains("smuggled"), "{}: {request}", proxy.name);

        // Other spellings that a service may take for them: refused, or removed by the proxy.
        for name in ["X_Auth_Role", "X.Auth.Role", "X-Auth_Role", "x_auth-role"] {
            let seen = send(&proxy, "GET", "/public/x", &[&format!("{name}: smuggled")]);
            match &seen.request {
                None => assert_eq!(seen.answer.status, 403, "{}: {name}", proxy.name),
                Some(request) => {
                    assert!(
                        !request.to_string().contains("smuggled"),
                        "{}: {name}",
                        proxy.name
                    );
                }
            }
        }

        // In the trailer of a chunked body.
        let seen = send_body(
            &proxy,
            "POST",
            "/api/v1/campaigns",
            &[
                &writer,
                "Transfer-Encoding: chunked",
                "Trailer: X-Auth-Role",
            ],
            "5\r\nhello\r\n0\r\nX-Auth-Role: smuggled\r\n\r\n",
        );
        match &seen.request {
            None => assert_eq!(seen.answer.status, 400, "{}", proxy.name),
            Some(request) => {
                // The body has the trailers that were passed on.
                assert!(
                    !request.to_string().contains("smuggled"),
                    "{}: {request}",
                    proxy.name
                );
                assert_eq!(seen.header("x-auth-role"), ["marketing"], "{}", proxy.name);
            }
        }
    }
}

#[test]
fn an_address_cannot_be_forged() {
    let world = World::new();
    let members = json!({"name": "a", "scopes": ["read"], "allowed_ips": ["203.0.113.7"]});
    let elsewhere = bearer(&key(&world, &members));
    for proxy in world.proxies() {
        for header in [
            "X-Forwarded-For: 203.0.113.7",
            "X-Forwarded-For: 203.0.113.7, 127.0.0.1",
            "Forwarded: for=203.0.113.7",
            "X-Real-IP: 203.0.113.7",
            "X-Envoy-External-Address: 203.0.113.7",
            "X-Client-IP: 203.0.113.7",
            "True-Client-IP: 203.0.113.7",
        ] {
            let seen = send(&proxy, "GET", "/api/v1/customers", &[&elsewhere, header]);
            assert_eq!(seen.answer.status, 401, "{}: {header}", proxy.name);
            assert!(seen.request.is_none());
        }
    }
}

/// The body of a refusal is the guides' own, byte for byte, and one challenge is beside it.
#[test]
fn a_refusal_arrives_whole() {
    let world = World::new();
    let reader = bearer(&key(&world, &json!({"name": "r", "scopes": ["read"]})));
    let invalid =
        r#"{"error":"invalid_token","error_description":"The access token is invalid or expired"}"#;
    let unauthorized = r#"{"error":{"code":"unauthorized","message":"Invalid or missing authentication credentials"}}"#;
    let higher = r#"{"error":{"code":"insufficient_scope","message":"The request requires higher privileges than provided by the access token.","required_scope":"write:orders"}}"#;
    for proxy in world.proxies() {
        for (method, target, line, status, body, challenge) in [
            (
                "GET",
                "/api/v1/customers",
                "Accept: */*",
                401,
                invalid,
                Some(r#"Bearer realm="lanyard""#),
            ),
            (
                "GET",
                "/api/v1/customers",
                "Authorization: Bearer nonsense",
                401,
                invalid,
                Some(r#"Bearer realm="lanyard", error="invalid_token""#),
            ),
            (
                "GET",
                "/v1/orders",
                "Accept: */*",
                401,
                unauthorized,
                Some(r#"Bearer realm="lanyard""#),
            ),
            ("POST", "/v1/orders", &*reader, 403, higher, None),
        ] {
            let seen = send(&proxy, method, target, &[line]);
            let what = format!("{}: {method} {target}", proxy.name);
            assert_eq!(
                (seen.answer.status, &*seen.answer.text()),
                (status, body),
                "{what}"
            );
            let all = seen.answer.headers();
            let challenges: Vec<_> = all
                .filter(|(name, _)| name.eq_ignore_ascii_case("www-authenticate"))
                .map(|(_, value)| value)
                .collect();
            assert_eq!(
                challenges,
                challenge.into_iter().collect::<Vec<_>>(),
                "{what}"
            );
        }
    }
}

#[test]
fn without_lanyard_nothing_is_admitted() {
    let World { lanyard, upstream } = World::new();
    let world = World { lanyard, upstream };
    let proxies = world.proxies();
    let World { lanyard, .. } = world;
    drop(lanyard);
    for proxy in proxies {
        for target in ["/public/x", "/api/v1/customers"] {
            let seen = send(&proxy, "GET", target, &[]);
            let status = seen.answer.status;
            assert!(
                [502, 503].contains(&status),
                "{}: {target}: {status}",
                proxy.name
            );
            assert!(seen.request.is_none());
        }
    }
}

#[test]
fn while_lanyard_cannot_decide_nothing_but_what_is_public_is_admitted() {
    let world = World::with(&[("LANYARD_FEED_LEASE", "1s")]);
    let reader = bearer(&key(&world, &json!({"name": "r", "scopes": ["read"]})));
    let proxies = world.proxies();
    for proxy in &proxies {
        let seen = send(proxy, "GET", "/api/v1/customers", &[&reader]);
        assert!(seen.request.is_some(), "{}", proxy.name);
    }
    world.lanyard.lose_the_feed();
    for proxy in &proxies {
        let end = Instant::now() + PATIENCE;
        let mut seen = send(proxy, "GET", "/api/v1/customers", &[&reader]);
        while seen.request.is_some() && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(50));
            seen = send(proxy, "GET", "/api/v1/customers", &[&reader]);
        }
        assert!(seen.request.is_none(), "{}", proxy.name);
        assert_eq!(seen.answer.status, 503, "{}", proxy.name);
        let public = send(proxy, "GET", "/public/x", &[]);
        assert!(public.request.is_some(), "{}", proxy.name);
    }
}
