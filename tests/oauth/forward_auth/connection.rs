//! What a client names in `Connection`: a proxy removes it (RFC 9110, section 7.6.1). It must not
//! remove what it writes itself.

use serde_json::json;

use super::credentials::key;
use super::tricks::{NAMES, bearer, refused};
use super::{World, send};

#[test]
fn what_a_client_names_in_connection_is_not_taken_from_the_service() {
    let world = World::new();
    let writer = bearer(&key(
        &world,
        &json!({"name": "w", "scopes": ["write"], "role": "marketing"}),
    ));
    let members = json!({"name": "a", "scopes": ["read"], "allowed_ips": ["203.0.113.7"]});
    let elsewhere = bearer(&key(&world, &members));
    let described = "X-Forwarded-Method, X-Forwarded-Proto, X-Forwarded-Host, X-Forwarded-Uri";
    let own = [
        NAMES.join(", "),
        NAMES.join(",").to_lowercase(),
        described.to_owned(),
        "X-Forwarded-For, Forwarded, Host".to_owned(),
        "X-Auth-Role".to_owned(),
        "X-Custom".to_owned(),
    ];
    for proxy in world.proxies() {
        let mut reached = 0;
        for named in &own {
            let named = format!("Connection: {named}");
            let seen = send(&proxy, "POST", "/api/v1/campaigns", &[&writer, &named]);
            if seen.request.is_none() {
                refused(&proxy, &named, &seen);
            } else {
                reached += 1;
                for (name, value) in [
                    ("x-auth-kind", "api_key"),
                    ("x-auth-role", "marketing"),
                    ("x-auth-scopes", "write"),
                    ("x-auth-environment", "live"),
                    ("x-auth-rule", "campaigns"),
                ] {
                    assert_eq!(
                        seen.header(name),
                        [value],
                        "{}: {named}: {name}",
                        proxy.name
                    );
                }
            }
            // Nor is a request described in another way for it.
            let lines = [
                writer.as_str(),
                named.as_str(),
                "X-Forwarded-Uri: /public/x",
                "X-Forwarded-Method: OPTIONS",
                "X-Forwarded-For: 203.0.113.7",
            ];
            refused(&proxy, &named, &send(&proxy, "GET", "/admin/x", &lines));
            let lines = [&*elsewhere, &named, "X-Forwarded-For: 203.0.113.7"];
            refused(
                &proxy,
                &named,
                &send(&proxy, "GET", "/api/v1/customers", &lines),
            );
        }
        // A proxy that refuses all of them would take nothing away either.
        assert!(reached >= 2, "{}: {reached}", proxy.name);
    }
}
