//! `GET /api/operator`: the operator's own profile.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Server, on_both};

on_both!(an_operator_reads_its_own_profile);
fn an_operator_reads_its_own_profile(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    acme.operator("Minh");
    let token = acme.token_for(lan);
    let answer = server.get("/api/operator").bearer(&token).send();
    assert_snapshot!(answer, @r#"
    200
    {
      "id": 1,
      "organizationId": 1,
      "name": "Lan",
      "externalId": null,
      "email": null,
      "role": null,
      "username": null,
      "tier": null,
      "avatar": null,
      "secondFactor": false,
      "status": "active",
      "version": 1893456000000000,
      "createdAt": "2030-01-01T00:00:00Z",
    }
    "#);
    acme.patch(&format!("/api/company/operators/{lan}"))
        .json(&json!({"name": "Lan Anh"}))
        .send()
        .with_status(200);
    let changed = server.get("/api/operator").bearer(&token).send();
    assert_eq!(changed.json()["name"], "Lan Anh");
}

on_both!(a_company_token_is_no_operators);
fn a_company_token_is_no_operators(server: &Server) {
    let acme = server.organization("acme");
    assert_snapshot!(acme.get("/api/operator").send(), @r#"
    403
    {"error":"forbidden","error_description":"this needs an operator token; a company token was presented"}
    "#);
}
