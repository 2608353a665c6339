//! A year of every job, on two nodes.

use diesel::prelude::*;
use lanyard::audit::Origin;
use lanyard::base::OrganizationId;
use lanyard::db::schema::{audit, feed, ledger};
use lanyard::db::{Conn, Result};
use lanyard::jobs::{LOCAL, Runner, SERVICE};
use lanyard::organization;
use serde_json::json;
use std::sync::Arc;

use super::super::service;
use super::{DAY, counted, runs};
use crate::support::{Server, on_both};

/// Returns the number of rows of the ledger, the feed and the audit log.
fn rows(server: &Server) -> [i64; 3] {
    let count = |conn: &mut Conn| -> Result<[i64; 3]> {
        Ok([
            ledger::table.count().get_result(conn)?,
            feed::table.count().get_result(conn)?,
            audit::table.count().get_result(conn)?,
        ])
    };
    server.app.db.read_blocking(count).unwrap()
}

on_both!(
    a_year_on_two_nodes_leaves_bounded_tables,
    "audit.retention=30d"
);
fn a_year_on_two_nodes_leaves_bounded_tables(one: &Server) {
    let two = &one.another(&["audit.retention=30d"]);
    let mut acme = one.organization("acme");
    let lan = acme.operator("Lan");
    let (mut first, mut second) = (service(one, SERVICE), service(two, SERVICE));
    // The jobs that each node runs for itself.
    let mut own = Runner::local(Arc::clone(&one.app), LOCAL);
    let mut most = [0; 3];
    let mut most_held = 0;
    for day in 0..365 {
        let token = acme.token_for(lan);
        acme.post("/api/operator/revoke-token")
            .json(&json!({"token": token}))
            .send()
            .with_status(204);
        if day % 30 == 29 {
            let (app, now) = (&one.app, one.app.clock.now());
            organization::revoke_all(
                &app.db,
                OrganizationId(acme.id),
                &Origin::command_line(),
                now,
            )
            .unwrap();
            one.follow();
            acme.token = acme.another_token();
        }
        // On the 200th day the first node stops.
        if day < 200 {
            first.step();
        }
        second.step();
        own.step();
        most_held = most_held.max(one.app.nodes.feed.index().len());
        if day >= 40 {
            let now = rows(one);
            most = std::array::from_fn(|table| now[table].max(most[table]));
        }
        one.wait(DAY);
    }
    for job in LOCAL {
        assert_eq!(runs(one, job.name), 365, "{}", job.name);
        assert_eq!(counted(one, "failures", job.name), 0);
    }
    // The index contains each revocation for the day that its token could have been valid, and
    // until the tick that says so; of the organization it contains the newest entry.
    assert!(most_held <= 3 + 2, "{most_held}");
    for job in SERVICE {
        assert_eq!(runs(one, job.name), 200, "{}", job.name);
        assert_eq!(runs(two, job.name), 165, "{}", job.name);
        assert_eq!(counted(one, "failures", job.name), 0);
        assert_eq!(counted(two, "failures", job.name), 0);
    }
    // A line for each operator token of the last ten days, and for each of 13 company tokens, which
    // have no end.
    assert!(most[0] <= 11 + 13, "{most:?}");
    // Entries and ticks of three days, the newest entry of the organization beside the one that it
    // replaces, and a step of the signing keys.
    assert!(most[1] <= 3 * 2 + 2 + 1, "{most:?}");
    // A month of revocations, with a login and a revocation of everything in it, and the lines of a
    // rotation of the signing key.
    assert!(most[2] <= 32 + 4 + 4, "{most:?}");
    // It resumes, and finds that another node is on duty.
    first.step();
    assert_eq!(runs(one, "purge_feed"), 200);
    second.leave();
    first.step();
    assert_eq!(runs(one, "purge_feed"), 201);
}
