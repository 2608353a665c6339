//! Routes and methods: unknown paths, methods that a path does not have, and HEAD.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;

use crate::support::{Server, on_both};

/// Returns every path of the service, with `1` for each parameter, and the methods that it accepts.
fn routes() -> Vec<(String, &'static str)> {
    let filled = |path: &str| {
        let segments = path.split('/').map(|segment| match segment {
            "{file:.*}" | "{path:.*}" => "",
            _ if segment.starts_with('{') => "1",
            _ => segment,
        });
        segments.collect::<Vec<_>>().join("/")
    };
    let routes: Vec<_> = lanyard::server::routes()
        .map(|(path, allow)| (filled(path), allow))
        .collect();
    assert!(routes.len() > 25, "{routes:?}");
    routes
}

/// Returns the string literals of the source that begin with `/`, without tests and comments.
fn paths_written(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // Files of tests alone repeat the paths.
            if !path.ends_with("tests") {
                paths_written(&path, found);
            }
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let code = code
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        for literal in code.flat_map(|line| line.split("\"/").skip(1)) {
            found.push(format!("/{}", literal.split('"').next().unwrap()));
        }
    }
}

#[test]
fn no_path_is_written_twice() {
    let mut written = Vec::new();
    paths_written(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut written,
    );
    for (path, _) in lanyard::server::routes() {
        let count = written.iter().filter(|one| *one == path).count();
        assert_eq!(count, 1, "{path}");
    }
    // Paths that are composed, as for a `Location`, are left out as well.
    let put_together: Vec<_> = written
        .iter()
        .filter(|one| one.starts_with("/api/"))
        .filter(|one| lanyard::server::routes().all(|(path, _)| path != *one))
        .collect();
    assert!(put_together.is_empty(), "{put_together:?}");
}

on_both!(the_answer_to_a_wrong_method_names_the_right_ones);
fn the_answer_to_a_wrong_method_names_the_right_ones(server: &Server) {
    let refused = server.call("PUT", "/api/company/operators").send();
    assert_snapshot!(refused, @r#"
    405
    allow: GET, HEAD, POST
    {
      "error": "method_not_allowed",
      "error_description": "this resource does not support the method; the Allow header lists those that it supports",
    }
    "#);
    for (path, allow) in &routes() {
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
    {"error":"not_found","error_description":"there is no such resource"}
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
    for (path, allow) in &routes() {
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
        // Requests that are counted meanwhile change the length of that page.
        if path != "/metrics" {
            assert_eq!(
                head.header("content-length"),
                get.header("content-length"),
                "{path}"
            );
        }
    }
}
