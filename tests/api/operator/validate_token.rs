//! `POST /api/operator/validate-token`: whether a token is valid.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Answer, Organization, Server, on_both, table};

fn ask(acme: &Organization<'_>, token: &str) -> Answer {
    acme.post("/api/operator/validate-token")
        .json(&json!({"token": token}))
        .send()
}

on_both!(the_answer_about_a_good_token_says_whose_it_is_and_until_when);
fn the_answer_about_a_good_token_says_whose_it_is_and_until_when(server: &Server) {
    server.organization("first");
    let acme = server.organization("acme");
    acme.operator("Lan");
    let token = acme.token_for(acme.operator("Minh"));
    for _ in 0..2 {
        assert_snapshot!(ask(&acme, &token), @r#"
        200
        {"isValid":true,"valid":true,"operatorId":2,"clientId":2,"expiresAt":"2030-01-02T00:00:00Z","error":null}
        "#);
    }
}

on_both!(the_answer_about_a_bad_token_says_why);
fn the_answer_about_a_bad_token_says_why(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let short = acme
        .post("/api/operator/get-token")
        .json(&json!({"id": lan, "expiresAt": "2030-01-01T00:00:05Z"}))
        .send()
        .string();
    let revoked = acme.token_for(lan);
    acme.post("/api/operator/revoke-token")
        .json(&json!({"token": revoked}))
        .send()
        .with_status(204);
    server.wait(5);
    assert_snapshot!(ask(&acme, &short), @r#"
    200
    {"isValid":false,"valid":false,"error":"Token expired"}
    "#);
    assert_snapshot!(ask(&acme, &revoked), @r#"
    200
    {"isValid":false,"valid":false,"error":"Token revoked"}
    "#);
    assert_snapshot!(ask(&acme, "nonsense"), @r#"
    200
    {"isValid":false,"valid":false,"error":"Invalid token"}
    "#);

    server.wait(86_400);
    assert_eq!(
        acme.judge(&revoked),
        "Token revoked",
        "both revoked and expired"
    );
}

on_both!(of_other_kinds_and_others_tokens_one_learns_nothing);
fn of_other_kinds_and_others_tokens_one_learns_nothing(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let lan = other.operator("Lan");
    let (theirs, theirs_revoked) = (other.token_for(lan), other.token_for(lan));
    other
        .post("/api/operator/revoke-token")
        .json(&json!({"token": theirs_revoked}))
        .send()
        .with_status(204);
    let company_revoked = acme.another_token();
    acme.post("/api/company/revoke-token")
        .json(&json!({"token": company_revoked}))
        .send()
        .with_status(204);
    let nonsense = ask(&acme, "nonsense");
    for token in [
        acme.token.as_str(),
        &company_revoked,
        &other.token,
        &theirs,
        &theirs_revoked,
    ] {
        assert_eq!(ask(&acme, token).bytes(), nonsense.bytes());
    }
    server.wait(86_400);
    assert_eq!(ask(&acme, &theirs).bytes(), nonsense.bytes());
    assert_eq!(other.judge(&theirs), "Token expired");
}

on_both!(a_value_that_is_no_text_is_no_token_and_none_at_all_is_a_mistake);
fn a_value_that_is_no_text_is_no_token_and_none_at_all_is_a_mistake(server: &Server) {
    let acme = server.organization("acme");
    let answers = table(
        [
            r#"{"token":null}"#,
            r#"{"token":5}"#,
            r#"{"token":-5.5e3}"#,
            r#"{"token":true}"#,
            r#"{"token":["x"]}"#,
            r#"{"token":{"a":[1,{"b":null}]}}"#,
            r#"{"token":""}"#,
            r#"{"token":"\u0000"}"#,
            r#"{"token":"ễ.ễ.ễ"}"#,
            r#"{"token":"x","more":"ignored"}"#,
            r#"{"token":{"a":1,"a":2}}"#,
            r#"{"token":"x","token":"y"}"#,
            r#"{}"#,
            r#"{"Token":"x"}"#,
            r#"{"tokens":["x"]}"#,
            r#"["x"]"#,
            r#""x""#,
            "null",
            "",
        ],
        |body| {
            acme.post("/api/operator/validate-token")
                .body("application/json", *body)
                .send()
        },
    );
    assert_snapshot!(answers, @r#"
    {"token":null} → 200 {"isValid":false,"valid":false,"error":"Invalid token"}
    {"token":5} → 200 {"isValid":false,"valid":false,"error":"Invalid token"}
    {"token":-5.5e3} → 200 {"isValid":false,"valid":false,"error":"Invalid token"}
    {"token":true} → 200 {"isValid":false,"valid":false,"error":"Invalid token"}
    {"token":["x"]} → 200 {"isValid":false,"valid":false,"error":"Invalid token"}
    {"token":{"a":[1,{"b":null}]}} → 200 {"isValid":false,"valid":false,"error":"Invalid token"}
    {"token":""} → 200 {"isValid":false,"valid":false,"error":"Invalid token"}
    {"token":"\u0000"} → 200 {"isValid":false,"valid":false,"error":"Invalid token"}
    {"token":"ễ.ễ.ễ"} → 200 {"isValid":false,"valid":false,"error":"Invalid token"}
    {"token":"x","more":"ignored"} → 200 {"isValid":false,"valid":false,"error":"Invalid token"}
    {"token":{"a":1,"a":2}} → 400 invalid_request: the body is invalid: the member a occurs twice at line 1 column 22
    {"token":"x","token":"y"} → 400 invalid_request: the body is invalid: duplicate field `token` at line 1 column 20
    {} → 400 invalid_request: the body is invalid: missing member `token` at line 1 column 2
    {"Token":"x"} → 400 invalid_request: the body is invalid: missing member `token` at line 1 column 13
    {"tokens":["x"]} → 400 invalid_request: the body is invalid: missing member `token` at line 1 column 16
    ["x"] → 400 invalid_request: the body is invalid: invalid type: array, expected an object at line 1 column 0
    "x" → 400 invalid_request: the body is invalid: invalid type: string "x", expected an object at line 1 column 3
    null → 400 invalid_request: the body is invalid: invalid type: null, expected an object at line 1 column 4
     → 400 invalid_request: the body is empty; it must be a JSON value
    "#);
}

on_both!(an_operator_does_not_validate);
fn an_operator_does_not_validate(server: &Server) {
    let acme = server.organization("acme");
    let token = acme.token_for(acme.operator("Lan"));
    let answer = server
        .post("/api/operator/validate-token")
        .bearer(&token)
        .json(&json!({"token": token}))
        .send();
    assert_snapshot!(answer, @r#"
    403
    {"error":"forbidden","error_description":"this needs a company token; an operator token was presented"}
    "#);
}
