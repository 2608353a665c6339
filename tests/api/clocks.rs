//! Wall clocks that are wrong: they may make a token expire too early or too late, but they make no
//! revoked token valid, and delete nothing that is still needed.

use diesel::prelude::*;
use lanyard::base::Sequence;
use lanyard::db::schema;
use lanyard::db::{Conn, Result};
use lanyard::jobs::{LOCAL, Runner, SERVICE};
use serde_json::json;
use std::sync::Arc;

use crate::support::{Organization, Server, on_both};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Runs every job, as the scheduler does when they are due.
fn run_jobs(server: &Server) {
    Runner::service(Arc::clone(&server.app), SERVICE).step();
    Runner::local(Arc::clone(&server.app), LOCAL).step();
    server.follow();
}

/// The clock jumps, the jobs run twice, and it jumps back.
fn jump_and_back(server: &Server, seconds: i64) {
    server.clock.jump(seconds * 1_000_000);
    run_jobs(server);
    server.wait(8);
    run_jobs(server);
    server.clock.jump(-seconds * 1_000_000);
    run_jobs(server);
}

fn rows(server: &Server) -> [i64; 3] {
    let count = |conn: &mut Conn| -> Result<[i64; 3]> {
        Ok([
            schema::ledger::table.count().get_result(conn)?,
            schema::feed::table
                .filter(schema::feed::kind.ne("tick"))
                .count()
                .get_result(conn)?,
            schema::audit::table.count().get_result(conn)?,
        ])
    };
    server.app.db.read_blocking(count).unwrap()
}

fn short_token(server: &Server, acme: &Organization<'_>, operator: i64, seconds: i64) -> String {
    let end = server.app.clock.now().as_seconds() + seconds;
    let end = lanyard::base::Timestamp::from_seconds(end).to_string();
    let answer = acme
        .post("/api/operator/get-token")
        .json(&json!({"id": operator, "expiresAt": end}))
        .send();
    answer.with_status(200).string()
}

fn revoke(acme: &Organization<'_>, token: &str) {
    acme.post("/api/operator/revoke-token")
        .json(&json!({"token": token}))
        .send()
        .with_status(204);
}

/// Returns the verdict of another node on a token.
fn judged_by(server: &Server, acme: &Organization<'_>, token: &str) -> String {
    let answer = server
        .post("/api/operator/validate-token")
        .bearer(&acme.token)
        .json(&json!({"token": token}))
        .send();
    let answer = answer.with_status(200).json();
    answer["error"].as_str().unwrap_or("valid").to_owned()
}

on_both!(no_jump_of_a_clock_brings_a_revoked_token_back);
fn no_jump_of_a_clock_brings_a_revoked_token_back(server: &Server) {
    let mut acme = server.organization("acme");
    let (lan, minh) = (acme.operator("Lan"), acme.operator("Minh"));
    let next = acme.another_token();
    let company = std::mem::replace(&mut acme.token, next);
    let child = {
        let derived = acme.with_token(&company);
        derived.token_for(minh)
    };
    let (short, long, all) = (
        short_token(server, &acme, lan, 1_800),
        acme.token_for(lan),
        acme.token_for(minh),
    );
    revoke(&acme, &short);
    revoke(&acme, &long);
    acme.post("/api/company/revoke-token")
        .json(&json!({"token": company}))
        .send()
        .with_status(204);
    acme.post(&format!("/api/company/operators/{minh}/revoke-tokens"))
        .send()
        .with_status(204);
    let good = acme.token_for(lan);
    run_jobs(server);
    let before = rows(server);
    for jump in [
        HOUR,
        27 * HOUR,
        3 * DAY,
        402 * DAY,
        -HOUR,
        -49 * HOUR,
        -3 * DAY,
    ] {
        jump_and_back(server, jump);
        let started = server.another(&[]);
        for token in [&short, &long, &all, &child] {
            assert_eq!(acme.judge(token), "Token revoked", "after {jump} s");
            assert_eq!(
                judged_by(&started, &acme, token),
                "Token revoked",
                "{jump} s"
            );
        }
        for node in [server, &started] {
            let refused = node
                .get("/api/company/organization")
                .bearer(&company)
                .send();
            assert_eq!(refused.status, 403, "after {jump} s: {refused}");
        }
        assert_eq!(acme.judge(&good), "valid");
        let now = rows(server);
        assert!(
            now.iter().zip(before).all(|(now, before)| *now >= before),
            "after {jump} s a row is missing: {before:?}, then {now:?}"
        );
    }
}

