//! `capScopesByRole` of the organization.

use serde_json::json;

use crate::support::{Server, on_both};

const ORGANIZATION: &str = "/api/company/organization";

on_both!(an_organization_can_limit_operators_to_their_role);
fn an_organization_can_limit_operators_to_their_role(server: &Server) {
    let acme = server.organization("acme");
    let read = || acme.get(ORGANIZATION).send().json()["capScopesByRole"].clone();
    assert_eq!(read(), false);
    for _ in 0..2 {
        let set = json!({"capScopesByRole": true});
        let answer = acme.patch(ORGANIZATION).json(&set).send();
        assert!(answer.header("revocation-sequence").is_some());
        assert_eq!(answer.with_status(200).json()["capScopesByRole"], true);
    }
    assert_eq!(read(), true);
    let answer = acme.patch(ORGANIZATION).json(&json!({"name": "A"})).send();
    assert!(answer.header("revocation-sequence").is_none());
    assert_eq!(read(), true);
    for (sent, read_back) in [
        (json!(false), false),
        (json!(true), true),
        (json!(null), false),
    ] {
        let set = json!({"capScopesByRole": sent});
        acme.patch(ORGANIZATION).json(&set).send().with_status(200);
        assert_eq!(read(), read_back);
    }
    let wrong = json!({"capScopesByRole": "yes"});
    acme.patch(ORGANIZATION)
        .json(&wrong)
        .send()
        .with_status(400);
}
