//! The jobs that every node runs for itself, day by day.

use diesel::prelude::*;
use lanyard::audit::{Action, Origin};
use lanyard::base::{KeyId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use lanyard::db::schema::{audit, ledger as issued, operators, organizations};
use lanyard::db::{Conn, Result};
use lanyard::feed::{self, Fact, Needed, Target};
use lanyard::ledger::{self, Issued};
use lanyard::login::Counted;
use lanyard::token::{Claims, Life, TokenUse};
use std::time::Duration;

use super::{DAYS, Year, after};
use crate::support::{Organization, Server};

const ORGANIZATION: OrganizationId = OrganizationId(1);

/// Of two failed logins each day, the first has a line of its own, and the second is in the line of
/// its minute.
pub(super) fn record_failed_logins(server: &Server) {
    let app = &server.app;
    let mut year = Year::of(server, "record_failed_logins");
    for _ in DAYS {
        for _ in 0..2 {
            app.logins
                .failed
                .note(Action::LoginFailed, None, &Origin::command_line());
        }
        year.pass();
        assert!(app.logins.failed.due(true).is_empty());
    }
    let recorded = app.db.read_blocking(|conn: &mut Conn| -> Result<i64> {
        let lines = audit::table.filter(audit::action.eq(Action::LoginFailed.as_str()));
        Ok(lines.count().get_result(conn)?)
    });
    assert_eq!(recorded.unwrap(), 2 * 365);
    assert_eq!(year.end(), 2 * 365);
}

/// A login and an address each day, whose counts are both dropped by the next day.
pub(super) fn tidy_throttle(server: &Server) {
    let mut year = Year::of(server, "tidy_throttle");
    for day in DAYS {
        let [.., high, low] = day.to_be_bytes();
        let address = [10, 0, high, low].into();
        let throttle = &server.app.logins.throttle;
        let nobody = Counted::Unknown {
            organization: None,
            name: format!("login-{day}"),
        };
        let knock = throttle.admit(&format!("login-{day}"), Some(address));
        knock.unwrap().pass(&nobody, false).unwrap().failed();
        year.pass();
    }
    assert_eq!(year.end(), 2 * 365);
}

/// A hash that costs more than new ones is reported once, and once more when it is gone.
pub(super) fn compare_hash_costs(server: &Server) {
    let app = &server.app;
    let mut year = Year::of(server, "compare_hash_costs");
    let set = |hash: &str| {
        app.db
            .write_blocking(|conn| -> Result<()> {
                diesel::update(organizations::table)
                    .set(organizations::password_hash.eq(hash))
                    .execute(conn)?;
                Ok(())
            })
            .unwrap();
    };
    Organization::add(server, "acme", "open");
    for day in DAYS {
        match day {
            100 => set("$2b$11$"),
            200 => set("$2b$04$"),
            _ => {}
        }
        year.pass();
    }
    assert_eq!(year.end(), 2);
}

/// A revoked token each day, which would have expired on the next.
pub(super) fn forget_revocations(server: &Server) {
    let app = &server.app;
    let mut year = Year::of(server, "forget_revocations");
    for day in DAYS {
        app.db
            .write_blocking(|conn| -> Result<()> {
                let fact = Fact::Revoked(Target::Token(TokenId(i128::from(day).to_be_bytes())));
                let needed = Needed {
                    life: Life::Days(1),
                    ends: Some((after(day), Duration::ZERO)),
                };
                feed::append(conn, ORGANIZATION, fact, after(day - 1), needed)?;
                Ok(())
            })
            .unwrap();
        year.pass();
        let held = app.nodes.feed.index().len();
        assert_eq!(i64::try_from(held).unwrap(), day.min(2), "on day {day}");
    }
    assert_eq!(year.end(), 365 - 2);
}

/// A company token that is used every day.
pub(super) fn write_last_uses(server: &Server) {
    let app = &server.app;
    let claims = Claims {
        jti: TokenId([1; 16]),
        organization: ORGANIZATION,
        rev: Sequence(0),
        issued_at: after(0),
        token_use: TokenUse::Company { expires_at: None },
    };
    let line = Issued {
        claims,
        kid: Some(KeyId::generate()),
        client: None,
        subject: None,
        address: None,
    };
    app.db
        .write_blocking(|conn| ledger::insert(conn, &[line]))
        .unwrap();
    let mut year = Year::of(server, "write_last_uses");
    for day in DAYS {
        app.tokens.uses.note(&claims, app.clock.now());
        year.pass();
        let written = app
            .db
            .read_blocking(|conn: &mut Conn| -> Result<Option<Timestamp>> {
                let line = issued::table.select(issued::last_used_at);
                Ok(line.get_result(conn)?)
            });
        assert_eq!(written.unwrap(), Some(after(day - 1)));
    }
    assert_eq!(year.end(), 365);
}

/// An operator gets a token each day. Its record has the last one.
pub(super) fn write_last_tokens(server: &Server) {
    let app = &server.app;
    let acme = Organization::add(server, "acme", "open").log_in();
    let operator = OperatorId(acme.operator("Lan"));
    let mut year = Year::of(server, "write_last_tokens");
    for _ in DAYS {
        let at = app.clock.now().whole_second();
        app.tokens.issuer.last_tokens().note(&Claims {
            jti: TokenId([1; 16]),
            organization: OrganizationId(acme.id),
            rev: Sequence(0),
            issued_at: at,
            token_use: TokenUse::Operator {
                operator,
                parent: TokenId([2; 16]),
                expires_at: at,
            },
        });
        year.pass();
        let written = app
            .db
            .read_blocking(|conn: &mut Conn| -> Result<Option<Timestamp>> {
                Ok(operators::table
                    .select(operators::last_token_at)
                    .first(conn)?)
            });
        assert_eq!(written.unwrap(), Some(at));
    }
    assert_eq!(year.end(), 365);
}

/// Without a file there is nothing to reload; `authz::in_force` has one that changes.
pub(super) fn reload_rules(server: &Server) {
    let mut year = Year::of(server, "reload_rules");
    for _ in DAYS {
        year.pass();
    }
    assert_eq!(year.end(), 0);
}
