//! Rotation that is due: a header and one line of the audit log report it, and it is enforced if
//! the organization configures that.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use insta::assert_snapshot;
use lanyard::company::job;
use lanyard::db::schema::ledger;
use lanyard::db::{Conn, Error};
use serde_json::{Value, json};

use crate::support::{Organization, Server, on_both};

const DUE: &str = "token-rotation-due";
const DAY: u64 = 86_400;

/// Runs the job that is scheduled every few minutes.
fn attend(server: &Server) -> usize {
    let app = &server.app;
    let defaults = &app.settings.company_tokens;
    job::attend(&app.db, &app.nodes.feed, defaults, app.clock.now()).unwrap()
}

fn set(acme: &Organization<'_>, policy: &Value) {
    acme.patch("/api/company/organization")
        .json(&json!({"tokenPolicy": policy}))
        .send()
        .with_status(200);
}

fn counts(acme: &Organization<'_>) -> bool {
    let answer = acme.get("/api/company/revocations").send();
    assert!([200, 401].contains(&answer.status), "{answer}");
    answer.status == 200
}

/// Returns the lines of the audit log with this action, newest first, read with a new token.
fn audit_events(acme: &Organization<'_>, server: &Server, action: &str) -> Vec<Value> {
    server
        .get(&format!("/api/company/audit?action={action}"))
        .bearer(&acme.another_token())
        .send()
        .items()
}

on_both!(every_answer_to_a_token_that_is_due_says_so);
fn every_answer_to_a_token_that_is_due_says_so(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    set(&acme, &json!({"rotationPeriodDays": 2}));
    server.wait(2 * DAY - 1);
    // Issuing loads the policy into memory.
    let operator_token = acme.token_for(lan);
    let header = |path: &str| {
        let answer = acme.get(path).send();
        answer.header(DUE).map(str::to_owned)
    };
    assert_eq!(header("/api/company/organization"), None);
    server.wait(1);
    let due = Some("2030-01-03T00:00:00Z".to_owned());
    assert_eq!(header("/api/company/organization"), due);
    assert_eq!(header("/api/company/operators/99"), due, "refusals too");
    let verdict = acme
        .post("/api/operator/validate-token")
        .json(&json!({"token": operator_token}))
        .send();
    assert_eq!(verdict.header(DUE), due.as_deref());
    let own = server.get("/api/operator").bearer(&operator_token).send();
    assert_eq!(
        own.with_status(200).header(DUE),
        None,
        "operator tokens are not rotated"
    );

    let successor = acme.post("/api/company/rotate-token").send().string();
    let fresh = server
        .get("/api/company/organization")
        .bearer(&successor)
        .send();
    assert_eq!(fresh.header(DUE), None);
    assert_eq!(
        header("/api/company/organization"),
        due,
        "the old token is still due"
    );
    set(&acme, &json!({"rotationPeriodDays": 3}));
    acme.token_for(lan);
    assert_eq!(
        header("/api/company/organization"),
        None,
        "by the present policy"
    );
}

on_both!(a_policy_that_is_not_in_memory_keeps_nobody_waiting);
fn a_policy_that_is_not_in_memory_keeps_nobody_waiting(server: &Server) {
    let acme = server.organization("acme");
    server.wait(90 * DAY);
    // It is loaded in the background: a moment later it is there.
    let due = (0..10_000).find_map(|_| {
        let answer = acme.get("/api/company/revocations").send();
        answer.with_status(200).header(DUE).map(str::to_owned)
    });
    assert_eq!(due.as_deref(), Some("2030-04-01T00:00:00Z"));
}

