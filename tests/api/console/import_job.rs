//! A long import is a job: it goes on in parts, and can be stopped.

use std::fmt::Write as _;

use lanyard::audit::Origin;
use lanyard::base::{ImportId, OrganizationId};
use lanyard::operator::import::{self as verb, State};

use super::import::{check, go_on, send, sums};
use super::*;
use crate::support::on_both;

on_both!(a_long_table_is_imported_by_a_job_that_can_be_stopped);
fn a_long_table_is_imported_by_a_job_that_can_be_stopped(server: &Server) {
    let acme = server.organization("acme");
    let browser = admin(server, &acme);
    let mut table = "externalId,name\n".to_owned();
    for number in 0..2_500 {
        writeln!(table, "o-{number},Name {number}").unwrap();
    }
    let page = check(server, &browser, table.as_bytes());
    assert_eq!(sums(&page)[0], "2500");
    let applied = send(server, &browser, &page, "apply", &[("do", "apply")], None);
    let job = applied.answer.header("location").unwrap().to_owned();
    let progress = |browser: &Browser| browser.open(server, &job).text_of("progress");
    assert!(
        progress(&browser).starts_with("0 of 2,500"),
        "{}",
        progress(&browser)
    );
    go_on(server);
    assert!(
        progress(&browser).starts_with("1,000 of 2,500"),
        "{}",
        progress(&browser)
    );
    let stopped = browser.submit(server, &job, "job", &[("do", "stop")]);
    browser.follow(server, &stopped);
    go_on(server);
    assert!(progress(&browser).starts_with("1,000 of 2,500"));
    // The same table again: what was imported is there, the rest is added.
    let page = check(server, &browser, table.as_bytes());
    let [create, _, _, unchanged, _] = sums(&page);
    assert_eq!([create.as_str(), unchanged.as_str()], ["1500", "1000"]);
    let applied = send(server, &browser, &page, "apply", &[("do", "apply")], None);
    // Another node goes on after the first step of this one.
    go_on(server);
    let other = server.another(&[]);
    for _ in 0..2 {
        go_on(&other);
    }
    let page = browser.follow(server, &applied.answer);
    assert!(page.text_of("progress").starts_with("2,500 of 2,500"));
    assert!(!page.has_form("job"));
}

/// Begins to import 1,500 lines, and applies the first 1,000.
pub(super) fn begun(server: &Server, browser: &Browser) -> ImportId {
    let mut table = "externalId,name\n".to_owned();
    for number in 0..1_500 {
        writeln!(table, "o-{number},Name {number}").unwrap();
    }
    let page = check(server, browser, table.as_bytes());
    let applied = send(server, browser, &page, "apply", &[("do", "apply")], None);
    go_on(server);
    let job = applied.answer.header("location").unwrap();
    job.rsplit('/').next().unwrap().parse().unwrap()
}

/// How far an import has come.
pub(super) fn state(server: &Server, acme: &Organization<'_>, id: ImportId) -> (State, i64) {
    let organization = OrganizationId(acme.id);
    let found = server
        .app
        .db
        .read_blocking(|conn| verb::find(conn, organization, id));
    let found = found.unwrap().unwrap();
    (found.state, found.done)
}

on_both!(an_import_stops_when_its_account_may_no_longer_import);
fn an_import_stops_when_its_account_may_no_longer_import(server: &Server) {
    for loss in ["role", "status", "rule", "organization"] {
        let acme = server.organization(loss);
        let olga = operator(&acme, "olga", "admin");
        let browser = if loss == "rule" {
            Browser::signed_in(server, loss, &acme.password)
        } else {
            Browser::signed_in(server, &format!("{loss}/olga"), PASSWORD)
        };
        let id = begun(server, &browser);
        assert_eq!(state(server, &acme, id), (State::Running, 1_000), "{loss}");
        let patch = |members: &serde_json::Value| {
            acme.patch(&format!("/api/company/operators/{olga}"))
                .json(members)
                .send()
                .with_status(200);
        };
        match loss {
            "role" => patch(&json!({"role": "auditor"})),
            "status" => patch(&json!({"status": "inactive"})),
            "rule" => {
                totp(&acme, olga);
                let fields = [
                    ("name", "Acme"),
                    ("console_sign_in", "operators"),
                    ("do", "save"),
                ];
                browser
                    .submit(
                        server,
                        "/console/organization",
                        "organization-form",
                        &fields,
                    )
                    .with_status(303);
            }
            _ => {
                let (db, now) = (&server.app.db, server.app.clock.now());
                let id = OrganizationId(acme.id);
                lanyard::organization::suspend(db, id, &Origin::command_line(), now).unwrap();
            }
        }
        go_on(server);
        assert_eq!(state(server, &acme, id), (State::Stopped, 1_000), "{loss}");
    }
}
