//! What has ended stays ended, the tokens that were issued in it can still be revoked, and the audit
//! log says what ended.

use lanyard::audit::Origin;
use lanyard::base::{OrganizationId, TokenId};
use lanyard::grant::manage::revoke_token_from_cli;
use lanyard::ledger;

use super::*;
use crate::support::on_both;

/// Signs olga in, issues a token for Lan in her session, and gives her another password, which ends
/// the session and not the token. Returns the token, and the id of the session.
fn issued_in_a_session_that_has_ended(
    server: &Server,
    acme: &Organization<'_>,
) -> (String, String) {
    let (lan, olga) = (acme.operator("Lan"), operator(acme, "olga", "admin"));
    let browser = Browser::signed_in(server, "acme/olga", PASSWORD);
    let row = browser.open(server, "/console/sessions");
    let row = row.html().split("<tr data-id=\"").nth(1).unwrap();
    let session = row.split('"').next().unwrap().to_owned();
    let path = format!("/console/operators/{lan}/issue");
    let fields = [("minutes", "60"), ("do", "issue")];
    let answer = browser.submit(server, &path, "issue", &fields);
    answer.with_status(200);
    let token = Page { answer }.text_of("secret");
    acme.patch(&format!("/api/company/operators/{olga}"))
        .json(&json!({"password": "another one"}))
        .send()
        .with_status(200);
    browser.get(server, "/console").with_status(303);
    assert_eq!(acme.judge(&token), "valid");
    (token, session)
}

on_both!(a_session_that_has_ended_can_still_be_disowned);
fn a_session_that_has_ended_can_still_be_disowned(server: &Server) {
    let acme = server.organization("acme");
    let (token, session) = issued_in_a_session_that_has_ended(server, &acme);
    let browser = Browser::signed_in(server, "acme", &acme.password);
    let record = format!("/console/tokens/{session}");
    let revoke = format!("/console/tokens/revoke?jti={session}");
    let page = browser.open(server, &record);
    assert_eq!(page.data("verdict", "data-status").unwrap(), "revoked");
    assert!(page.html().contains(&revoke));
    // A second time there is nothing left to do.
    for _ in 0..2 {
        acme.post(&format!("/api/company/tokens/{session}/revoke"))
            .send()
            .with_status(204);
        assert_eq!(acme.judge(&token), "Token revoked");
    }
    let disowned = acme.get("/api/company/audit?action=session.disowned");
    assert_eq!(disowned.send().items().len(), 1);
    assert!(!browser.open(server, &record).html().contains(&revoke));
}

on_both!(the_command_line_disowns_a_session_that_has_ended);
fn the_command_line_disowns_a_session_that_has_ended(server: &Server) {
    let acme = server.organization("acme");
    let (token, session) = issued_in_a_session_that_has_ended(server, &acme);
    let (db, now, organization) = (
        &server.app.db,
        server.app.clock.now(),
        OrganizationId(acme.id),
    );
    let id: TokenId = session.parse().unwrap();
    let record = db.read_blocking(|conn| ledger::find(conn, organization, id));
    let claims = record.unwrap().unwrap().line.claims;
    let disown = || revoke_token_from_cli(db, &claims, &Origin::command_line(), now).unwrap();
    assert!(disown().is_some());
    server.follow();
    assert_eq!(acme.judge(&token), "Token revoked");
    assert!(disown().is_none());
}

on_both!(a_session_does_not_come_back_with_what_its_operator_had);
fn a_session_does_not_come_back_with_what_its_operator_had(server: &Server) {
    let acme = server.organization("acme");
    let other = server.another(&[]);
    let is_out = |browser: &Browser| {
        other.follow();
        browser.copy().get(&other, "/console").with_status(303);
        browser.copy().get(server, "/console").with_status(303);
    };
    for (name, role) in [("mia", "sales"), ("minh", "auditor")] {
        let id = operator(&acme, name, "admin");
        let browser = Browser::signed_in(server, &format!("acme/{name}"), PASSWORD);
        browser.open(server, "/console");
        for role in [role, "admin"] {
            acme.patch(&format!("/api/company/operators/{id}"))
                .json(&json!({"role": role}))
                .send()
                .with_status(200);
            is_out(&browser);
        }
    }
    let olga = operator(&acme, "olga", "admin");
    let browser = Browser::signed_in(server, "acme/olga", PASSWORD);
    browser.open(server, "/console");
    totp(&acme, olga);
    is_out(&browser);
    acme.delete(&format!("/api/company/operators/{olga}/totp"))
        .send()
        .with_status(204);
    is_out(&browser);
    Browser::signed_in(server, "acme/olga", PASSWORD);
}

on_both!(a_session_that_a_sign_in_replaces_is_recorded_as_ended);
fn a_session_that_a_sign_in_replaces_is_recorded_as_ended(server: &Server) {
    let acme = server.organization("acme");
    let olga = operator(&acme, "olga", "admin");
    let browser = Browser::default();
    // A form that was open in another tab.
    let form = browser.open(server, "/console/sign-in").form("sign-in");
    let sign_in = |login: &str, password: &str| {
        let fields = [("login", login), ("password", password), ("do", "sign-in")];
        browser.send(server, &form, &fields).with_status(303);
    };
    let ended = || {
        let path = "/api/company/audit?action=session.ended";
        acme.get(path).send().items()
    };
    sign_in("acme/olga", PASSWORD);
    assert_eq!(ended().len(), 0);
    sign_in("acme", &acme.password);
    assert_eq!(ended()[0]["actor"], format!("operator:{olga}"));
    sign_in("acme/olga", PASSWORD);
    let events = ended();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["actor"], events[0]["target"], "the organization");
    // One that has ended by itself is not replaced.
    server.wait(31 * 60);
    sign_in("acme/olga", PASSWORD);
    assert_eq!(ended().len(), 2);
}

on_both!(a_session_that_has_ended_is_not_listed_as_valid);
fn a_session_that_has_ended_is_not_listed_as_valid(server: &Server) {
    let acme = server.organization("acme");
    let olga = operator(&acme, "olga", "admin");
    let sign_in = || Browser::signed_in(server, "acme/olga", PASSWORD);
    let (first, second, third) = (sign_in(), sign_in(), sign_in());
    let listed = || {
        let path = "/api/company/tokens?kind=console";
        acme.get(path).send().items().len()
    };
    assert_eq!(listed(), 3);
    let csrf = first.open(server, "/console/sessions");
    let csrf = csrf.form("others").hidden("csrf").to_owned();
    let fields = [("csrf", csrf.as_str()), ("do", "sign-out")];
    first
        .post(server, "/console/sign-out", &fields)
        .with_status(303);
    assert_eq!(listed(), 2);
    let fields = [("do", "end-others")];
    let answer = second.submit(server, "/console/sessions", "others", &fields);
    second.follow(server, &answer);
    assert_eq!(listed(), 1);
    third.get(server, "/console").with_status(303);
    acme.patch(&format!("/api/company/operators/{olga}"))
        .json(&json!({"role": "auditor"}))
        .send()
        .with_status(200);
    assert_eq!(listed(), 0);
    // What the ledger has of other kinds is listed as before.
    assert!(!acme.get("/api/company/tokens").send().items().is_empty());
}