on_both!(it_is_recorded_once);
fn it_is_recorded_once(server: &Server) {
    let acme = server.organization("acme");
    let bystander = server.organization("bystander");
    set(&bystander, &json!({"rotationPeriodDays": 91}));
    let rotated = acme.another_token();
    server.wait(90 * DAY - 1);
    assert_eq!(attend(server), 0);
    let rotate = server.post("/api/company/rotate-token").bearer(&rotated);
    rotate.send().with_status(200);
    let revoked = acme.another_token();
    server
        .post("/api/company/revoke-token")
        .bearer(&revoked)
        .send()
        .with_status(204);
    server.wait(1);
    let record = acme.get("/api/company/organization").send().json();
    assert_eq!(record["rotation"]["dueTokens"], 1);
    assert_eq!(attend(server), 1);
    assert_eq!(attend(&server.another(&[])), 0);
    assert_eq!(attend(server), 0);
    let lines = audit_events(&acme, server, "token.rotation_due");
    assert_eq!(lines.len(), 1);
    let line = &lines[0];
    assert_eq!(line["actor"], "system");
    assert_eq!(line["at"], "2030-04-01T00:00:00Z");
    assert_eq!(line["detail"], "due since 2030-04-01T00:00:00Z");
    let target = line["target"].as_str().unwrap();
    assert!(target.starts_with("company-token:"), "{target}");
    assert!(
        counts(&acme),
        "without enforcement a token that is due stays valid"
    );
}

