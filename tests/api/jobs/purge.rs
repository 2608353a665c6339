//! What purges leave, against the law, on rows of any kind.

use std::collections::BTreeSet;
use std::time::Duration;

use diesel::prelude::*;
use lanyard::base::{KeyId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use lanyard::db::schema;
use lanyard::db::{Conn, Error, Result};
use lanyard::feed::{self, Entry, Fact, Later, MARGIN, is_spent};
use lanyard::ledger::{self, Issued};
use lanyard::token::{Claims, Grant};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{Server, on_both};

/// Few cases: each is a transaction or more.
fn for_any<S: Strategy>(strategy: &S, check: impl Fn(S::Value)) {
    let config = Config {
        cases: 24,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    )
    .run(strategy, |value| {
        check(value);
        Ok(())
    });
    outcome.unwrap_or_else(|why| panic!("{why}"));
}

fn hour(hours: i64) -> Timestamp {
    Timestamp::from_seconds(hours * 3_600)
}

on_both!(the_ledger_loses_exactly_what_ended_longer_ago_than_the_retention);
fn the_ledger_loses_exactly_what_ended_longer_ago_than_the_retention(server: &Server) {
    let app = &server.app;
    let ends = prop::collection::vec(prop::option::weighted(0.8, 0i64..100), 0..40);
    let cases = (ends, 0i64..150, 0u64..50, any::<bool>());
    for_any(&cases, |(ends, now, retention, company)| {
        app.duty.attend(&app.db).unwrap().unwrap();
        let line = |(n, end): (u64, Option<i64>)| {
            let mut jti = [0; 16];
            jti[8..].copy_from_slice(&n.to_be_bytes());
            let expires_at = end.map(hour);
            let grant = match expires_at {
                Some(expires_at) if !company => Grant::Operator {
                    operator: OperatorId(1),
                    parent: TokenId([9; 16]),
                    expires_at,
                },
                _ => Grant::Company { expires_at },
            };
            Issued {
                claims: Claims {
                    jti: TokenId(jti),
                    organization: OrganizationId(1),
                    rev: Sequence(0),
                    issued_at: hour(0),
                    grant,
                },
                kid: KeyId::generate(),
                address: None,
            }
        };
        let lines: Vec<_> = (0..).zip(ends).map(line).collect();
        app.db
            .write_blocking(|conn| {
                diesel::delete(schema::ledger::table).execute(conn)?;
                ledger::insert(conn, &lines)
            })
            .unwrap();
        let retention = Duration::from_hours(retention);
        ledger::job::purge(&app.db, &app.duty, retention, hour(now)).unwrap();
        let left: Vec<TokenId> = app
            .db
            .read_blocking(|conn| -> Result<_> {
                let lines = schema::ledger::table.order(schema::ledger::jti);
                Ok(lines.select(schema::ledger::jti).load(conn)?)
            })
            .unwrap();
        let kept = |line: &&Issued| {
            line.claims
                .expires_at()
                .is_none_or(|end| end.plus(retention) >= hour(now))
        };
        let expected: Vec<_> = lines
            .iter()
            .filter(kept)
            .map(|line| line.claims.jti)
            .collect();
        assert_eq!(left, expected);
    });
}

on_both!(the_feed_loses_exactly_what_is_spent);
fn the_feed_loses_exactly_what_is_spent(server: &Server) {
    let app = &server.app;
    let fact = prop_oneof![
        any::<[u8; 16]>().prop_map(|jti| Fact::Token(TokenId(jti))),
        any::<[u8; 16]>().prop_map(|jti| Fact::CompanyToken(TokenId(jti))),
        (1i64..3).prop_map(|id| Fact::Operator(OperatorId(id))),
        (1i64..3).prop_map(|id| Fact::OperatorChanged(OperatorId(id))),
        Just(Fact::OrganizationChanged),
        any::<[u8; 16]>().prop_map(|jti| Fact::CompanyTokenEnds(TokenId(jti), hour(1))),
        Just(Fact::Organization),
        Just(Fact::Organization),
    ];
    let entry = (fact, 1i64..4, 0i64..100, prop::option::of(0i64..100));
    let cases = (prop::collection::vec(entry, 0..40), 0i64..150);
    for_any(&cases, |(written, now)| {
        app.duty.attend(&app.db).unwrap().unwrap();
        let entries: Vec<Entry> = app
            .db
            .write_blocking(|conn| {
                diesel::delete(schema::feed::table).execute(conn)?;
                let append = |(fact, organization, at, until): (Fact, i64, i64, Option<i64>)| {
                    let organization = OrganizationId(organization);
                    feed::append(conn, organization, fact, hour(at), until.map(hour))
                };
                written.into_iter().map(append).collect::<Result<_>>()
            })
            .unwrap();
        feed::job::purge(&app.db, &app.duty, hour(now)).unwrap();
        let left: BTreeSet<Sequence> = app
            .db
            .read_blocking(|conn: &mut Conn| {
                // The follower may notice that its entry is gone, and write one of the service.
                let own = schema::feed::table
                    .filter(schema::feed::organization_id.ne(OrganizationId::SERVICE));
                let rows: Vec<Sequence> = own.select(schema::feed::seq).load(conn)?;
                Ok::<_, Error>(rows.into_iter().collect())
            })
            .unwrap();
        let stays = |entry: &&Entry| {
            let next = entries.iter().find(|next| next.seq.0 == entry.seq.0 + 1);
            let later = Later {
                superseded: entries.iter().any(|later| {
                    later.seq > entry.seq
                        && later.organization == entry.organization
                        && later.fact == Fact::Organization
                        && later.until.is_none()
                }),
                settled: next.is_some_and(|next| next.at < hour(now).minus(MARGIN)),
            };
            !is_spent(entry, later, hour(now))
        };
        let expected: BTreeSet<_> = entries
            .iter()
            .filter(stays)
            .map(|entry| entry.seq)
            .collect();
        assert_eq!(left, expected, "{entries:?}");
    });
}
