//! The order of refusal: 404 route, 405, 413, credential, 415, 400 body, 404 record. Each call is
//! wrong in all ways that are left; they are corrected one after the other.

use insta::assert_snapshot;

use crate::support::{Server, on_both};

on_both!(the_first_thing_wrong_is_the_one_that_is_reported);
fn the_first_thing_wrong_is_the_one_that_is_reported(server: &Server) {
    let acme = server.organization("acme");
    let operator_token = acme.token_for(acme.operator("Lan"));
    let huge = "x".repeat(70_000);
    let good = r#"{"name":"Minh"}"#;
    let send = |method, path, credential: &str, content_type, body: &str| {
        let mut call = server.call(method, path).body(content_type, body);
        if !credential.is_empty() {
            call = call.header("authorization", credential);
        }
        call.send().in_short()
    };
    let company = format!("Bearer {}", acme.token);
    let operator = format!("Bearer {operator_token}");
    let path = "/api/company/operators/99";
    let shown = [
        send("PUT", "/nowhere", "Basic x", "text/plain", &huge),
        send("PUT", path, "Basic x", "text/plain", &huge),
        send("PATCH", path, "Basic x", "text/plain", &huge),
        send("PATCH", path, "Basic x", "text/plain", "x"),
        send("PATCH", path, "", "text/plain", "x"),
        send("PATCH", path, "Bearer x", "text/plain", "x"),
        send("PATCH", path, &operator, "text/plain", "x"),
        send("PATCH", path, &company, "text/plain", "x"),
        send("PATCH", path, &company, "application/json", "x"),
        send("PATCH", path, &company, "application/json", r#"{"name":5}"#),
        send("PATCH", path, &company, "application/json", good),
        send(
            "PATCH",
            "/api/company/operators/1",
            &company,
            "application/json",
            good,
        ),
    ];
    assert_snapshot!(shown.join("\n"), @r#"
    404 not_found: there is no such resource
    405 method_not_allowed: this resource does not support the method; the Allow header lists those that it supports
    413 payload_too_large: the body may have at most 65536 bytes
    401 invalid_token: the Authorization header must be: Bearer, a space, and the token
    401 invalid_token: send a token as Authorization: Bearer …, or as X-Authorization-Key
    401 invalid_token: the token is not valid; get a new one
    403 forbidden: this needs a company token; an operator token was presented
    415 unsupported_media_type: the body must be JSON in UTF-8: send Content-Type: application/json
    400 invalid_request: the body is invalid: expected value at line 1 column 1
    400 invalid_request: name: invalid type: number `5`, expected a string at line 1 column 9
    404 not_found: there is no such resource
    200 {"id":1,"organizationId":1,"name":"Minh","externalId":null,"email":null,"role":null,"username":null,"tier":null,"avatar":null,"secondFactor":false,"status":"active","version":1893456000000001,"createdAt":"2030-01-01T00:00:00Z"}
    "#);
}

on_both!(two_credentials_are_refused_before_the_body_is_looked_at);
fn two_credentials_are_refused_before_the_body_is_looked_at(server: &Server) {
    let acme = server.organization("acme");
    let answer = acme
        .post("/api/operator/get-token")
        .header("x-api-key", "another")
        .body("text/plain", "x")
        .send();
    assert_eq!(
        answer.in_short(),
        "400 invalid_request: two different credentials were sent; send one"
    );
}
