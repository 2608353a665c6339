//! `POST /api/operator/get-token`: an operator token is issued for a company token and an
//! operator's id.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use insta::assert_snapshot;
use lanyard::audit::Origin;
use lanyard::base::{OperatorId, OrganizationId};
use lanyard::operator::{self, Request};
use lanyard::organization;
use serde_json::json;

use crate::support::{Server, on_both, table};

on_both!(the_token_is_a_bare_json_string_that_nobody_may_store);
fn the_token_is_a_bare_json_string_that_nobody_may_store(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let answer = acme
        .post("/api/operator/get-token")
        .json(&json!({"id": lan, "expiresAt": "2030-01-01T08:00:00Z"}))
        .send();
    assert_snapshot!(answer, @r#"
    200
    cache-control: no-store
    token-expires-at: 2030-01-01T08:00:00Z
    "[token]"
    "#);
    assert_eq!(acme.judge(&answer.string()), "valid");
}

on_both!(an_id_that_is_no_operators_is_unknown_and_one_that_is_no_id_is_refused);
fn an_id_that_is_no_operators_is_unknown_and_one_that_is_no_id_is_refused(server: &Server) {
    let acme = server.organization("acme");
    acme.operator("Lan");
    let answers = table(
        [
            r#"{"id":2}"#,
            r#"{"id":0}"#,
            r#"{"id":-1}"#,
            r#"{"id":9007199254740991}"#,
            r#"{"id":9007199254740992}"#,
            r#"{"id":9223372036854775807}"#,
            r#"{"id":-9223372036854775808}"#,
            r#"{"id":9223372036854775808}"#,
            r#"{"id":99999999999999999999999}"#,
            r#"{"id":1.0}"#,
            r#"{"id":1.5}"#,
            r#"{"id":1e0}"#,
            r#"{"id":"1"}"#,
            r#"{"id":null}"#,
            r#"{"id":[1]}"#,
            r#"{"id":true}"#,
            r#"{"id":01}"#,
            r#"{"id":1,"id":1}"#,
            r#"{}"#,
            r#"[1]"#,
            r#"1"#,
        ],
        |body| {
            acme.post("/api/operator/get-token")
                .body("application/json", *body)
                .send()
        },
    );
    assert_snapshot!(answers, @r#"
    {"id":2} → 404 not_found: there is no such resource
    {"id":0} → 404 not_found: there is no such resource
    {"id":-1} → 404 not_found: there is no such resource
    {"id":9007199254740991} → 404 not_found: there is no such resource
    {"id":9007199254740992} → 404 not_found: there is no such resource
    {"id":9223372036854775807} → 404 not_found: there is no such resource
    {"id":-9223372036854775808} → 404 not_found: there is no such resource
    {"id":9223372036854775808} → 400 invalid_request: id: invalid value: number `9223372036854775808`, expected a whole number of 64 bits at line 1 column 25
    {"id":99999999999999999999999} → 400 invalid_request: id: invalid type: number `1e+23`, expected a whole number of 64 bits at line 1 column 29
    {"id":1.0} → 400 invalid_request: id: invalid type: number `1.0`, expected a whole number of 64 bits at line 1 column 9
    {"id":1.5} → 400 invalid_request: id: invalid type: number `1.5`, expected a whole number of 64 bits at line 1 column 9
    {"id":1e0} → 400 invalid_request: id: invalid type: number `1.0`, expected a whole number of 64 bits at line 1 column 9
    {"id":"1"} → 400 invalid_request: id: invalid type: string "1", expected a whole number of 64 bits at line 1 column 9
    {"id":null} → 400 invalid_request: id: invalid type: null, expected a whole number of 64 bits at line 1 column 10
    {"id":[1]} → 400 invalid_request: id: invalid type: array, expected a whole number of 64 bits at line 1 column 6
    {"id":true} → 400 invalid_request: id: invalid type: boolean `true`, expected a whole number of 64 bits at line 1 column 10
    {"id":01} → 400 invalid_request: id: invalid number at line 1 column 8
    {"id":1,"id":1} → 400 invalid_request: the body is invalid: duplicate field `id` at line 1 column 12
    {} → 400 invalid_request: the body is invalid: missing member `id` at line 1 column 2
    [1] → 400 invalid_request: the body is invalid: invalid type: array, expected an object at line 1 column 0
    1 → 400 invalid_request: the body is invalid: invalid type: number `1`, expected an object at line 1 column 1
    "#);
}

on_both!(a_token_costs_no_more_than_its_line_in_the_ledger);
fn a_token_costs_no_more_than_its_line_in_the_ledger(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let first = acme.token_for(lan);
    let second = acme.token_for(lan);
    assert_ne!(first, second, "each token has an id of its own");
    let lines = acme.get("/api/company/tokens?kind=operator").send().items();
    assert_eq!(lines.len(), 2);
    let events = acme.get("/api/company/audit").send().items();
    assert_eq!(
        events.len(),
        3,
        "the ledger records issued tokens, not the audit log"
    );
}

on_both!(an_operator_token_gets_no_operator_token);
fn an_operator_token_gets_no_operator_token(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let answer = server
        .post("/api/operator/get-token")
        .bearer(&acme.token_for(lan))
        .json(&json!({"id": lan}))
        .send();
    assert_snapshot!(answer, @r#"
    403
    {"error":"forbidden","error_description":"this needs a company token; an operator token was presented"}
    "#);
}

on_both!(many_at_once_all_get_theirs, "ledger.batch=7");
fn many_at_once_all_get_theirs(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    acme.token_for(lan);
                }
            });
        }
    });
    let lines = acme
        .get("/api/company/tokens?kind=operator&limit=1000")
        .send();
    assert_eq!(lines.items().len(), 80);
}

on_both!(a_stop_writes_the_line_of_every_token_that_is_returned);
fn a_stop_writes_the_line_of_every_token_that_is_returned(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let issue = || {
        acme.post("/api/operator/get-token")
            .json(&json!({"id": lan}))
            .send()
    };
    let (begin, returned) = (Barrier::new(9), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                begin.wait();
                for _ in 0..20 {
                    let answer = issue();
                    if answer.status != 200 {
                        assert_eq!(answer.status, 503);
                        return;
                    }
                    returned.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        begin.wait();
        server.app.tokens.issuer.stop();
    });
    assert_eq!(issue().status, 503);
    let lines = acme
        .get("/api/company/tokens?kind=operator&limit=1000")
        .send();
    assert_eq!(lines.items().len(), returned.into_inner());
}

on_both!(what_was_revoked_while_a_token_was_made_for_it_takes_the_token_along);
fn what_was_revoked_while_a_token_was_made_for_it_takes_the_token_along(server: &Server) {
    let mut acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let app = &server.app;
    let judged = app.tokens.validator.authentic(&acme.token).unwrap();
    let request = Request {
        rev: app.nodes.feed.applied(),
        operator: OperatorId(lan),
        expires_at: None,
    };
    let organization = OrganizationId(acme.id);
    organization::revoke_all(
        &app.db,
        organization,
        &Origin::command_line(),
        app.clock.now(),
    )
    .unwrap();
    server.follow();
    // As for a caller whose company token was validated a moment before.
    let late = operator::issue(app, &judged, request, None);
    let token = actix_web::rt::System::new().block_on(late).unwrap();
    acme.token = acme.another_token();
    assert_eq!(acme.judge(&token.text), "Token revoked");
    assert_eq!(acme.judge(&acme.token_for(lan)), "valid");
}
