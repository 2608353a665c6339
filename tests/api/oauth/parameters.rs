//! The parameters of the endpoints: each at most once, and none outside of the body.

use super::world::{CALLBACK, CHALLENGE, FORM, client, error, form, organization, tokens};
use crate::support::{Server, on_both};
use serde_json::json;

/// The parameters of all endpoints that take a form, but `resource`, which may repeat (RFC 8707,
/// section 2).
const ONCE: [&str; 14] = [
    "grant_type",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "username",
    "password",
    "scope",
    "token",
    "token_type_hint",
];

on_both!(no_parameter_may_occur_twice);
fn no_parameter_may_occur_twice(server: &Server) {
    let acme = organization(server, "acme");
    let shop = client(server, &acme, &json!({"grants": ["client_credentials"]}));
    let secret = shop.secret.clone().unwrap();
    let good = [
        ("grant_type", "client_credentials"),
        ("client_id", shop.id.as_str()),
        ("client_secret", secret.as_str()),
        ("token", "x"),
    ];
    for path in ["/oauth/token", "/oauth/revoke", "/oauth/introspect"] {
        let send = |body: String| server.post(path).body(FORM, body).send();
        send(form(&good)).with_status(200);
        for name in ONCE {
            for (first, second) in [("a", "a"), ("a", "b")] {
                let others = good.iter().filter(|(other, _)| *other != name);
                let mut all: Vec<_> = others.copied().collect();
                all.extend([(name, first), (name, second)]);
                let refused = send(form(&all));
                assert_eq!(
                    error(&refused),
                    (400, "invalid_request".to_owned()),
                    "{path} {name}"
                );
                let why = refused.json()["error_description"].clone();
                let why = why.as_str().unwrap();
                assert!(why.starts_with(name) && why.contains("twice"), "{why}");
            }
        }
        // Without a value it is as if absent; what is unknown does nothing.
        send(form(&good) + "&scope=&scope=&state=a&state=b").with_status(200);
    }
}

on_both!(no_parameter_stands_in_the_query);
fn no_parameter_stands_in_the_query(server: &Server) {
    let acme = organization(server, "acme");
    let shop = client(server, &acme, &json!({"grants": ["client_credentials"]}));
    for path in ["/oauth/token", "/oauth/revoke", "/oauth/introspect"] {
        for name in ONCE.iter().chain(&["resource"]) {
            let refused = shop.post(&format!("{path}?{name}=x"), &[("token", "x")]);
            assert_eq!(
                error(&refused),
                (400, "invalid_request".to_owned()),
                "{path} {name}"
            );
        }
    }
    // Nor does one that no endpoint knows.
    for path in [
        "/oauth/token",
        "/Api/access_token",
        "/oauth/par",
        "/oauth/device_authorization",
        "/oauth/revoke",
        "/oauth/introspect",
        "/router/rest?method=psdm.auth.token.refresh&",
    ] {
        let path = if path.ends_with('&') {
            format!("{path}x=y")
        } else {
            format!("{path}?x=y")
        };
        let refused = shop.post(&path, &[("token", "x")]);
        assert_eq!(
            error(&refused),
            (400, "invalid_request".to_owned()),
            "{path}"
        );
    }
    let own = ("grant_type", "client_credentials");
    shop.post("/oauth/token?method=x", &[own]).with_status(200);
}

on_both!(no_parameter_of_a_pushed_request_or_a_device_may_occur_twice);
fn no_parameter_of_a_pushed_request_or_a_device_may_occur_twice(server: &Server) {
    let acme = organization(server, "acme");
    let members = json!({"grants": ["authorization_code", "device_code"]});
    let shop = client(server, &acme, &members);
    let secret = shop.secret.clone().unwrap();
    let own = [
        ("client_id", shop.id.as_str()),
        ("client_secret", secret.as_str()),
    ];
    let pushed = [
        ("response_type", "code"),
        ("response_mode", "query"),
        ("redirect_uri", CALLBACK),
        ("scope", "openid"),
        ("state", "s"),
        ("nonce", "n"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("prompt", "login"),
        ("max_age", "60"),
        ("login_hint", "lan"),
        ("ui_locales", "vi"),
        ("view", "wap"),
        ("dpop_jkt", CHALLENGE),
    ];
    for (path, status, more) in [
        ("/oauth/par", 201, &pushed[..]),
        ("/oauth/device_authorization", 200, &[("scope", "read")]),
    ] {
        let all = [&own, more].concat();
        let send = |fields: &[(&str, &str)]| server.post(path).body(FORM, form(fields)).send();
        send(&all).with_status(status);
        for twice in &all {
            let refused = send(&[&all[..], &[*twice]].concat());
            assert_eq!(
                error(&refused),
                (400, "invalid_request".to_owned()),
                "{path} {twice:?}"
            );
        }
    }
}

on_both!(the_headers_of_the_guides_are_read_at_userinfo_only);
fn the_headers_of_the_guides_are_read_at_userinfo_only(server: &Server) {
    let acme = organization(server, "acme");
    let lan = acme.operator("Lan");
    for format in ["jwt", "opaque"] {
        let shop = client(server, &acme, &json!({"tokenFormat": format}));
        let (access, _) = tokens(&shop.redeem(&shop.code(lan, "openid")));
        for header in ["x-authorization-key", "x-api-key"] {
            for method in ["GET", "POST"] {
                let call = server.call(method, "/oauth/userinfo");
                let answer = call.header(header, &access).send();
                assert_eq!(answer.with_status(200).json()["sub"], lan.to_string());
            }
            // Elsewhere they make no difference, whatever they have.
            for credential in [&access, &acme.token] {
                for path in [
                    "/oauth/token",
                    "/oauth/par",
                    "/oauth/device_authorization",
                    "/oauth/revoke",
                    "/oauth/introspect",
                ] {
                    let send = |header: &[(&str, &str)]| {
                        let call = server.post(path).body(FORM, form(&[("token", &access)]));
                        let headers = header.iter();
                        let call =
                            headers.fold(call, |call, (name, value)| call.header(name, value));
                        call.send()
                    };
                    let without = send(&[]);
                    assert_eq!(without.status, 401, "{path}");
                    let with = send(&[(header, credential)]);
                    assert_eq!(with.bytes(), without.bytes(), "{path} {header}");
                }
            }
        }
    }
}
