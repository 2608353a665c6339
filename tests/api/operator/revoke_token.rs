//! `POST /api/operator/revoke-token`: one operator token.

use insta::assert_snapshot;
use serde_json::json;

use crate::support::{Answer, Server, on_both, table};

fn revoke(server: &Server, bearer: &str, token: &str) -> Answer {
    server
        .post("/api/operator/revoke-token")
        .bearer(bearer)
        .json(&json!({"token": token}))
        .send()
}

on_both!(a_company_revokes_any_of_its_operators_tokens);
fn a_company_revokes_any_of_its_operators_tokens(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let (stolen, kept) = (acme.token_for(lan), acme.token_for(lan));
    let by_another_company_token = acme.another_token();
    assert_snapshot!(revoke(server, &by_another_company_token, &stolen), @"
    204
    revocation-confirmed: 1
    revocation-ms: [ms]
    revocation-nodes: 1
    revocation-sequence: 2
    ");
    assert_eq!(acme.judge(&stolen), "Token revoked");
    assert_eq!(acme.judge(&kept), "valid");
    assert_snapshot!(server.get("/api/operator").bearer(&stolen).send(), @r#"
    403
    {"error":"token_revoked","error_description":"the token was revoked; get a new one"}
    "#);
    revoke(server, &acme.token, &stolen).with_status(204);
    let events = acme.get("/api/company/audit?action=token.revoked").send();
    assert_eq!(events.items().len(), 1, "the second call changes nothing");
}

on_both!(an_operator_revokes_its_own_and_nobody_elses);
fn an_operator_revokes_its_own_and_nobody_elses(server: &Server) {
    let acme = server.organization("acme");
    let (lan, minh) = (acme.operator("Lan"), acme.operator("Minh"));
    let (phone, laptop, tablet) = (
        acme.token_for(lan),
        acme.token_for(lan),
        acme.token_for(lan),
    );
    let minhs = acme.token_for(minh);

    let unknown = revoke(server, &phone, "nonsense");
    assert_snapshot!(unknown, @r#"
    404
    {"error":"not_found","error_description":"there is no such resource"}
    "#);
    assert_eq!(revoke(server, &phone, &minhs).bytes(), unknown.bytes());
    assert_eq!(revoke(server, &phone, &acme.token).bytes(), unknown.bytes());
    assert_eq!(acme.judge(&minhs), "valid");

    revoke(server, &phone, &laptop).with_status(204);
    assert_eq!(acme.judge(&laptop), "Token revoked");
    for (body, own) in [(None, &phone), (Some("{}"), &tablet)] {
        assert_eq!(acme.judge(own), "valid");
        let call = server.post("/api/operator/revoke-token").bearer(own);
        let call = match body {
            None => call,
            Some(body) => call.body("application/json", body),
        };
        call.send().with_status(204);
        assert_eq!(acme.judge(own), "Token revoked");
    }
    // A revoked token revokes nothing, not even itself.
    assert_snapshot!(server.post("/api/operator/revoke-token").bearer(&phone).send(), @r#"
    403
    {"error":"token_revoked","error_description":"the token was revoked; get a new one"}
    "#);
}

on_both!(what_is_no_operator_token_of_the_organization_is_unknown);
fn what_is_no_operator_token_of_the_organization_is_unknown(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let theirs = other.token_for(other.operator("Lan"));
    let unknown = revoke(server, &acme.token, "nonsense");
    assert_eq!(unknown.status, 404);
    for token in [theirs.as_str(), &other.token, &acme.token, "", ".."] {
        assert_eq!(revoke(server, &acme.token, token).bytes(), unknown.bytes());
    }
    assert_eq!(other.judge(&theirs), "valid");
}

on_both!(a_company_must_say_which);
fn a_company_must_say_which(server: &Server) {
    let acme = server.organization("acme");
    let answers = table(
        [
            "",
            "{}",
            r#"{"token":null}"#,
            r#"{"token":5}"#,
            r#"{"token":[]}"#,
            "[]",
        ],
        |body| {
            acme.post("/api/operator/revoke-token")
                .body("application/json", *body)
                .send()
        },
    );
    assert_snapshot!(answers, @r#"
     → 400 invalid_request: token is missing: with a company token, name the operator token to revoke
    {} → 400 invalid_request: token is missing: with a company token, name the operator token to revoke
    {"token":null} → 400 invalid_request: token is missing: with a company token, name the operator token to revoke
    {"token":5} → 400 invalid_request: token: invalid type: number `5`, expected a string at line 1 column 10
    {"token":[]} → 400 invalid_request: token: invalid type: array, expected a string at line 1 column 9
    [] → 400 invalid_request: the body is invalid: invalid type: array, expected an object at line 1 column 0
    "#);
    acme.get("/api/company/organization")
        .send()
        .with_status(200);
}

on_both!(what_has_expired_stays_so);
fn what_has_expired_stays_so(server: &Server) {
    let acme = server.organization("acme");
    let token = acme.token_for(acme.operator("Lan"));
    server.run(2 * 86_400);
    assert_eq!(acme.judge(&token), "Token expired");
    revoke(server, &acme.token, &token).with_status(204);
    assert_eq!(acme.judge(&token), "Token expired");
    let rows = acme.get("/api/company/revocations").send().items();
    assert!(rows.is_empty(), "nothing had to be written");
}

on_both!(what_has_expired_by_a_clock_alone_is_revoked);
fn what_has_expired_by_a_clock_alone_is_revoked(server: &Server) {
    let acme = server.organization("acme");
    let token = acme.token_for(acme.operator("Lan"));
    server.clock.jump(86_400_000_000);
    assert_eq!(acme.judge(&token), "Token expired");
    revoke(server, &acme.token, &token).with_status(204);
    server.clock.jump(-86_400_000_000);
    assert_eq!(acme.judge(&token), "Token revoked");
}
