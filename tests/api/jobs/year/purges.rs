//! What is written on every day of a year, and what purges leave of it on every day.

use diesel::prelude::*;
use lanyard::audit::{self, Action, Actor, Event};
use lanyard::base::{KeyId, OperatorId, OrganizationId, Sequence, TokenId};
use lanyard::db::schema::{audit as lines, deliveries, feed as entries, ledger as issued};
use lanyard::db::{Conn, Result};
use lanyard::feed::{self, Entry, Fact, Later, MARGIN, is_spent};
use lanyard::ledger::{self, Issued};
use lanyard::outbox;
use lanyard::token::{Claims, Grant};
use serde_json::json;

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

/// The token of a day: an operator's, for that day.
fn token(day: i64) -> Claims {
    Claims {
        jti: TokenId(i128::from(day).to_be_bytes()),
        organization: ORGANIZATION,
        rev: Sequence(0),
        issued_at: after(day),
        grant: Grant::Operator {
            operator: OperatorId(1),
            parent: TokenId([9; 16]),
            expires_at: after(day + 1),
        },
    }
}

/// The retention is a week after the token's day.
pub(super) fn purge_ledger(server: &Server) {
    let kid = KeyId::generate();
    let line = |day| Issued {
        claims: token(day),
        kid,
        address: None,
    };
    let all: Vec<_> = DAYS.map(line).collect();
    write(server, |conn| ledger::insert(conn, &all));
    let mut year = Year::of(server, "purge_ledger");
    for day in DAYS {
        year.pass();
        let left = count(server, |conn| issued::table.count().get_result(conn));
        assert_eq!(left, 365 - (day - 9).max(0), "day {day}");
    }
    assert_eq!(year.end(), 365 - 9);
}

/// The retention is 30 days.
pub(super) fn purge_audit(server: &Server) {
    let line = |day| Event::new(Action::LoginFailed, Actor::Anonymous, after(day));
    write(server, |conn| {
        DAYS.map(line)
            .try_for_each(|event| audit::record(conn, &event))
    });
    let mut year = Year::of(server, "purge_audit");
    for day in DAYS {
        year.pass();
        let left = count(server, |conn| {
            let own = lines::table.filter(lines::action.eq(Action::LoginFailed.as_str()));
            own.count().get_result(conn)
        });
        assert_eq!(left, 365 - (day - 31).max(0), "day {day}");
    }
    // And what became of the first signing key on the first day.
    assert_eq!(year.end(), 365 - 31 + 2);
}

pub(super) fn purge_feed(server: &Server) {
    let all: Vec<Entry> = write(server, |conn| {
        let append = |day| {
            let (fact, until) = (Fact::Token(token(day).jti), after(day + 1));
            feed::append(conn, ORGANIZATION, fact, after(day), Some(until))
        };
        DAYS.map(append).collect()
    });
    let mut year = Year::of(server, "purge_feed");
    let mut gone = 0;
    for day in DAYS {
        year.pass();
        let now = after(day);
        let is_gone = |pair: &[Entry]| {
            let later = Later {
                superseded: false,
                settled: pair[1].at < now.minus(MARGIN),
            };
            is_spent(&pair[0], later, now)
        };
        gone = all.windows(2).filter(|pair| is_gone(pair)).count();
        let left = count(server, |conn| {
            let own = entries::table.filter(entries::organization_id.eq(ORGANIZATION));
            own.count().get_result(conn)
        });
        assert_eq!(left, 365 - i64::try_from(gone).unwrap(), "day {day}");
    }
    assert!(gone > 360, "{gone}");
    // And what the feed began with.
    assert_eq!(year.end(), gone as u64 + 1);
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
        let waits = i64::from(day > 12);
        assert_eq!(left, 365 - (day - 8).max(0) + waits, "day {day}");
    }
    assert_eq!(year.end(), 365 - 8 - 1);
}
