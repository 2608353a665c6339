//! Credentials: in which headers one may be sent, and the answer to each kind of invalid
//! credential.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Answer, Server, on_both};

const PATH: &str = "/api/company/organization";

fn with(server: &Server, headers: &[(&str, &str)]) -> Answer {
    let call = headers
        .iter()
        .fold(server.get(PATH), |call, (name, value)| {
            call.header(name, value)
        });
    call.send()
}

on_both!(a_credential_may_stand_in_three_headers);
fn a_credential_may_stand_in_three_headers(server: &Server) {
    let token = server.organization("acme").token;
    let bearer = format!("Bearer {token}");
    for headers in [
        vec![("authorization", bearer.as_str())],
        vec![("Authorization", &format!("bearer {token}"))],
        vec![("AUTHORIZATION", &format!("BEARER   {token}  "))],
        vec![("x-authorization-key", &token)],
        vec![("X-Authorization-Key", &token)],
        vec![("x-api-key", &token)],
        vec![("authorization", &bearer), ("x-authorization-key", &token)],
        vec![("authorization", &bearer), ("x-api-key", &token)],
        vec![("x-authorization-key", &token), ("x-api-key", &token)],
        vec![("authorization", &bearer), ("authorization", &bearer)],
    ] {
        assert_eq!(with(server, &headers).status, 200, "{headers:?}");
    }
}

