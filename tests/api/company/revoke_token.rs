//! `POST /api/company/revoke-token`: a company token and all tokens derived from it.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Server, on_both, table};

on_both!(the_token_presented_is_revoked_with_all_derived_from_it);
fn the_token_presented_is_revoked_with_all_derived_from_it(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let derived = acme.token_for(lan);
    let other = acme.another_token();
    let others_child = server
        .post("/api/operator/get-token")
        .bearer(&other)
        .json(&json!({"id": lan}))
        .send()
        .string();

    assert_snapshot!(acme.post("/api/company/revoke-token").send(), @"
    204
    revocation-confirmed: 1
    revocation-ms: [ms]
    revocation-nodes: 1
    revocation-sequence: 2
    ");

    assert_snapshot!(acme.get("/api/company/organization").send(), @r#"
    403
    {"error":"token_revoked","error_description":"the token was revoked; get a new one"}
    "#);
    let judge = |token: &str| {
        let answer = server
            .post("/api/operator/validate-token")
            .bearer(&other)
            .json(&json!({"token": token}))
            .send();
        answer.with_status(200).json()["error"].clone()
    };
    assert_eq!(judge(&derived), "Token revoked");
    assert_eq!(judge(&others_child), json!(null));
    server
        .get("/api/operator")
        .bearer(&derived)
        .send()
        .with_status(403);
    server
        .get("/api/operator")
        .bearer(&others_child)
        .send()
        .with_status(200);
}

on_both!(a_token_can_be_named);
fn a_token_can_be_named(server: &Server) {
    let acme = server.organization("acme");
    let stolen = acme.another_token();
    let revoke = || {
        acme.post("/api/company/revoke-token")
            .json(&json!({"token": stolen}))
            .send()
    };
    assert_snapshot!(revoke(), @"
    204
    revocation-confirmed: 1
    revocation-ms: [ms]
    revocation-nodes: 1
    revocation-sequence: 2
    ");
    server
        .get("/api/company/organization")
        .bearer(&stolen)
        .send()
        .with_status(403);
    acme.get("/api/company/organization")
        .send()
        .with_status(200);
    assert_snapshot!(revoke(), @"
    204
    revocation-confirmed: 1
    revocation-ms: [ms]
    revocation-nodes: 1
    revocation-sequence: 2
    ");
    let events = acme
        .get("/api/company/audit?action=company_token.revoked")
        .send();
    assert_eq!(events.items().len(), 1, "the second call changes nothing");
}

on_both!(null_and_an_empty_object_mean_the_token_presented);
fn null_and_an_empty_object_mean_the_token_presented(server: &Server) {
    let acme = server.organization("acme");
    for body in ["{}", r#"{"token":null}"#, r#"{"unknown":1}"#] {
        let token = acme.another_token();
        server
            .post("/api/company/revoke-token")
            .bearer(&token)
            .body("application/json", body)
            .send()
            .with_status(204);
        server
            .get("/api/company/organization")
            .bearer(&token)
            .send()
            .with_status(403);
    }
    acme.get("/api/company/organization")
        .send()
        .with_status(200);
}

on_both!(what_is_no_company_token_of_ones_own_is_unknown);
fn what_is_no_company_token_of_ones_own_is_unknown(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let operator_token = acme.token_for(acme.operator("Lan"));
    let revoke = |token: &str| {
        acme.post("/api/company/revoke-token")
            .json(&json!({"token": token}))
            .send()
    };
    let unknown = revoke("nonsense");
    assert_snapshot!(unknown, @r#"
    404
    {"error":"not_found","error_description":"there is no such resource"}
    "#);
    for token in [other.token.as_str(), &operator_token, "", "a.b.c"] {
        assert_eq!(revoke(token).bytes(), unknown.bytes());
    }
    other
        .get("/api/company/organization")
        .send()
        .with_status(200);
    assert_eq!(acme.judge(&operator_token), "valid");
    let answers = table(
        [r#"{"token":7}"#, r#"{"token":["x"]}"#, r#"["x"]"#],
        |body| {
            acme.post("/api/company/revoke-token")
                .body("application/json", *body)
                .send()
        },
    );
    assert_snapshot!(answers, @r#"
    {"token":7} → 400 invalid_request: token: invalid type: number `7`, expected a string at line 1 column 10
    {"token":["x"]} → 400 invalid_request: token: invalid type: array, expected a string at line 1 column 9
    ["x"] → 400 invalid_request: the body is invalid: invalid type: array, expected an object at line 1 column 0
    "#);
}

on_both!(an_expired_one_can_be_revoked_for_the_sake_of_its_children);
fn an_expired_one_can_be_revoked_for_the_sake_of_its_children(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    acme.patch("/api/company/organization")
        .json(&json!({"tokenPolicy": {"companyTokenLifetimeSeconds": 60}}))
        .send()
        .with_status(200);
    let short = acme.another_token();
    let child = server
        .post("/api/operator/get-token")
        .bearer(&short)
        .json(&json!({"id": lan}))
        .send()
        .string();
    server.wait(61);
    assert_eq!(acme.judge(&child), "valid");
    acme.post("/api/company/revoke-token")
        .json(&json!({"token": short}))
        .send()
        .with_status(204);
    assert_eq!(acme.judge(&child), "Token revoked");
    // A token that is both revoked and expired is reported as revoked.
    server
        .get("/api/company/organization")
        .bearer(&short)
        .send()
        .with_status(403);
}
