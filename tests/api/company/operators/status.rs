//! Deactivating, activating and deleting an operator, and revoking its tokens.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Server, on_both};

on_both!(deleting_is_for_good_and_may_be_said_twice);
fn deleting_is_for_good_and_may_be_said_twice(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let token = acme.token_for(lan);
    let path = format!("/api/company/operators/{lan}");

    assert_snapshot!(acme.delete(&path).send(), @"
    204
    revocation-confirmed: 1
    revocation-ms: [ms]
    revocation-nodes: 1
    revocation-sequence: 2
    ");
    assert_eq!(acme.judge(&token), "Token revoked");
    assert_snapshot!(acme.get(&path).send(), @r#"
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
      "status": "deleted",
      "version": 1893456000000001,
      "createdAt": "2030-01-01T00:00:00Z",
    }
    "#);
    acme.delete(&path).send().with_status(204);

    let back = json!({"status": "active"});
    assert_snapshot!(acme.patch(&path).json(&back).send(), @r#"
    409
    {"error":"conflict","error_description":"the operator is deleted, which cannot be undone; add a new one"}
    "#);
    let ask = json!({"id": lan});
    assert_snapshot!(acme.post("/api/operator/get-token").json(&ask).send(), @r#"
    409
    {"error":"conflict","error_description":"the operator is deleted: no tokens are issued for it"}
    "#);
    // The audit event of the first call is still there.
    let events = acme
        .get("/api/company/audit?action=operator.deleted")
        .send();
    assert_eq!(events.items().len(), 1);
}

on_both!(a_body_with_a_deletion_does_not_matter);
fn a_body_with_a_deletion_does_not_matter(server: &Server) {
    let acme = server.organization("acme");
    let path = format!("/api/company/operators/{}", acme.operator("Lan"));
    acme.delete(&path)
        .body("text/plain", "bye")
        .send()
        .with_status(204);
}

on_both!(deactivating_revokes_and_activating_again_revives_nothing);
fn deactivating_revokes_and_activating_again_revives_nothing(server: &Server) {
    let acme = server.organization("acme");
    let (lan, minh) = (acme.operator("Lan"), acme.operator("Minh"));
    let (old, bystander) = (acme.token_for(lan), acme.token_for(minh));
    let path = format!("/api/company/operators/{lan}");
    let set = |status: &str| {
        let answer = acme.patch(&path).json(&json!({"status": status})).send();
        answer.with_status(200).json()["status"].clone()
    };

    assert_eq!(set("inactive"), "inactive");
    assert_eq!(acme.judge(&old), "Token revoked");
    assert_snapshot!(server.get("/api/operator").bearer(&old).send(), @r#"
    403
    {"error":"token_revoked","error_description":"the token was revoked; get a new one"}
    "#);
    let ask = json!({"id": lan});
    assert_snapshot!(acme.post("/api/operator/get-token").json(&ask).send(), @r#"
    409
    {"error":"conflict","error_description":"the operator is inactive: no tokens are issued for it"}
    "#);

    assert_eq!(set("active"), "active");
    assert_eq!(acme.judge(&old), "Token revoked");
    let new = acme.token_for(lan);
    assert_eq!(acme.judge(&new), "valid");
    assert_eq!(acme.judge(&bystander), "valid");
}

on_both!(every_token_of_an_operator_can_be_revoked_at_once);
fn every_token_of_an_operator_can_be_revoked_at_once(server: &Server) {
    let acme = server.organization("acme");
    let (lan, minh) = (acme.operator("Lan"), acme.operator("Minh"));
    let old = [acme.token_for(lan), acme.token_for(lan)];
    let bystander = acme.token_for(minh);

    let path = format!("/api/company/operators/{lan}/revoke-tokens");
    assert_snapshot!(acme.post(&path).send(), @"
    204
    revocation-confirmed: 1
    revocation-ms: [ms]
    revocation-nodes: 1
    revocation-sequence: 2
    ");
    for token in &old {
        assert_eq!(acme.judge(token), "Token revoked");
    }
    assert_eq!(acme.judge(&bystander), "valid");
    assert_eq!(
        acme.judge(&acme.token_for(lan)),
        "valid",
        "it is still active"
    );
    acme.post(&path).send().with_status(204);
}

on_both!(
    an_operator_that_is_no_longer_active_has_no_grants,
    "oauth.issuer=http://localhost:8080"
);
fn an_operator_that_is_no_longer_active_has_no_grants(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator_who_signs_in("lan", "open");
    let client = acme.client(&json!({
        "name": "CRM", "scopes": ["read"], "grants": ["password", "refresh_token"],
    }));
    // Its keys are published first.
    server.wait(420);
    let text = |member: &str| client[member].as_str().unwrap();
    let body = format!(
        "grant_type=password&username=lan&password=open&client_id={}&client_secret={}",
        text("id"),
        text("secret")
    );
    let sign_in = || {
        let call = server.post("/oauth/token");
        let answer = call
            .body("application/x-www-form-urlencoded", body.clone())
            .send();
        answer.with_status(200);
    };
    let grants = || acme.get("/api/company/grants").send().items().len();
    let path = format!("/api/company/operators/{lan}");
    let set = |status: &str| {
        let change = json!({"status": status});
        acme.patch(&path).json(&change).send().with_status(200);
    };
    sign_in();
    sign_in();
    assert_eq!(grants(), 2);
    set("inactive");
    assert_eq!(grants(), 0);
    set("active");
    assert_eq!(grants(), 0, "no old grant is valid again");
    sign_in();
    assert_eq!(grants(), 1);
    acme.delete(&path).send().with_status(204);
    assert_eq!(grants(), 0);
}