on_both!(what_a_node_that_is_ahead_deletes_others_do_not_miss);
fn what_a_node_that_is_ahead_deletes_others_do_not_miss(server: &Server) {
    let acme = server.organization("acme");
    let token = acme.token_for(acme.operator("Lan"));
    revoke(&acme, &token);
    let before = rows(server);
    let ahead = server.another_ahead(3 * DAY);
    // It is on duty for two days, in which its clock is never right.
    for _ in 0..8 {
        ahead.wait(6 * 3_600);
        run_jobs(&ahead);
    }
    // Its entry may be deleted by now; then the token has expired, whatever the clock shows.
    assert_ne!(judged_by(&server.another(&[]), &acme, &token), "valid");
    assert_ne!(acme.judge(&token), "valid");
    assert!(
        rows(server)[0] >= before[0],
        "the ledger is kept for a week"
    );
}

on_both!(a_revoke_by_a_clock_that_is_behind_holds);
fn a_revoke_by_a_clock_that_is_behind_holds(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    let token = acme.token_for(lan);
    server.clock.jump(-49 * HOUR * 1_000_000);
    let own = acme.another_token();
    let answer = server
        .patch(&format!("/api/company/operators/{lan}"))
        .bearer(&own)
        .json(&json!({"status": "inactive"}))
        .send();
    answer.with_status(200);
    server.clock.jump(49 * HOUR * 1_000_000);
    run_jobs(server);
    assert_eq!(acme.judge(&token), "Token revoked");
    assert_eq!(
        judged_by(&server.another(&[]), &acme, &token),
        "Token revoked"
    );
    let rows = acme.get("/api/company/revocations").send().items();
    assert_eq!(
        rows[0]["until"], "2030-01-03T00:00:00Z",
        "two days after the latest instant that any clock wrote"
    );
}

on_both!(a_node_whose_clock_is_ahead_revokes_what_it_takes_for_expired);
fn a_node_whose_clock_is_ahead_revokes_what_it_takes_for_expired(server: &Server) {
    let acme = server.organization("acme");
    let token = short_token(server, &acme, acme.operator("Lan"), 20);
    let ahead = server.another_ahead(30);
    assert_eq!(judged_by(&ahead, &acme, &token), "Token expired");
    assert_eq!(acme.judge(&token), "valid");
    ahead
        .post("/api/operator/revoke-token")
        .bearer(&acme.token)
        .json(&json!({"token": token}))
        .send()
        .with_status(204);
    assert_eq!(acme.judge(&token), "Token revoked");
}

on_both!(what_a_clock_signed_that_was_ahead_does_not_count_until_then);
fn what_a_clock_signed_that_was_ahead_does_not_count_until_then(server: &Server) {
    let acme = server.organization("acme");
    let lan = acme.operator("Lan");
    server.clock.jump(30 * DAY * 1_000_000);
    let token = acme.token_for(lan);
    assert_eq!(acme.judge(&token), "valid");
    server.clock.jump(-30 * DAY * 1_000_000);
    assert_eq!(acme.judge(&token), "Invalid token");
    // Clocks may differ by two minutes.
    server.clock.jump(120_000_000);
    let near = acme.token_for(lan);
    server.clock.jump(-120_000_000);
    assert_eq!(acme.judge(&near), "valid");
    acme.post(&format!("/api/company/operators/{lan}/revoke-tokens"))
        .send()
        .with_status(204);
    for _ in 0..49 {
        server.run(3_600);
    }
    run_jobs(server);
    for ahead in [0, 28 * DAY, 30 * DAY] {
        server.clock.jump(ahead * 1_000_000);
        assert_ne!(acme.judge(&token), "valid", "{ahead} s ahead");
        server.clock.jump(-ahead * 1_000_000);
    }
}

on_both!(nobodys_clock_keeps_an_operator_token_valid_beyond_a_day_of_uptime);
fn nobodys_clock_keeps_an_operator_token_valid_beyond_a_day_of_uptime(server: &Server) {
    let acme = server.organization("acme");
    let token = acme.token_for(acme.operator("Lan"));
    assert_eq!(server.app.nodes.feed.index().floor(), Sequence(0));
    // The clock does not advance while the service runs.
    for _ in 0..27 {
        server.run(3_600);
        server.clock.jump(-HOUR * 1_000_000);
    }
    assert_eq!(acme.judge(&token), "Token expired");
    assert_eq!(acme.judge(&acme.token_for(acme.operator("Minh"))), "valid");
}
