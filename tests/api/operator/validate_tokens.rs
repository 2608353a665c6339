//! `POST /api/operator/validate-tokens`: many tokens at once.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Server, on_both, table};

on_both!(each_gets_the_answer_it_would_get_alone_in_order);
fn each_gets_the_answer_it_would_get_alone_in_order(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let (good, revoked) = (acme.token_for(lan), acme.token_for(lan));
    acme.post("/api/operator/revoke-token")
        .json(&json!({"token": revoked}))
        .send()
        .with_status(204);
    let tokens = json!([good, "nonsense", revoked, null, 5, acme.token, good]);
    let answer = acme
        .post("/api/operator/validate-tokens")
        .json(&json!({"tokens": tokens}))
        .send();
    assert_snapshot!(answer, @r#"
    200
    [
      {"isValid":true,"valid":true,"operatorId":1,"clientId":1,"expiresAt":"2030-01-02T00:00:00Z","error":null},
      {"isValid":false,"valid":false,"error":"Invalid token"},
      {"isValid":false,"valid":false,"error":"Token revoked"},
      {"isValid":false,"valid":false,"error":"Invalid token"},
      {"isValid":false,"valid":false,"error":"Invalid token"},
      {"isValid":false,"valid":false,"error":"Invalid token"},
      {"isValid":true,"valid":true,"operatorId":1,"clientId":1,"expiresAt":"2030-01-02T00:00:00Z","error":null},
    ]
    "#);
    let alone: Vec<Value> = tokens
        .as_array()
        .unwrap()
        .iter()
        .map(|token| {
            acme.post("/api/operator/validate-token")
                .json(&json!({"token": token}))
                .send()
                .json()
        })
        .collect();
    assert_eq!(answer.json(), Value::Array(alone));
}

on_both!(a_thousand_and_no_more);
fn a_thousand_and_no_more(server: &Server) {
    let acme = server.organization("acme");
    let good = acme.token_for(acme.operator("Lan"));
    let ask = |count: usize| {
        acme.post("/api/operator/validate-tokens")
            .json(&json!({"tokens": vec![&good; count]}))
            .send()
    };
    let answers = ask(1_000).with_status(200).json();
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), 1_000);
    assert!(answers.iter().all(|answer| answer["isValid"] == true));
    assert_snapshot!(ask(1_001), @r#"
    400
    {
      "error": "invalid_request",
      "error_description": "tokens: more than 1000 tokens; send them in several calls at line 1 column 407418",
    }
    "#);
    assert_eq!(ask(0).json(), json!([]));
}

on_both!(what_is_no_list_is_refused);
fn what_is_no_list_is_refused(server: &Server) {
    let acme = server.organization("acme");
    let answers = table(
        [
            "{}",
            r#"{"tokens":null}"#,
            r#"{"tokens":"x"}"#,
            r#"{"tokens":{}}"#,
            r#"{"tokens":[],"tokens":[]}"#,
            r#"{"token":"x"}"#,
            r#"["x"]"#,
        ],
        |body| {
            acme.post("/api/operator/validate-tokens")
                .body("application/json", *body)
                .send()
        },
    );
    assert_snapshot!(answers, @r#"
    {} → 400 invalid_request: the body is invalid: missing member `tokens` at line 1 column 2
    {"tokens":null} → 400 invalid_request: tokens: invalid type: null, expected an array at line 1 column 14
    {"tokens":"x"} → 400 invalid_request: tokens: invalid type: string "x", expected an array at line 1 column 13
    {"tokens":{}} → 400 invalid_request: tokens: invalid type: object, expected an array at line 1 column 10
    {"tokens":[],"tokens":[]} → 400 invalid_request: the body is invalid: duplicate field `tokens` at line 1 column 21
    {"token":"x"} → 400 invalid_request: the body is invalid: missing member `tokens` at line 1 column 13
    ["x"] → 400 invalid_request: the body is invalid: invalid type: array, expected an object at line 1 column 0
    "#);
}

on_both!(huge_texts_are_no_tokens);
fn huge_texts_are_no_tokens(server: &Server) {
    let acme = server.organization("acme");
    let answer = acme
        .post("/api/operator/validate-tokens")
        .json(
            &json!({"tokens": [".".repeat(100_000), "x".repeat(1_000_000), "a.".repeat(500_000)]}),
        )
        .send();
    let errors: Vec<_> = answer
        .with_status(200)
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|verdict| verdict["error"].clone())
        .collect();
    assert_eq!(errors, ["Invalid token"; 3]);
}