on_both!(an_enforced_token_ends_to_the_second_and_what_derives_from_it_stays);
fn an_enforced_token_ends_to_the_second_and_what_derives_from_it_stays(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let other = server.another(&[]);
    let terms =
        json!({"rotationPeriodDays": 1, "rotationGraceSeconds": 7_200, "enforceRotation": true});
    set(&acme, &terms);
    server.wait(DAY);
    assert_eq!(attend(server), 1);
    let lines = audit_events(&acme, server, "token.rotation_due");
    assert_eq!(
        lines[0]["detail"],
        "due since 2030-01-02T00:00:00Z, ends at 2030-01-02T02:00:00Z unless it is rotated"
    );
    assert_eq!(
        audit_events(&acme, server, "company_token.rotation_enforced").len(),
        0
    );
    server.wait(3_600);
    let derived = acme.token_for(lan);
    let done: usize = std::thread::scope(|scope| {
        let both = [server, &other].map(|node| scope.spawn(|| attend(node)));
        both.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert!(done >= 1);
    let ended = audit_events(&acme, server, "company_token.rotation_enforced");
    assert_eq!(ended.len(), 1, "two concurrent runs write one event");
    other.follow();
    server.wait(3_599);
    let status = |node: &Server| {
        let answer = node
            .get("/api/company/revocations")
            .bearer(&acme.token)
            .send();
        answer.status
    };
    assert_eq!((status(server), status(&other)), (200, 200));
    server.wait(1);
    assert_eq!((status(server), status(&other)), (401, 401));
    assert_snapshot!(acme.get("/api/company/organization").send(), @r#"
    401
    www-authenticate: Bearer realm="lanyard", error="invalid_token"
    {"error":"token_expired","error_description":"the token has expired; get a new one"}
    "#);
    let back = acme.log_in();
    assert_eq!(back.judge(&derived), "valid");
    assert!(counts(&back), "a token that was issued later is not due");
}

on_both!(an_end_of_ones_own_does_not_put_off_an_enforced_one);
fn an_end_of_ones_own_does_not_put_off_an_enforced_one(server: &Server) {
    let acme = server.organization("acme");
    let terms =
        json!({"rotationPeriodDays": 1, "rotationGraceSeconds": 7_200, "enforceRotation": true});
    set(&acme, &terms);
    let lines = acme.get("/api/company/tokens").send().items();
    let jti = lines[0]["jti"].as_str().unwrap();
    let path = format!("/api/company/tokens/{jti}");
    let end = |at: &str| {
        let answer = acme.patch(&path).json(&json!({"endsAt": at})).send();
        answer.with_status(200).json()["endsAt"].clone()
    };
    assert_eq!(end("2031-01-01T00:00:00Z"), "2031-01-01T00:00:00Z");
    server.wait(DAY);
    let record = acme.get("/api/company/organization").send().json();
    assert_eq!(record["rotation"]["dueTokens"], 1);
    server.wait(3_600);
    assert_eq!(attend(server), 1);
    assert_eq!(attend(server), 0);
    let line = acme.get(&path).send().json();
    assert_eq!(line["endsAt"], "2030-01-02T02:00:00Z");
    server.wait(3_599);
    assert!(counts(&acme));
    server.wait(1);
    assert!(!counts(&acme));
    let events = audit_events(&acme, server, "company_token.rotation_enforced");
    assert_eq!(events.len(), 1);
}

on_both!(a_change_of_terms_breaks_nobody_at_once);
fn a_change_of_terms_breaks_nobody_at_once(server: &Server) {
    let acme = server.organization("acme");
    server.wait(400 * DAY);
    attend(server);
    set(
        &acme,
        &json!({"enforceRotation": true, "rotationGraceSeconds": 36_000}),
    );
    assert_eq!(attend(server), 0, "its end is still far");
    server.wait(36_000 - 3_601);
    assert_eq!(attend(server), 0);
    assert!(counts(&acme));
    set(&acme, &json!({"rotationGraceSeconds": 18_000}));
    server.wait(3_601);
    assert_eq!(attend(server), 0, "new terms start a new grace");
    server.wait(18_000 - 3_602);
    assert_eq!(attend(server), 1);
    server.wait(0);
    assert!(counts(&acme));
    server.wait(1);
    assert!(!counts(&acme));
}

on_both!(who_stops_enforcing_in_time_ends_nothing);
fn who_stops_enforcing_in_time_ends_nothing(server: &Server) {
    let acme = server.organization("acme");
    let terms =
        json!({"rotationPeriodDays": 1, "rotationGraceSeconds": 7_200, "enforceRotation": true});
    set(&acme, &terms);
    server.wait(DAY + 3_599);
    attend(server);
    set(&acme, &json!({"enforceRotation": null}));
    server.wait(DAY);
    assert_eq!(attend(server), 0);
    assert!(counts(&acme));
}

on_both!(a_late_run_makes_up_for_those_that_did_not_happen);
fn a_late_run_makes_up_for_those_that_did_not_happen(server: &Server) {
    let acme = server.organization("acme");
    let terms =
        json!({"rotationPeriodDays": 1, "rotationGraceSeconds": 60, "enforceRotation": true});
    set(&acme, &terms);
    let others: Vec<_> = (0..5).map(|_| acme.another_token()).collect();
    server.wait(30 * DAY);
    assert!(counts(&acme));
    assert_eq!(attend(server), 1 + others.len());
    assert!(!counts(&acme), "it ended 28 days ago");
}

on_both!(a_token_without_an_operator_that_is_no_company_token_is_left_alone);
fn a_token_without_an_operator_that_is_no_company_token_is_left_alone(server: &Server) {
    let acme = server.organization("acme");
    set(
        &acme,
        &json!({"rotationPeriodDays": 1, "rotationGraceSeconds": 0, "enforceRotation": true}),
    );
    // Stands for a kind of token that belongs to no operator.
    let insert = |conn: &mut Conn| {
        let sql = format!(
            "INSERT INTO ledger (organization_id, jti, kind, kid, rev, issued_at)
             SELECT organization_id, {}, 'operator', kid, rev, issued_at FROM ledger WHERE kind = 'company'",
            match conn {
                Conn::Postgres(_) => "'\\x00000000000000000000000000000001'::bytea",
                Conn::Sqlite(_) => "x'00000000000000000000000000000001'",
            }
        );
        lanyard::on_backend!(conn, c => c.batch_execute(&sql)).map_err(Error::from)
    };
    server.app.db.write_blocking(insert).unwrap();
    server.wait(3 * DAY);
    assert_eq!(attend(server), 1, "the company token's end");
    let ended = server.app.db.read_blocking(|conn: &mut Conn| {
        let ended = ledger::table.filter(ledger::ends_at.is_not_null());
        Ok::<Vec<String>, Error>(ended.select(ledger::kind).load(conn)?)
    });
    assert_eq!(ended.unwrap(), ["company"]);
}
