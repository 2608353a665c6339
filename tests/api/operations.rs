//! `/healthz`, `/readyz`, `/metrics`, `/openapi.json`, `/docs`.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Server, on_both};

on_both!(alive_and_ready);
fn alive_and_ready(server: &Server) {
    assert_snapshot!(server.get("/healthz").send(), @r#"
    200
    {"status":"ok"}
    "#);
    assert_snapshot!(server.get("/readyz").send(), @r#"
    200
    {"status":"ready"}
    "#);
}

on_both!(everything_that_matters_is_counted);
fn everything_that_matters_is_counted(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let (good, revoked) = (acme.token_for(lan), acme.token_for(lan));
    acme.post("/api/operator/revoke-token")
        .json(&json!({"token": revoked}))
        .send()
        .with_status(204);
    for token in [good.as_str(), &good, &revoked, "nonsense"] {
        acme.judge(token);
    }
    server.wait(86_400);
    acme.judge(&good);
    server
        .post("/api/company/get-token")
        .json(&json!({"login": "acme", "password": "wrong"}))
        .send()
        .with_status(401);
    server.get("/nowhere").send().with_status(404);
    acme.get("/api/company/operators/1").send().with_status(200);

    let page = server.get("/metrics").send();
    assert_eq!(
        page.header("content-type"),
        Some("application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
    // Lines that depend on the machine are left out: connections, and the sizes of batches.
    let lines: BTreeSet<_> = page
        .text()
        .lines()
        .filter(|line| {
            !line.starts_with('#')
                && !line.contains("lanyard_database")
                && !line.contains("ledger_batch")
        })
        .filter(|line| !line.contains("http_requests_total") || !line.ends_with(" 0"))
        .collect();
    assert_snapshot!(lines.into_iter().collect::<Vec<_>>().join("\n"), @r#"
    lanyard_active_key_age_seconds 86400
    lanyard_api_key_lookups_total 0
    lanyard_authz_rules_valid 1
    lanyard_feed_entries 1
    lanyard_feed_sequence 2
    lanyard_hashing_waiting 0
    lanyard_http_requests_total{route="/api/company/get-token",status="200"} 1
    lanyard_http_requests_total{route="/api/company/get-token",status="401"} 1
    lanyard_http_requests_total{route="/api/company/operators",status="201"} 1
    lanyard_http_requests_total{route="/api/company/operators/{id}",status="200"} 1
    lanyard_http_requests_total{route="/api/operator/get-token",status="200"} 2
    lanyard_http_requests_total{route="/api/operator/revoke-token",status="204"} 1
    lanyard_http_requests_total{route="/api/operator/validate-token",status="200"} 5
    lanyard_http_requests_total{route="unmatched",status="404"} 1
    lanyard_logins_total{outcome="accepted"} 1
    lanyard_logins_total{outcome="refused"} 1
    lanyard_on_duty 0
    lanyard_revocations_total 1
    lanyard_signing_keys{state="active"} 1
    lanyard_signing_keys{state="pending"} 0
    lanyard_signing_keys{state="retiring"} 0
    lanyard_signing_keys{state="revoked"} 0
    lanyard_started_at_seconds 1893456000.0
    lanyard_streams 0
    lanyard_tokens_issued_total{kind="company"} 1
    lanyard_tokens_issued_total{kind="operator"} 2
    lanyard_validations_total{verdict="expired"} 1
    lanyard_validations_total{verdict="invalid"} 1
    lanyard_validations_total{verdict="revoked"} 1
    lanyard_validations_total{verdict="valid"} 2
    "#);
    let names: Vec<_> = page
        .text()
        .lines()
        .filter_map(|line| line.strip_prefix("# HELP "))
        .collect();
    assert_snapshot!(names.join("\n"), @"
    lanyard_http_requests Requests answered, by route and status.
    lanyard_validations Tokens asked about, by verdict.
    lanyard_tokens_issued Tokens handed out, by kind.
    lanyard_logins Login attempts, by outcome.
    lanyard_ledger_batch_lines Lines written in one ledger transaction.
    lanyard_hashing_waiting Password checks that wait for a thread.
    lanyard_revocations Revocations written by this node.
    lanyard_api_key_lookups API keys looked up in the database.
    lanyard_authz_rules_valid Whether the rules of forward-auth in force are those of the file.
    lanyard_feed_sequence Last feed entry this node has applied.
    lanyard_feed_entries Revocations held in memory.
    lanyard_signing_keys Signing keys this node holds, by state.
    lanyard_active_key_age_seconds How long the key that signs has been signing.
    lanyard_on_duty Whether this node does what is done once for all nodes.
    lanyard_streams Followers of the revocation list that are connected.
    lanyard_database_connections_in_use Database connections at work.
    lanyard_database_connections Database connections open.
    lanyard_database_callers Requests at work with the database or waiting for it.
    lanyard_started_at_seconds When the process started.
    ");
    assert!(page.text().ends_with("# EOF\n"));
    for id in ["acme", "Lan", &good] {
        assert!(
            !page.text().contains(id),
            "no label contains a caller's text"
        );
    }
}

on_both!(every_route_is_in_the_document_and_nothing_else);
fn every_route_is_in_the_document_and_nothing_else(server: &Server) {
    let document = server.get("/openapi.json").send().with_status(200).json();
    let documented: BTreeSet<_> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, of_path)| {
            let names = of_path.as_object().unwrap().keys();
            names.map(move |name| format!("{} {path}", name.to_uppercase()))
        })
        .collect();
    let routed: BTreeSet<_> = lanyard::server::routes()
        .filter(|(path, _)| !path.starts_with("/docs") && *path != "/openapi.json")
        // A document cannot describe a path with any number of segments.
        .filter(|(path, _)| !path.ends_with("{path:.*}"))
        .filter(|(path, _)| !is_a_page(path))
        .flat_map(|(path, methods)| {
            // A preflight is no operation of the API.
            let implied = ["HEAD", "OPTIONS"];
            let methods = methods
                .split(", ")
                .filter(move |method| !implied.contains(method));
            methods.map(move |method| format!("{method} {path}"))
        })
        .collect();
    assert_eq!(documented, routed);
    assert_eq!(document["info"]["title"], "Lanyard");
    let operations = document["paths"].as_object().unwrap().values();
    let ids: Vec<_> = operations
        .flat_map(|of_path| of_path.as_object().unwrap().values())
        .map(|operation| operation["operationId"].as_str().unwrap())
        .collect();
    let distinct: BTreeSet<_> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len(), "{ids:?}");
}

/// Whether people visit a path with a browser: what is there is HTML, and no part of the API.
fn is_a_page(path: &str) -> bool {
    let pages = [
        "/oauth/authorize",
        "/oauth/login",
        "/oauth/second-factor",
        "/oauth/consent",
        "/oauth/device",
        "/oauth/password",
        "/oauth/logout",
        "/oauth/end-session",
    ];
    let folders = ["/assets/", "/console/"];
    folders.iter().any(|folder| path.starts_with(folder))
        || path == "/console"
        || pages.contains(&path)
}

/// Whether the callers of a path are clients with credentials of their own (RFC 6749, section 2.3).
fn clients_call(path: &str) -> bool {
    let theirs = [
        "/oauth/token",
        "/oauth/revoke",
        "/oauth/introspect",
        "/oauth/device_authorization",
        "/oauth/par",
        "/Api/access_token",
        "/router/rest",
    ];
    theirs.contains(&path)
}

on_both!(generated_clients_find_the_server_and_a_type_for_every_error);
fn generated_clients_find_the_server_and_a_type_for_every_error(server: &Server) {
    let document = server.get("/openapi.json").send().json();
    assert_eq!(document["servers"][0]["url"], "/");
    for (path, of_path) in document["paths"].as_object().unwrap() {
        for (method, operation) in of_path.as_object().unwrap() {
            let responses = operation["responses"].as_object().unwrap();
            let errors: Vec<_> = responses
                .iter()
                .filter(|(status, _)| status.starts_with('4'))
                .collect();
            assert!(!errors.is_empty(), "{method} {path}");
            for (status, response) in errors {
                let shape = &response["content"]["application/json"]["schema"]["$ref"];
                // Guide 004's paths have its shape.
                let nested = path.starts_with("/auth/") || path.starts_with("/v1/");
                let name = if nested {
                    "NestedErrorBody"
                } else {
                    "ErrorBody"
                };
                let expected = format!("#/components/schemas/{name}");
                assert_eq!(*shape, expected, "{method} {path}: {status}");
            }
            let has = |status: &str| responses.contains_key(status);
            let secured = operation["security"]
                .as_array()
                .is_none_or(|ways| ways[0] != json!({}));
            assert_eq!(
                has("401") && has("403"),
                secured
                    || path.ends_with("get-token")
                    || path == "/auth/login"
                    || path == "/api/v1/auth/wechat/login"
                    || clients_call(path),
                "{method} {path}"
            );
            assert_eq!(
                has("415"),
                operation.get("requestBody").is_some(),
                "{method} {path}"
            );
            assert!(has("404") || !path.contains('{'), "{method} {path}");
        }
    }
}

/// Two types of one name would be one type in the document, and wrong in every generated client.
#[test]
fn the_document_has_a_name_for_each_type() {
    fn read(folder: &std::path::Path, names: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, names);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for part in text.split("ToSchema)]").skip(1) {
                let (attributes, rest) = ["struct ", "enum "]
                    .iter()
                    .filter_map(|kind| part.split_once(kind))
                    .min_by_key(|(before, _)| before.len())
                    .unwrap();
                let own = rest.split(|c: char| !c.is_alphanumeric()).next().unwrap();
                let other = attributes
                    .split_once("#[schema(as = ")
                    .map(|(_, name)| name.split(')').next().unwrap());
                names.push(other.unwrap_or(own).to_owned());
            }
        }
    }
    let mut names = Vec::new();
    read(std::path::Path::new("src"), &mut names);
    assert!(names.len() > 20, "{names:?}");
    names.sort();
    let distinct: BTreeSet<_> = names.iter().collect();
    assert_eq!(distinct.len(), names.len(), "{names:?}");
}

on_both!(every_reference_in_the_document_leads_somewhere);
fn every_reference_in_the_document_leads_somewhere(server: &Server) {
    let answer = server.get("/openapi.json").send();
    let document = answer.json();
    let mut references = answer.text().split(r##""$ref":"#"##).skip(1).peekable();
    assert!(references.peek().is_some());
    for reference in references {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}

on_both!(the_document_is_rendered_without_asking_anyone_outside);
fn the_document_is_rendered_without_asking_anyone_outside(server: &Server) {
    let folder = server.get("/docs").send();
    assert_eq!(folder.with_status(308).header("location"), Some("/docs/"));
    let page = server.get("/docs/").send();
    assert_eq!(
        page.with_status(200).header("content-type"),
        Some("text/html")
    );
    let parts: Vec<_> = page
        .text()
        .split(['"', '\''])
        .filter(|part| {
            let ending = part.rsplit_once('.').map(|(_, ending)| ending);
            ending.is_some_and(|ending| ["js", "css", "png"].contains(&ending))
        })
        .collect();
    assert!(parts.len() >= 3, "{parts:?}");
    for part in parts {
        assert!(!part.contains("//"), "{part}");
        let name = part.trim_start_matches("./");
        let file = server.get(&format!("/docs/{name}")).send();
        file.with_status(200);
        let policy = file.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'self'"), "{policy}");
    }
    let start = server.get("/docs/swagger-initializer.js").send();
    assert!(start.text().contains("/openapi.json"));
}