on_both!(two_different_credentials_are_one_too_many);
fn two_different_credentials_are_one_too_many(server: &Server) {
    let acme = server.organization("acme");
    let (token, other) = (acme.token.clone(), acme.another_token());
    let bearer = format!("Bearer {token}");
    let refused = with(server, &[("authorization", &bearer), ("x-api-key", &other)]);
    assert_snapshot!(refused, @r#"
    400
    {"error":"invalid_request","error_description":"two different credentials were sent; send one"}
    "#);
    for headers in [
        [
            ("authorization", bearer.as_str()),
            ("x-authorization-key", &other),
        ],
        [("x-authorization-key", &other), ("x-api-key", &token)],
        [
            ("authorization", &bearer),
            ("authorization", &format!("Bearer {other}")),
        ],
        [("x-api-key", &token), ("x-api-key", &other)],
        [("authorization", &bearer), ("x-api-key", "")],
        [("authorization", &bearer), ("x-api-key", "nonsense")],
    ] {
        assert_eq!(
            with(server, &headers).bytes(),
            refused.bytes(),
            "{headers:?}"
        );
    }
}

on_both!(none_and_another_scheme_are_asked_for_a_bearer);
fn none_and_another_scheme_are_asked_for_a_bearer(server: &Server) {
    let token = server.organization("acme").token;
    assert_snapshot!(with(server, &[]), @r#"
    401
    www-authenticate: Bearer realm="lanyard"
    {
      "error": "invalid_token",
      "error_description": "send a token as Authorization: Bearer …, or as X-Authorization-Key",
    }
    "#);
    let basic = with(server, &[("authorization", "Basic YWNtZTpvcGVu")]);
    assert_snapshot!(basic, @r#"
    401
    www-authenticate: Bearer realm="lanyard"
    {
      "error": "invalid_token",
      "error_description": "the Authorization header must be: Bearer, a space, and the token",
    }
    "#);
    for value in [
        token.as_str(),
        "Bearer",
        "Bearer ",
        "",
        &format!("Token {token}"),
        &format!("Bearer:{token}"),
    ] {
        assert_eq!(
            with(server, &[("authorization", value)]).status,
            401,
            "{value}"
        );
    }
    // Another scheme is refused even beside a valid token in `X-API-Key`.
    with(
        server,
        &[
            ("authorization", "Basic YWNtZTpvcGVu"),
            ("x-api-key", &token),
        ],
    )
    .with_status(401);
}

on_both!(one_in_the_address_does_not_count);
fn one_in_the_address_does_not_count(server: &Server) {
    let token = server.organization("acme").token;
    for query in [
        "access_token",
        "token",
        "authorization",
        "x-api-key",
        "api_key",
    ] {
        let answer = server.get(&format!("{PATH}?{query}={token}")).send();
        assert_eq!(answer.status, 401, "{query}");
        let beside = server
            .get(&format!("{PATH}?{query}=nonsense"))
            .bearer(&token)
            .send();
        assert_eq!(beside.status, 200, "{query}");
    }
}

on_both!(what_is_no_token_of_ours_is_invalid);
fn what_is_no_token_of_ours_is_invalid(server: &Server) {
    let token = server.organization("acme").token;
    let invalid = with(server, &[("x-api-key", "nonsense")]);
    assert_snapshot!(invalid, @r#"
    401
    www-authenticate: Bearer realm="lanyard", error="invalid_token"
    {"error":"invalid_token","error_description":"the token is not valid; get a new one"}
    "#);
    for value in [
        "..",
        "a.b.c",
        &token[..token.len() - 1],
        &format!("{token}x"),
        &format!("{token}."),
        &format!("{token} {token}"),
        &format!("\"{token}\""),
        &".".repeat(100_000),
        &"x".repeat(100_000),
    ] {
        let answer = with(server, &[("authorization", &format!("Bearer {value}"))]);
        assert_eq!(answer.bytes(), invalid.bytes());
    }
    let odd = server.get(PATH).header("x-api-key", "ễễ").send_by_hand();
    assert_eq!(odd.status, 401);
}

on_both!(the_wrong_kind_is_forbidden);
fn the_wrong_kind_is_forbidden(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let operator_token = acme.token_for(lan);
    for (method, path) in [
        ("GET", "/api/company/organization"),
        ("PATCH", "/api/company/organization"),
        ("POST", "/api/company/revoke-token"),
        ("GET", "/api/company/tokens"),
        ("GET", "/api/company/operators"),
        ("POST", "/api/company/operators"),
        ("GET", &format!("/api/company/operators/{lan}")),
        ("PATCH", &format!("/api/company/operators/{lan}")),
        ("DELETE", &format!("/api/company/operators/{lan}")),
        (
            "POST",
            &format!("/api/company/operators/{lan}/revoke-tokens"),
        ),
        ("GET", "/api/company/revocations"),
        ("GET", "/api/company/audit"),
        ("POST", "/api/operator/synchronize"),
        ("POST", "/api/operator/get-token"),
        ("POST", "/api/operator/validate-token"),
        ("POST", "/api/operator/validate-tokens"),
    ] {
        let answer = server.call(method, path).bearer(&operator_token).send();
        assert_eq!(
            answer.in_short(),
            "403 forbidden: this needs a company token; an operator token was presented",
            "{method} {path}"
        );
    }
    let answer = acme.get("/api/operator").send();
    assert_eq!(
        answer.in_short(),
        "403 forbidden: this needs an operator token; a company token was presented"
    );
}

on_both!(revoked_is_forbidden_and_expired_is_unauthorized);
fn revoked_is_forbidden_and_expired_is_unauthorized(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let (revoked, expiring) = (acme.token_for(lan), acme.token_for(lan));
    let revoke = json!({"token": revoked});
    acme.post("/api/operator/revoke-token")
        .json(&revoke)
        .send()
        .with_status(204);
    let profile = |token: &str| server.get("/api/operator").bearer(token).send();
    assert_snapshot!(profile(&revoked), @r#"
    403
    {"error":"token_revoked","error_description":"the token was revoked; get a new one"}
    "#);
    server.wait(86_400);
    assert_snapshot!(profile(&expiring), @r#"
    401
    www-authenticate: Bearer realm="lanyard", error="invalid_token"
    {"error":"token_expired","error_description":"the token has expired; get a new one"}
    "#);
    assert_eq!(profile(&revoked).status, 403, "both revoked and expired");
    // On a company's route, too, the answer to a revoked operator token says first that it is
    // revoked.
    let answer = |token: &str| server.get(PATH).bearer(token).send().in_short();
    assert_eq!(
        answer(&revoked),
        "403 token_revoked: the token was revoked; get a new one"
    );
    assert_eq!(
        answer(&expiring),
        "401 token_expired: the token has expired; get a new one"
    );
}

on_both!(where_none_is_asked_for_a_bad_one_does_not_matter);
fn where_none_is_asked_for_a_bad_one_does_not_matter(server: &Server) {
    server.organization("acme");
    for path in [
        "/healthz",
        "/readyz",
        "/metrics",
        "/openapi.json",
        "/.well-known/jwks.json",
    ] {
        let answer = server.get(path).header("authorization", "Basic x").send();
        assert_eq!(answer.status, 200, "{path}");
    }
    server
        .post("/api/company/get-token")
        .bearer("nonsense")
        .json(&json!({"login": "acme", "password": "open acme"}))
        .send()
        .with_status(200);
}
