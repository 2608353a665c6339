//! The rows that are written on every day of a year, and those that purges keep.

use diesel::prelude::*;
use lanyard::audit::{self, Action, Actor, Event};
use lanyard::base::{KeyId, OperatorId, OrganizationId, Sequence, TokenId};
use lanyard::db::schema::{
    audit as lines, deliveries, feed as entries, ledger as issued, replay as values, ticks,
};
use lanyard::db::{Conn, Result};
use lanyard::feed::{self, Fact, Needed, Target};
use lanyard::ledger::{self, Issued};
use lanyard::outbox;
use lanyard::replay::{Once, Purpose, Scope, Value};
use lanyard::token::{Claims, Life, TokenUse};
use serde_json::json;
use std::time::Duration;

use super::{DAYS, Year, after};
use crate::support::Server;

const ORGANIZATION: OrganizationId = OrganizationId(1);

fn write<T>(server: &Server, body: impl FnOnce(&mut Conn) -> Result<T>) -> T {
    server.app.db.write_blocking(body).unwrap()
}

fn count(server: &Server, body: impl FnOnce(&mut Conn) -> QueryResult<i64>) -> i64 {
    let counted = server
        .app
        .db
        .read_blocking(|conn| Ok::<_, lanyard::db::Error>(body(conn)?));
    counted.unwrap()
}

/// Returns the token of a day: an operator token with a life of that day.
fn token(day: i64) -> Claims {
    Claims {
        jti: TokenId(i128::from(day).to_be_bytes()),
        organization: ORGANIZATION,
        rev: Sequence(0),
        issued_at: after(day),
        token_use: TokenUse::Operator {
            operator: OperatorId(1),
            parent: TokenId([9; 16]),
            expires_at: after(day + 1),
        },
    }
}

/// The retention ends a week after the token's day.
pub(super) fn purge_ledger(server: &Server) {
    let kid = KeyId::generate();
    let line = |day| Issued {
        claims: token(day),
        kid: Some(kid),
        client: None,
        subject: None,
        address: None,
    };
    let all: Vec<_> = DAYS.map(line).collect();
    write(server, |conn| ledger::insert(conn, &all));
    let mut year = Year::of(server, "purge_ledger");
    for day in DAYS {
        year.pass();
        let left = count(server, |conn| issued::table.count().get_result(conn));
        assert_eq!(left, 365 - (day - 10).max(0), "day {day}");
    }
    assert_eq!(year.end(), 365 - 10);
}

/// The retention is 30 days.
pub(super) fn purge_audit(server: &Server) {
    let mut year = Year::of(server, "purge_audit");
    for day in DAYS {
        let event = Event::new(Action::LoginFailed, Actor::Anonymous, after(day));
        write(server, |conn| audit::record(conn, &event));
        year.pass();
        let left = count(server, |conn| {
            let own = lines::table.filter(lines::action.eq(Action::LoginFailed.as_str()));
            own.count().get_result(conn)
        });
        assert_eq!(left, day.min(30), "day {day}");
    }
    // Two more lines are about the first signing key, from the first day.
    assert_eq!(year.end(), 365 - 30 + 2);
}

/// A tick each day.
pub(super) fn count_uptime(server: &Server) {
    let mut year = Year::of(server, "count_uptime");
    for day in DAYS {
        year.pass();
        let written = count(server, |conn| ticks::table.count().get_result(conn));
        assert_eq!(written, day + 1, "with the first");
    }
    server.follow();
    let last = *server.app.nodes.feed.index().ticks().last().unwrap();
    assert_eq!(last.uptime, Duration::from_hours(365 * 24));
    assert_eq!(last.at, after(365));
    assert_eq!(year.end(), 365);
}

/// A revoked token each day: its entry exists on that day and on the next.
pub(super) fn purge_feed(server: &Server) {
    let mut year = Year::of(server, "purge_feed");
    let rows = || count(server, |conn| entries::table.count().get_result(conn));
    let before = rows();
    for day in DAYS {
        write(server, |conn| {
            let needed = Needed {
                life: Life::Days(1),
                ends: Some((after(day + 1), Duration::ZERO)),
            };
            feed::append(
                conn,
                ORGANIZATION,
                Fact::Revoked(Target::Token(token(day).jti)),
                after(day),
                needed,
            )
        });
        year.pass();
        let left = count(server, |conn| {
            let own = entries::table.filter(entries::organization_id.eq(ORGANIZATION));
            own.count().get_result(conn)
        });
        assert_eq!(left, day.min(2), "day {day}");
        assert!(rows() <= 7, "day {day}: {}", rows());
    }
    // Each day a revocation and a tick were written.
    let gone = before + 2 * 365 - rows();
    assert_eq!(i64::try_from(year.end()).unwrap(), gone);
}

/// A value each day: its row exists on that day and on the next.
pub(super) fn purge_replay(server: &Server) {
    let mut year = Year::of(server, "purge_replay");
    let scope = Scope {
        organization: ORGANIZATION,
        purpose: Purpose::DpopProof,
    };
    let system = actix_web::rt::System::new();
    for day in DAYS {
        let until = server.app.clock.now().plus(Duration::from_mins(5));
        let value = Value::of(&[&day.to_be_bytes()]);
        let used = server.app.tokens.replay.once(scope, value, until);
        assert_eq!(system.block_on(used).unwrap(), Once::First);
        year.pass();
        let left = count(server, |conn| values::table.count().get_result(conn));
        assert_eq!(left, day.min(2), "day {day}");
    }
    assert_eq!(year.end(), 365 - 2);
}

/// Messages are kept for a week once they are settled; one of them never is.
pub(super) fn purge_webhooks(server: &Server) {
    let acme = server.organization("acme");
    acme.post("/api/company/webhooks")
        .json(&json!({"url": "http://127.0.0.1:9/", "events": ["token.revoked"]}))
        .send()
        .with_status(201);
    write(server, |conn| {
        for day in DAYS {
            let event = outbox::Event::TokenRevoked {
                kind: "organization",
                jti: None,
                operator_id: None,
                kid: None,
                seq: Sequence(day),
                at: after(day),
                until: None,
            };
            outbox::emit(conn, OrganizationId(acme.id), &event, after(day))?;
        }
        let settled = deliveries::table.filter(deliveries::created_at.ne(after(5)));
        diesel::update(settled)
            .set((
                deliveries::status.eq(outbox::DeliveryStatus::Delivered.as_str()),
                deliveries::due_at.eq(None::<i64>),
            ))
            .execute(conn)?;
        Ok(())
    });
    let mut year = Year::of(server, "purge_webhooks");
    for day in DAYS {
        year.pass();
        let left = count(server, |conn| deliveries::table.count().get_result(conn));
        let waits = i64::from(day > 13);
        assert_eq!(left, 365 - (day - 9).max(0) + waits, "day {day}");
    }
    assert_eq!(year.end(), 365 - 9 - 1);
}
