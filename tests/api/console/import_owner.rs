//! Whose an import is: only the account that has checked a table applies it, it stops with the session in
//! which it was begun, and what it takes away is gone on every node.

use std::fmt::Write as _;

use lanyard::audit::Origin;
use lanyard::base::OrganizationId;
use lanyard::operator::import::State;
use lanyard::password::Password;

use super::import::{PATH, check, go_on, multipart, send, sums};
use super::import_job::{begun, state};
use super::*;
use crate::support::on_both;

on_both!(an_import_stops_with_the_session_in_which_it_was_begun);
fn an_import_stops_with_the_session_in_which_it_was_begun(server: &Server) {
    for end in [
        "disowned",
        "revoked",
        "signed out",
        "another password",
        "own password",
    ] {
        let login = end.replace(' ', "-");
        let acme = server.organization(&login);
        let olga = operator(&acme, "olga", "admin");
        let browser = Browser::signed_in(server, &format!("{login}/olga"), PASSWORD);
        let sessions = browser.open(server, "/console/sessions");
        let session = sessions.html().split("<tr data-id=\"").nth(1).unwrap();
        let session = session.split('"').next().unwrap().to_owned();
        let id = begun(server, &browser);
        assert_eq!(state(server, &acme, id), (State::Running, 1_000), "{end}");
        match end {
            "disowned" => {
                let other = Browser::signed_in(server, &login, &acme.password);
                let fields = [("session", session.as_str()), ("do", "disown")];
                let done = other.submit(server, "/console/sessions", "others", &fields);
                done.with_status(303);
            }
            "revoked" => {
                let path = format!("/api/company/tokens/{session}/revoke");
                acme.post(&path).send().with_status(204);
            }
            "signed out" => {
                let page = browser.open(server, PATH);
                let csrf = page.form("import-form").hidden("csrf").to_owned();
                let fields = [("csrf", csrf.as_str()), ("do", "sign-out")];
                let left = browser.post(server, "/console/sign-out", &fields);
                left.with_status(303);
            }
            "another password" => {
                acme.patch(&format!("/api/company/operators/{olga}"))
                    .json(&json!({"password": "another one"}))
                    .send()
                    .with_status(200);
            }
            _ => {
                // Her own password, set in this very session, spares it.
                let fields = [
                    ("current", PASSWORD),
                    ("new", "another one"),
                    ("do", "save"),
                ];
                let path = "/console/account/password";
                let done = browser.submit(server, path, "password-form", &fields);
                done.with_status(303);
                go_on(server);
                assert_eq!(state(server, &acme, id), (State::Done, 1_500), "{end}");
                continue;
            }
        }
        go_on(server);
        assert_eq!(state(server, &acme, id), (State::Stopped, 1_000), "{end}");
    }
}

on_both!(an_import_of_the_organizations_own_account_stops_with_its_password);
fn an_import_of_the_organizations_own_account_stops_with_its_password(server: &Server) {
    let acme = server.organization("acme");
    let browser = Browser::signed_in(server, "acme", &acme.password);
    let id = begun(server, &browser);
    let (db, now) = (&server.app.db, server.app.clock.now());
    let organization = OrganizationId(acme.id);
    let password = Password::new("another one".into()).unwrap();
    lanyard::organization::set_password(
        db,
        organization,
        &password,
        4,
        &Origin::command_line(),
        now,
    )
    .unwrap();
    go_on(server);
    assert_eq!(state(server, &acme, id), (State::Stopped, 1_000));
}

on_both!(a_line_that_changed_nothing_is_reported_if_its_operator_was_changed_meanwhile);
fn a_line_that_changed_nothing_is_reported_if_its_operator_was_changed_meanwhile(server: &Server) {
    let acme = server.organization("acme");
    let [an, binh] = ["An", "Binh"].map(|name| acme.operator(name));
    let browser = admin(server, &acme);
    let table = format!("id,name\n{an},An\n{binh},Binh\n,New\n");
    let page = check(server, &browser, table.as_bytes());
    assert_eq!(sums(&page), ["1", "0", "0", "2", "0"]);
    let path = format!("/api/company/operators/{an}");
    let change = acme.patch(&path).json(&json!({"name": "Meanwhile"}));
    change.send().with_status(200);
    let applied = send(server, &browser, &page, "apply", &[("do", "apply")], None);
    let job = applied.answer.header("location").unwrap().to_owned();
    let results = browser.get(server, &format!("{job}/results.csv"));
    let results = results.with_status(200).text().to_owned();
    assert!(
        results.contains(&format!("2,refused,{an},operator_changed\r\n")),
        "{results}"
    );
    assert!(
        results.contains(&format!("3,unchanged,{binh},\r\n")),
        "{results}"
    );
    assert_eq!(acme.get(&path).send().json()["name"], "Meanwhile");
}

on_both!(what_was_checked_is_the_accounts_that_has_checked_it);
fn what_was_checked_is_the_accounts_that_has_checked_it(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    operator(&acme, "mia", "admin");
    let page = check(server, &browser, b"name,email\nCam,\nLan,nobody\n");
    let id = page.form("apply").hidden("import").to_owned();
    let faults = format!("{PATH}/{id}/faults.csv");
    browser.get(server, &faults).with_status(200);
    for login in ["acme/mia", "acme"] {
        let password = if login == "acme" {
            &acme.password
        } else {
            PASSWORD
        };
        let other = Browser::signed_in(server, login, password);
        other.get(server, &faults).with_status(404);
        let csrf = other
            .open(server, PATH)
            .form("import-form")
            .hidden("csrf")
            .to_owned();
        let fields = [
            ("csrf", csrf.as_str()),
            ("import", &id),
            ("skip_faults", "1"),
            ("do", "apply"),
        ];
        let (body, content_type) = multipart(&fields, None);
        let refused = other.post_body(server, PATH, &content_type, body);
        assert_eq!(refused.status, 409, "{login}");
    }
    // The same account, in another browser.
    let again = Browser::signed_in(server, "acme/olga", PASSWORD);
    again.get(server, &faults).with_status(200);
}

on_both!(what_a_job_deactivates_is_refused_on_every_node_and_counted);
fn what_a_job_deactivates_is_refused_on_every_node_and_counted(server: &Server) {
    let acme = server.organization("acme");
    let binh = acme.operator("Binh");
    let token = acme.token_for(binh);
    let other = server.another(&[]);
    let verdict = || {
        let call = other
            .post("/api/operator/validate-token")
            .bearer(&acme.token);
        let answer = call
            .json(&json!({"token": &token}))
            .send()
            .with_status(200)
            .json();
        answer["error"].as_str().unwrap_or("valid").to_owned()
    };
    other.follow();
    assert_eq!(verdict(), "valid");
    let browser = admin(server, &acme);
    let mut table = format!("id,externalId,name,status\n{binh},,Binh,inactive\n");
    for number in 0..1_000 {
        writeln!(table, ",o-{number},Name {number},active").unwrap();
    }
    let page = check(server, &browser, table.as_bytes());
    send(server, &browser, &page, "apply", &[("do", "apply")], None);
    let before = server.app.metrics.revocations.get();
    go_on(server);
    assert_eq!(verdict(), "Token revoked");
    assert_eq!(server.app.metrics.revocations.get() - before, 1);
}
