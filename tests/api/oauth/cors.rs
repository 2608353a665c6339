//! Cross-origin requests: scripts of every origin may call some paths, and no others.

use crate::support::{Server, on_both};

const OPEN: [&str; 16] = [
    "/.well-known/jwks.json",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/{path:.*}",
    "/oauth/token",
    "/oauth/par",
    "/oauth/revoke",
    "/oauth/device_authorization",
    "/oauth/userinfo",
    "/Api/access_token",
    "/router/rest",
    "/auth/login",
    "/auth/logout",
    "/auth/password",
    "/v1/profile",
];

on_both!(scripts_of_every_origin_may_call_these_paths);
fn scripts_of_every_origin_may_call_these_paths(server: &Server) {
    for path in OPEN {
        let preflight = server
            .call("OPTIONS", path)
            .header("origin", "https://spa.example.com")
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "authorization")
            .send_by_hand();
        assert_eq!(preflight.status, 204, "{path}");
        assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
        assert_eq!(
            preflight.header("access-control-allow-headers"),
            Some("Authorization, Content-Type, DPoP")
        );
        let methods = preflight.header("access-control-allow-methods").unwrap();
        assert!(
            methods.contains("GET") || methods.contains("POST"),
            "{methods}"
        );
        assert_eq!(preflight.header("access-control-allow-credentials"), None);
        for method in ["GET", "POST", "DELETE"] {
            let answer = server
                .call(method, path)
                .header("origin", "https://spa.example.com")
                .send_by_hand();
            assert_eq!(
                answer.header("access-control-allow-origin"),
                Some("*"),
                "{method} {path}"
            );
            let credentials = answer.header("access-control-allow-credentials");
            assert_eq!(credentials, None, "{method} {path}");
            assert_eq!(
                answer.header("access-control-expose-headers"),
                Some("DPoP-Nonce, WWW-Authenticate, Retry-After")
            );
        }
    }
    for (path, _) in lanyard::server::routes() {
        if OPEN.contains(&path) {
            continue;
        }
        let answer = server
            .call("OPTIONS", path)
            .header("origin", "https://spa.example.com")
            .send_by_hand();
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
    }
}
