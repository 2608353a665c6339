//! Lists that are refused: no row of them is applied.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{operators, outcomes, synchronize};
use crate::support::{Server, on_both, table};

on_both!(all_rows_or_none);
fn all_rows_or_none(server: &Server) {
    let acme = server.organization("acme");
    let other = server.organization("other");
    let lan = acme.operator("Lan");
    let theirs = other.operator("Not ours");
    let deleted = acme.operator("Gone");
    acme.delete(&format!("/api/company/operators/{deleted}"))
        .send()
        .with_status(204);
    let before = operators(&acme);
    let good = json!({"externalId": "chat-1", "name": "Minh", "email": "minh@example.com"});
    let changed = json!({"id": lan, "name": "Changed", "status": "inactive"});
    let token = acme.token_for(lan);

    let answers = table(
        [
            json!({"name": ""}),
            json!({"externalId": "chat-9"}),
            json!({}),
            json!({"externalId": "", "name": "x"}),
            json!({"externalId": "\0", "name": "x"}),
            json!({"externalId": "x".repeat(201), "name": "x"}),
            json!({"name": "x", "email": "MINH@example.com"}),
            json!({"id": lan, "externalId": "chat-1"}),
            json!({"id": 999_999, "name": "x"}),
            json!({"id": theirs, "name": "x"}),
            json!({"id": 0, "name": "x"}),
            json!({"id": deleted, "name": "x"}),
            json!({"id": lan, "status": "deleted"}),
            json!({"id": lan, "name": null}),
            json!({"id": "1", "name": "x"}),
            json!({"id": 1.5, "name": "x"}),
            json!({"name": 5}),
            json!({"name": "x", "role": ["admin"]}),
            json!([lan, "x"]),
            json!("x"),
            json!(null),
        ],
        |bad| synchronize(&acme, &json!([good, changed, bad])),
    );
    assert_snapshot!(answers, @r#"
    {"name":""} → 400 invalid_request: [2]: name must have 1 to 200 characters, at least one of them visible, and no control characters
    {"externalId":"chat-9"} → 400 invalid_request: [2]: name must have 1 to 200 characters, at least one of them visible, and no control characters
    {} → 400 invalid_request: [2]: name must have 1 to 200 characters, at least one of them visible, and no control characters
    {"externalId":"","name":"x"} → 400 invalid_request: [2]: externalId must have 1 to 200 characters, at least one of them visible, and no control characters, or be null
    {"externalId":"\u0000","name":"x"} → 400 invalid_request: [2]: externalId must have 1 to 200 characters, at least one of them visible, and no control characters, or be null
    {"externalId":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx","name":"x"} → 400 invalid_request: [2]: externalId must have 1 to 200 characters, at least one of them visible, and no control characters, or be null
    {"email":"MINH@example.com","name":"x"} → 409 conflict: [2]: another operator of the organization has this email
    {"externalId":"chat-1","id":1} → 409 conflict: [2]: another operator of the organization has this externalId
    {"id":999999,"name":"x"} → 404 not_found: [2]: there is no such resource
    {"id":2,"name":"x"} → 404 not_found: [2]: there is no such resource
    {"id":0,"name":"x"} → 404 not_found: [2]: there is no such resource
    {"id":3,"name":"x"} → 409 conflict: [2]: the operator is deleted, which cannot be undone; add a new one
    {"id":1,"status":"deleted"} → 400 invalid_request: [2].status: must be active or inactive; DELETE the operator to delete it at line 1 column 139
    {"id":1,"name":null} → 400 invalid_request: [2].name: invalid type: null, expected a string at line 1 column 131
    {"id":"1","name":"x"} → 400 invalid_request: [2].id: invalid type: string "1", expected a whole number of 64 bits at line 1 column 121
    {"id":1.5,"name":"x"} → 400 invalid_request: [2].id: invalid type: number `1.5`, expected a whole number of 64 bits at line 1 column 121
    {"name":5} → 400 invalid_request: [2].name: invalid type: number `5`, expected a string at line 1 column 121
    {"name":"x","role":["admin"]} → 400 invalid_request: [2].role: invalid type: array, expected a string at line 1 column 131
    [1,"x"] → 400 invalid_request: [2]: invalid type: array, expected an object at line 1 column 112
    "x" → 400 invalid_request: [2]: invalid type: string "x", expected an object at line 1 column 115
    null → 400 invalid_request: [2]: invalid type: null, expected an object at line 1 column 116
    "#);
    assert_eq!(operators(&acme), before);
    assert_eq!(acme.judge(&token), "valid");
    assert_eq!(operators(&other)[0]["name"], "Not ours");
    let shown = acme
        .get("/api/company/audit?action=operator.updated")
        .send();
    assert!(shown.items().is_empty());
}

on_both!(the_list_itself_must_be_one);
fn the_list_itself_must_be_one(server: &Server) {
    let acme = server.organization("acme");
    let answers = table(
        [
            "{}",
            r#"{"id":1,"name":"x"}"#,
            "null",
            "5",
            r#"[{"name":"x","name":"y"}]"#,
            r#"[{"name":"x","extra":{"a":1,"a":2}}]"#,
            "[",
            "",
        ],
        |body| {
            acme.post("/api/operator/synchronize")
                .body("application/json", *body)
                .send()
        },
    );
    assert_snapshot!(answers, @r#"
    {} → 400 invalid_request: the body is invalid: invalid type: object, expected an array at line 1 column 0
    {"id":1,"name":"x"} → 400 invalid_request: the body is invalid: invalid type: object, expected an array at line 1 column 0
    null → 400 invalid_request: the body is invalid: invalid type: null, expected an array at line 1 column 4
    5 → 400 invalid_request: the body is invalid: invalid type: number `5`, expected an array at line 1 column 1
    [{"name":"x","name":"y"}] → 400 invalid_request: [0]: duplicate field `name` at line 1 column 19
    [{"name":"x","extra":{"a":1,"a":2}}] → 400 invalid_request: the body is invalid: the member a occurs twice at line 1 column 34
    [ → 400 invalid_request: the body is invalid: EOF while parsing a list at line 1 column 1
     → 400 invalid_request: the body is empty; it must be a JSON value
    "#);
    assert_eq!(outcomes(&synchronize(&acme, &json!([]))), [""; 0]);
}

on_both!(the_row_whose_name_is_taken_is_named_in_a_long_list);
fn the_row_whose_name_is_taken_is_named_in_a_long_list(server: &Server) {
    let acme = server.organization("acme");
    let mut rows: Vec<_> = (0..700)
        .map(|n| json!({"externalId": format!("chat-{n}"), "name": "Lan", "email": format!("lan-{n}@example.com")}))
        .collect();
    let list = Value::Array(rows.clone());
    assert_eq!(outcomes(&synchronize(&acme, &list)), ["created"; 700]);
    let before = operators(&acme);
    for row in &mut rows {
        row["name"] = json!("Minh");
    }
    rows[511]["email"] = json!("LAN-600@example.com");
    rows[650]["email"] = json!("lan-1@example.com");
    assert_snapshot!(synchronize(&acme, &Value::Array(rows)), @r#"
    409
    {"error":"conflict","error_description":"[511]: another operator of the organization has this email"}
    "#);
    assert_eq!(operators(&acme), before);
}
