//! Signing keys and company tokens that replace each other, day by day.

use diesel::prelude::*;
use lanyard::base::{KeyId, OrganizationId, TokenId};
use lanyard::db::schema::audit;
use lanyard::db::{Conn, Result};
use lanyard::ledger::{self, Issued};
use lanyard::token::{Claims, TokenUse};
use serde_json::json;
use std::collections::BTreeSet;

use super::{DAYS, Year, after};
use crate::support::Server;

/// A key signs for 90 days; the next one is published a day before.
pub(super) fn rotate_signing_keys(server: &Server) {
    let mut year = Year::of(server, "rotate_signing_keys");
    let mut before = server.keys();
    let mut all: BTreeSet<String> = BTreeSet::new();
    for day in DAYS {
        year.pass();
        server.follow();
        let keys = server.keys();
        let active = |keys: &[(String, &str)]| {
            let mut active = keys.iter().filter(|(_, state)| *state == "active");
            let (kid, _) = active.next().unwrap();
            assert!(active.next().is_none(), "day {day}: {keys:?}");
            kid.clone()
        };
        let (was, is) = (active(&before), active(&keys));
        if was != is {
            assert!(
                before.contains(&(is, "pending")),
                "day {day}: it was not published"
            );
            assert!(
                keys.contains(&(was, "retiring")),
                "day {day}: tokens that it signed are still valid"
            );
        }
        assert!(keys.len() <= 3, "day {day}: {keys:?}");
        all.extend(keys.iter().map(|(kid, _)| kid.clone()));
        before = keys;
    }
    assert_eq!(all.len(), 1 + 4);
    // Each of four keys is made, replaces another one, and is later removed.
    assert_eq!(year.end(), 4 * 3);
}

/// A company token each week, due after 30 days, with an end a week later because it is not
/// rotated.
pub(super) fn attend_company_tokens(server: &Server) {
    let acme = server.organization("acme");
    acme.patch("/api/company/organization")
        .json(&json!({"tokenPolicy": {
            "rotationPeriodDays": 30, "rotationGraceSeconds": 7 * 86_400, "enforceRotation": true}}))
        .send()
        .with_status(200);
    let app = &server.app;
    let kid = KeyId::generate();
    // The token of the first day is issued already.
    let line = |week: i64| Issued {
        claims: Claims {
            jti: TokenId(i128::from(week).to_be_bytes()),
            organization: OrganizationId(acme.id),
            rev: app.nodes.feed.applied(),
            issued_at: after(7 * week),
            token_use: TokenUse::Company { expires_at: None },
        },
        kid: Some(kid),
        client: None,
        subject: None,
        address: None,
    };
    let lines: Vec<_> = (1..52).map(line).collect();
    app.db
        .write_blocking(|conn| ledger::insert(conn, &lines))
        .unwrap();
    let mut year = Year::of(server, "attend_company_tokens");
    for day in DAYS {
        year.pass();
        let recorded = app.db.read_blocking(|conn: &mut Conn| -> Result<i64> {
            let due = audit::table.filter(audit::action.eq("token.rotation_due"));
            Ok(due.count().get_result(conn)?)
        });
        let due = (day - 30).div_euclid(7) + 1;
        assert_eq!(recorded.unwrap(), due.max(0), "day {day}");
    }
    // 48 are due by the last day; the last of them has no end yet.
    assert_eq!(year.end(), 48 + 47);
    let left = acme.another_token();
    let answer = server
        .get("/api/company/tokens?kind=company")
        .bearer(&left)
        .send();
    assert_eq!(
        answer.items().len(),
        52 - 47 + 1,
        "including the token that was just issued"
    );
}
