//! Bodies: their type and depth, and which JSON is refused.

mod size;

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Server, on_both, table};

on_both!(json_is_said_to_be_json);
fn json_is_said_to_be_json(server: &Server) {
    let acme = server.organization("acme");
    let body = r#"{"token":"x"}"#;
    let answers = table(
        [
            "application/json",
            "APPLICATION/JSON",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
            "application/vnd.api+json",
            "application/json; charset=iso-8859-1",
            "application/json; charset=utf-16",
            "text/json",
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "json",
            "",
        ],
        |content_type| {
            acme.post("/api/operator/validate-token")
                .body(content_type, body)
                .send()
        },
    );
    assert_snapshot!(answers, @r#"
    application/json → 200 {"isValid":false,"valid":false,"error":"Invalid token"}
    APPLICATION/JSON → 200 {"isValid":false,"valid":false,"error":"Invalid token"}
    application/json; charset=utf-8 → 200 {"isValid":false,"valid":false,"error":"Invalid token"}
    application/json;charset="UTF-8" → 200 {"isValid":false,"valid":false,"error":"Invalid token"}
    application/vnd.api+json → 200 {"isValid":false,"valid":false,"error":"Invalid token"}
    application/json; charset=iso-8859-1 → 415 unsupported_media_type: the body must be JSON in UTF-8: send Content-Type: application/json
    application/json; charset=utf-16 → 415 unsupported_media_type: the body must be JSON in UTF-8: send Content-Type: application/json
    text/json → 415 unsupported_media_type: the body must be JSON in UTF-8: send Content-Type: application/json
    text/plain → 415 unsupported_media_type: the body must be JSON in UTF-8: send Content-Type: application/json
    application/x-www-form-urlencoded → 415 unsupported_media_type: the body must be JSON in UTF-8: send Content-Type: application/json
    multipart/form-data; boundary=x → 415 unsupported_media_type: the body must be JSON in UTF-8: send Content-Type: application/json
    json → 415 unsupported_media_type: the body must be JSON in UTF-8: send Content-Type: application/json
     → 415 unsupported_media_type: the body must be JSON in UTF-8: send Content-Type: application/json
    "#);
    let untyped = acme
        .post("/api/operator/validate-token")
        .untyped_body(body)
        .send();
    assert_eq!(untyped.status, 415);
}

on_both!(where_every_member_is_optional_the_body_may_be_absent);
fn where_every_member_is_optional_the_body_may_be_absent(server: &Server) {
    let acme = server.organization("acme");
    let path = format!("/api/company/operators/{}", acme.operator("Lan"));
    for (method, path, empty, untyped) in [
        ("PATCH", "/api/company/organization", 200, 415),
        ("PATCH", &path, 200, 415),
        ("POST", "/api/company/operators", 415, 415),
        ("POST", "/api/operator/get-token", 415, 415),
        ("POST", "/api/operator/synchronize", 415, 415),
        ("POST", "/api/operator/validate-token", 415, 415),
    ] {
        let call = || server.call(method, path).bearer(&acme.token);
        assert_eq!(call().send().status, empty, "{method} {path}");
        assert_eq!(
            call().untyped_body("").send().status,
            empty,
            "{method} {path}"
        );
        assert_eq!(
            call().untyped_body("{}").send().status,
            untyped,
            "{method} {path}"
        );
        let blank = call().body("application/json", "").send();
        assert_eq!(
            blank.status,
            if empty == 200 { 200 } else { 400 },
            "{method} {path}"
        );
    }
}

on_both!(what_is_no_json_is_refused);
fn what_is_no_json_is_refused(server: &Server) {
    let acme = server.organization("acme");
    let answers = table(
        [
            "",
            " ",
            "{",
            "}",
            r#"{"token""#,
            r#"{"token":"x"#,
            r#"{"token":"x"},"#,
            r#"{"token":"x"} {"token":"y"}"#,
            r#"{'token':'x'}"#,
            r#"{token:"x"}"#,
            r#"{"token":"x",}"#,
            "{\"token\":\"a\nb\"}",
            r#"{"token":"\ud800"}"#,
            r#"{"token":"\x"}"#,
            r#"{"token":NaN}"#,
            r#"{"token":01}"#,
            r#"{"token":1e999}"#,
            "\u{feff}{\"token\":\"x\"}",
            "// comment\n{\"token\":\"x\"}",
            "token=x",
            "<token>x</token>",
        ],
        |body| {
            acme.post("/api/operator/validate-token")
                .body("application/json", *body)
                .send()
        },
    );
    assert_snapshot!(answers, @r#"
     → 400 invalid_request: the body is empty; it must be a JSON value
      → 400 invalid_request: the body is invalid: EOF while parsing a value at line 1 column 1
    { → 400 invalid_request: the body is invalid: EOF while parsing an object at line 1 column 1
    } → 400 invalid_request: the body is invalid: expected value at line 1 column 1
    {"token" → 400 invalid_request: the body is invalid: EOF while parsing an object at line 1 column 8
    {"token":"x → 400 invalid_request: token: EOF while parsing a string at line 1 column 11
    {"token":"x"}, → 400 invalid_request: there is something after the end of the JSON value
    {"token":"x"} {"token":"y"} → 400 invalid_request: there is something after the end of the JSON value
    {'token':'x'} → 400 invalid_request: the body is invalid: key must be a string at line 1 column 2
    {token:"x"} → 400 invalid_request: the body is invalid: key must be a string at line 1 column 2
    {"token":"x",} → 400 invalid_request: the body is invalid: trailing comma at line 1 column 14
    {"token":"a
    b"} → 400 invalid_request: token: control character (\u0000-\u001F) found while parsing a string at line 2 column 0
    {"token":"\ud800"} → 400 invalid_request: token: unexpected end of hex escape at line 1 column 17
    {"token":"\x"} → 400 invalid_request: token: invalid escape at line 1 column 12
    {"token":NaN} → 400 invalid_request: token: expected value at line 1 column 10
    {"token":01} → 400 invalid_request: token: invalid number at line 1 column 11
    {"token":1e999} → 400 invalid_request: token: number out of range at line 1 column 14
    ﻿{"token":"x"} → 400 invalid_request: the body is invalid: expected value at line 1 column 1
    // comment
    {"token":"x"} → 400 invalid_request: the body is invalid: expected value at line 1 column 1
    token=x → 400 invalid_request: the body is invalid: expected ident at line 1 column 2
    <token>x</token> → 400 invalid_request: the body is invalid: expected value at line 1 column 1
    "#);
    for bytes in [
        &b"{\"token\":\"\xff\"}"[..],
        b"{\"token\":\"\xc3\"}",
        b"\xff\xfe{\x00",
        b"\x00",
        b"{\"token\":\"\xed\xa0\x80\"}",
    ] {
        acme.post("/api/operator/validate-token")
            .body("application/json", bytes)
            .send()
            .with_status(400);
    }
}

on_both!(a_member_that_is_there_twice_is_refused_however_deep_it_is);
fn a_member_that_is_there_twice_is_refused_however_deep_it_is(server: &Server) {
    let acme = server.organization("acme");
    let answers = table(
        [
            r#"{"token":"x","token":"x"}"#,
            r#"{"token":"x","unknown":1,"unknown":1}"#,
            r#"{"token":"x","unknown":{"a":1,"a":1}}"#,
            r#"{"token":"x","unknown":[[{"a":1,"b":{"a":1,"b":1}},{"a":1,"b":1,"a":1}]]}"#,
            r#"{"token":"x","\u0074oken":"x"}"#,
            r#"{"token":"x","Token":"x"}"#,
        ],
        |body| {
            acme.post("/api/operator/validate-token")
                .body("application/json", *body)
                .send()
        },
    );
    assert_snapshot!(answers, @r#"
    {"token":"x","token":"x"} → 400 invalid_request: the body is invalid: duplicate field `token` at line 1 column 20
    {"token":"x","unknown":1,"unknown":1} → 400 invalid_request: the body is invalid: the member unknown occurs twice at line 1 column 37
    {"token":"x","unknown":{"a":1,"a":1}} → 400 invalid_request: the body is invalid: the member a occurs twice at line 1 column 36
    {"token":"x","unknown":[[{"a":1,"b":{"a":1,"b":1}},{"a":1,"b":1,"a":1}]]} → 400 invalid_request: the body is invalid: the member a occurs twice at line 1 column 70
    {"token":"x","\u0074oken":"x"} → 400 invalid_request: the body is invalid: duplicate field `token` at line 1 column 25
    {"token":"x","Token":"x"} → 200 {"isValid":false,"valid":false,"error":"Invalid token"}
    "#);
}

on_both!(nesting_has_an_end);
fn nesting_has_an_end(server: &Server) {
    let acme = server.organization("acme");
    for open in ["[", r#"{"a":"#] {
        for body in [
            open.repeat(10_000),
            format!(r#"{{"token":{}"#, open.repeat(10_000)),
            format!(r#"{{"token":"x","unknown":{}"#, open.repeat(10_000)),
        ] {
            acme.post("/api/operator/validate-token")
                .body("application/json", body)
                .send()
                .with_status(400);
        }
    }
    let whole = format!(
        r#"{{"tokens":[{}{}]}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let answer = acme
        .post("/api/operator/validate-tokens")
        .body("application/json", whole)
        .send();
    assert_snapshot!(answer, @r#"
    400
    {
      "error": "invalid_request",
      "error_description": "the body is invalid: recursion limit exceeded at line 1 column 137",
    }
    "#);
}

on_both!(what_a_caller_sent_comes_back_clipped);
fn what_a_caller_sent_comes_back_clipped(server: &Server) {
    let acme = server.organization("acme");
    let long = "x".repeat(25_000);
    for body in [
        json!({"id": long}).to_string(),
        format!(r#"{{"id":1,"{long}":1,"{long}":1}}"#),
        json!(long).to_string(),
    ] {
        let answer = acme
            .post("/api/operator/get-token")
            .body("application/json", body)
            .send();
        assert!(answer.with_status(400).text().len() < 600, "{answer}");
    }
}
