//! Routes and methods: what is not there, what is not for this, and HEAD.

use insta::assert_snapshot;

use crate::support::{Server, on_both};

/// Every path, and the methods it takes.
pub(crate) const ROUTES: &[(&str, &str)] = &[
    ("/api/company/get-token", "POST"),
    ("/api/company/rotate-token", "POST"),
    ("/api/company/revoke-token", "POST"),
    ("/api/company/organization", "GET, HEAD, PATCH"),
    ("/api/company/tokens", "GET, HEAD"),
    ("/api/company/tokens/1", "GET, HEAD"),
    ("/api/company/operators", "GET, HEAD, POST"),
    ("/api/company/operators/1", "DELETE, GET, HEAD, PATCH"),
    ("/api/company/operators/1/revoke-tokens", "POST"),
    ("/api/company/revocations", "GET, HEAD"),
    ("/api/company/audit", "GET, HEAD"),
    ("/api/company/webhooks", "GET, HEAD, POST"),
    ("/api/company/webhooks/1", "DELETE, GET, HEAD, PATCH"),
    ("/api/company/webhooks/1/test", "POST"),
    ("/api/company/webhooks/1/deliveries", "GET, HEAD"),
    ("/api/operator", "GET, HEAD"),
    ("/api/operator/synchronize", "POST"),
    ("/api/operator/get-token", "POST"),
    ("/api/operator/validate-token", "POST"),
    ("/api/operator/validate-tokens", "POST"),
    ("/api/operator/revoke-token", "POST"),
    ("/.well-known/jwks.json", "GET, HEAD"),
    ("/healthz", "GET, HEAD"),
    ("/readyz", "GET, HEAD"),
    ("/metrics", "GET, HEAD"),
    ("/openapi.json", "GET, HEAD"),
    ("/docs", "GET, HEAD"),
    ("/docs/", "GET, HEAD"),
];

on_both!(a_wrong_method_is_told_the_right_ones);
fn a_wrong_method_is_told_the_right_ones(server: &Server) {
    let refused = server.call("PUT", "/api/company/operators").send();
    assert_snapshot!(refused, @r#"
    405
    allow: GET, HEAD, POST
    {
      "error": "method_not_allowed",
      "error_description": "this method is not for this resource; the Allow header lists those that are",
    }
    "#);
    for (path, allow) in ROUTES {
        for method in [
            "GET", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND",
        ] {
            let answer = server.call(method, path).send_by_hand();
            if allow.split(", ").any(|allowed| allowed == method) {
                assert_ne!(answer.status, 405, "{method} {path}");
            } else {
                assert_eq!(answer.status, 405, "{method} {path}");
                assert_eq!(answer.header("allow"), Some(*allow), "{method} {path}");
            }
        }
    }
}

on_both!(what_is_not_there_is_not_there_whoever_asks);
fn what_is_not_there_is_not_there_whoever_asks(server: &Server) {
    let acme = server.organization("acme");
    let unknown = server.get("/nowhere").send();
    assert_snapshot!(unknown, @r#"
    404
    {"error":"not_found","error_description":"there is nothing here under this name"}
    "#);
    for path in [
        "/",
        "/api",
        "/api/",
        "/api/company",
        "/api/operator/",
        "/api/operator/nowhere",
        "/API/operator",
        "/api//operator",
        "/api/company/organization/",
        "/api/company/operators/1/",
        "/api/company/operators/1/nowhere",
        "/docs/nowhere.html",
        "/docs/../healthz",
        "/docs/%2e%2e/Cargo.toml",
        "/docs//etc/passwd",
        "/%00",
        "/%FF",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let answer = server.call(method, path).bearer(&acme.token).send_by_hand();
            if method != "GET" && path.starts_with("/docs/") {
                answer.with_status(405);
            } else {
                assert_eq!(answer.text(), unknown.text(), "{method} {path}");
                assert_eq!(answer.status, 404, "{method} {path}");
            }
        }
    }
}

on_both!(head_is_get_without_the_body);
fn head_is_get_without_the_body(server: &Server) {
    let acme = server.organization("acme");
    acme.operator("Lan");
    for (path, allow) in ROUTES {
        if !allow.contains("HEAD") {
            server.call("HEAD", path).send_by_hand().with_status(405);
            continue;
        }
        let get = acme.get(path).send();
        let head = server.call("HEAD", path).bearer(&acme.token).send_by_hand();
        assert_eq!(head.status, get.status, "{path}");
        assert_eq!(
            head.header("content-type"),
            get.header("content-type"),
            "{path}"
        );
        // What is counted meanwhile changes that page's length.
        if *path != "/metrics" {
            assert_eq!(
                head.header("content-length"),
                get.header("content-length"),
                "{path}"
            );
        }
    }
}
