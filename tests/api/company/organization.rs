//! `GET` and `PATCH /api/company/organization`.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::support::{Server, on_both, table};

on_both!(an_organization_reads_its_own_record);
fn an_organization_reads_its_own_record(server: &Server) {
    let acme = server.organization("Acme");
    assert_snapshot!(acme.get("/api/company/organization").send(), @r#"
    200
    {
      "id": 1,
      "login": "Acme",
      "name": "Acme Ltd",
      "status": "active",
      "operatorCount": 0,
      "tokenPolicy": {
        "operatorTokenMaxSeconds": 86400,
        "companyTokenLifetimeSeconds": null,
        "rotationPeriodDays": 90,
        "rotationGraceSeconds": 604800,
        "enforceRotation": false,
      },
      "rotation": {"lastRotatedAt":null,"dueAt":"2030-04-01T00:00:00Z","graceEndsAt":"2030-04-08T00:00:00Z","dueTokens":0},
      "capScopesByRole": false,
      "keyAlerts": {"newNetwork":true,"silenceDays":30,"rateFactor":10,"rateFloor":1000},
      "consoleSignIn": "anyone",
      "createdAt": "2030-01-01T00:00:00Z",
    }
    "#);
}

on_both!(operators_are_counted_unless_deleted);
fn operators_are_counted_unless_deleted(server: &Server) {
    let acme = server.organization("acme");
    server.organization("other").operator("not ours");
    let lan = acme.operator("Lan");
    acme.operator("Minh");
    let count = || {
        let record = acme.get("/api/company/organization").send().json();
        record["operatorCount"].as_i64().unwrap()
    };
    assert_eq!(count(), 2);
    let path = format!("/api/company/operators/{lan}");
    acme.patch(&path)
        .json(&json!({"status": "inactive"}))
        .send()
        .with_status(200);
    assert_eq!(count(), 2);
    acme.delete(&path).send().with_status(204);
    assert_eq!(count(), 1);
}

on_both!(name_and_policy_can_be_changed_and_nothing_else);
fn name_and_policy_can_be_changed_and_nothing_else(server: &Server) {
    let acme = server.organization("acme");
    let changed = acme
        .patch("/api/company/organization")
        .json(&json!({
            "id": 99, "login": "root", "status": "suspended", "operatorCount": 7, "createdAt": "2000-01-01T00:00:00Z",
            "consoleSignIn": "operators",
            "name": "Công ty Acme",
            "tokenPolicy": {
                "operatorTokenMaxSeconds": 600,
                "companyTokenLifetimeSeconds": 86_400,
                "rotationPeriodDays": 30,
                "rotationGraceSeconds": 60,
                "enforceRotation": true,
                "anything": "else",
            },
        }))
        .send();
    assert_snapshot!(changed, @r#"
    200
    {
      "id": 1,
      "login": "acme",
      "name": "Công ty Acme",
      "status": "active",
      "operatorCount": 0,
      "tokenPolicy": {
        "operatorTokenMaxSeconds": 600,
        "companyTokenLifetimeSeconds": 86400,
        "rotationPeriodDays": 30,
        "rotationGraceSeconds": 60,
        "enforceRotation": true,
      },
      "rotation": {"lastRotatedAt":null,"dueAt":"2030-01-31T00:00:00Z","graceEndsAt":"2030-01-31T00:01:00Z","dueTokens":0},
      "capScopesByRole": false,
      "keyAlerts": {"newNetwork":true,"silenceDays":30,"rateFactor":10,"rateFloor":1000},
      "consoleSignIn": "anyone",
      "createdAt": "2030-01-01T00:00:00Z",
    }
    "#);
    let read = acme.get("/api/company/organization").send();
    assert_eq!(read.json(), changed.json());
}

on_both!(what_is_absent_stays_and_null_is_the_default_again);
fn what_is_absent_stays_and_null_is_the_default_again(server: &Server) {
    let acme = server.organization("acme");
    let before = acme.get("/api/company/organization").send().json();
    let patch = |body: Value| {
        let answer = acme.patch("/api/company/organization").json(&body).send();
        answer.with_status(200).json()["tokenPolicy"].clone()
    };
    let policy = json!({
        "operatorTokenMaxSeconds": 600,
        "companyTokenLifetimeSeconds": 86_400,
        "rotationPeriodDays": 30,
        "rotationGraceSeconds": 60,
        "enforceRotation": true,
    });
    assert_eq!(patch(json!({"tokenPolicy": policy})), policy);
    assert_eq!(patch(json!({"name": "Acme"})), policy);
    assert_eq!(patch(json!({"tokenPolicy": {}})), policy);

    let cap = &before["tokenPolicy"]["operatorTokenMaxSeconds"];
    let one = patch(json!({"tokenPolicy": {"operatorTokenMaxSeconds": null}}));
    assert_eq!(one["operatorTokenMaxSeconds"], *cap);
    assert_eq!(one["rotationPeriodDays"], 30);
    assert_eq!(patch(json!({"tokenPolicy": null})), before["tokenPolicy"]);

    acme.patch("/api/company/organization")
        .send()
        .with_status(200);
}

on_both!(what_cannot_be_is_refused_by_name_and_changes_nothing);
fn what_cannot_be_is_refused_by_name_and_changes_nothing(server: &Server) {
    let acme = server.organization("acme");
    let before = acme.get("/api/company/organization").send().json();
    let answers = table(
        [
            r#"{"name":""}"#,
            r#"{"name":"  "}"#,
            r#"{"name":"a\nb"}"#,
            r#"{"name":null}"#,
            r#"{"name":5}"#,
            r#"{"name":"x","tokenPolicy":{"operatorTokenMaxSeconds":86401}}"#,
            r#"{"tokenPolicy":{"operatorTokenMaxSeconds":0}}"#,
            r#"{"tokenPolicy":{"operatorTokenMaxSeconds":-1}}"#,
            r#"{"tokenPolicy":{"operatorTokenMaxSeconds":1.5}}"#,
            r#"{"tokenPolicy":{"operatorTokenMaxSeconds":"600"}}"#,
            r#"{"tokenPolicy":{"operatorTokenMaxSeconds":9223372036854775808}}"#,
            r#"{"tokenPolicy":{"companyTokenLifetimeSeconds":0}}"#,
            r#"{"tokenPolicy":{"companyTokenLifetimeSeconds":9223372036854775807}}"#,
            r#"{"tokenPolicy":{"rotationPeriodDays":0}}"#,
            r#"{"tokenPolicy":{"rotationPeriodDays":9223372036854775807}}"#,
            r#"{"tokenPolicy":{"rotationGraceSeconds":-1}}"#,
            r#"{"tokenPolicy":{"enforceRotation":1}}"#,
            r#"{"tokenPolicy":[600]}"#,
            r#"{"tokenPolicy":"none"}"#,
            r#"["Acme"]"#,
            "null",
        ],
        |body| {
            acme.patch("/api/company/organization")
                .body("application/json", *body)
                .send()
        },
    );
    assert_snapshot!(answers, @r#"
    {"name":""} → 400 invalid_request: name must have 1 to 200 characters, at least one of them visible, and no control characters
    {"name":"  "} → 400 invalid_request: name must have 1 to 200 characters, at least one of them visible, and no control characters
    {"name":"a\nb"} → 400 invalid_request: name must have 1 to 200 characters, at least one of them visible, and no control characters
    {"name":null} → 400 invalid_request: name: invalid type: null, expected a string at line 1 column 12
    {"name":5} → 400 invalid_request: name: invalid type: number `5`, expected a string at line 1 column 9
    {"name":"x","tokenPolicy":{"operatorTokenMaxSeconds":86401}} → 400 invalid_request: tokenPolicy.operatorTokenMaxSeconds must be between 1 and 86400, or null for the default
    {"tokenPolicy":{"operatorTokenMaxSeconds":0}} → 400 invalid_request: tokenPolicy.operatorTokenMaxSeconds must be between 1 and 86400, or null for the default
    {"tokenPolicy":{"operatorTokenMaxSeconds":-1}} → 400 invalid_request: tokenPolicy.operatorTokenMaxSeconds must be between 1 and 86400, or null for the default
    {"tokenPolicy":{"operatorTokenMaxSeconds":1.5}} → 400 invalid_request: tokenPolicy.operatorTokenMaxSeconds: invalid type: number `1.5`, expected a whole number of 64 bits at line 1 column 45
    {"tokenPolicy":{"operatorTokenMaxSeconds":"600"}} → 400 invalid_request: tokenPolicy.operatorTokenMaxSeconds: invalid type: string "600", expected a whole number of 64 bits at line 1 column 47
    {"tokenPolicy":{"operatorTokenMaxSeconds":9223372036854775808}} → 400 invalid_request: tokenPolicy.operatorTokenMaxSeconds: invalid value: number `9223372036854775808`, expected a whole number of 64 bits at line 1 column 61
    {"tokenPolicy":{"companyTokenLifetimeSeconds":0}} → 400 invalid_request: tokenPolicy.companyTokenLifetimeSeconds must be between 60 and 315360000, or null for the default
    {"tokenPolicy":{"companyTokenLifetimeSeconds":9223372036854775807}} → 400 invalid_request: tokenPolicy.companyTokenLifetimeSeconds must be between 60 and 315360000, or null for the default
    {"tokenPolicy":{"rotationPeriodDays":0}} → 400 invalid_request: tokenPolicy.rotationPeriodDays must be between 1 and 3650, or null for the default
    {"tokenPolicy":{"rotationPeriodDays":9223372036854775807}} → 400 invalid_request: tokenPolicy.rotationPeriodDays must be between 1 and 3650, or null for the default
    {"tokenPolicy":{"rotationGraceSeconds":-1}} → 400 invalid_request: tokenPolicy.rotationGraceSeconds must be between 0 and 31536000, or null for the default
    {"tokenPolicy":{"enforceRotation":1}} → 400 invalid_request: tokenPolicy.enforceRotation: invalid type: number `1`, expected a boolean at line 1 column 35
    {"tokenPolicy":[600]} → 400 invalid_request: tokenPolicy: invalid type: array, expected an object at line 1 column 15
    {"tokenPolicy":"none"} → 400 invalid_request: tokenPolicy: invalid type: string "none", expected an object at line 1 column 21
    ["Acme"] → 400 invalid_request: the body is invalid: invalid type: array, expected an object at line 1 column 0
    null → 400 invalid_request: the body is invalid: invalid type: null, expected an object at line 1 column 4
    "#);
    assert_eq!(acme.get("/api/company/organization").send().json(), before);
}

on_both!(a_company_token_ends_when_the_policy_says_so_and_takes_nothing_with_it);
fn a_company_token_ends_when_the_policy_says_so_and_takes_nothing_with_it(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    acme.patch("/api/company/organization")
        .json(&json!({"tokenPolicy": {"companyTokenLifetimeSeconds": 3_600}}))
        .send()
        .with_status(200);
    let short = acme.another_token();
    let derived = server
        .post("/api/operator/get-token")
        .bearer(&short)
        .json(&json!({"id": lan}))
        .send()
        .string();

    server.wait(3_599);
    server
        .get("/api/company/organization")
        .bearer(&short)
        .send()
        .with_status(200);
    server.wait(1);
    let expired = server
        .get("/api/company/organization")
        .bearer(&short)
        .send();
    assert_snapshot!(expired, @r#"
    401
    www-authenticate: Bearer realm="lanyard", error="invalid_token"
    {"error":"token_expired","error_description":"the token has expired; get a new one"}
    "#);
    assert_eq!(acme.judge(&derived), "valid");
    // The token that was issued before the policy has no end.
    acme.get("/api/company/organization")
        .send()
        .with_status(200);
}
