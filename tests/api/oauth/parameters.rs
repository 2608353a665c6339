//! The parameters of the endpoints: each at most once, and none outside of the body.

use super::world::{FORM, client, error, form, organization};
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
}
