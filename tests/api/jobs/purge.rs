//! The rows that purges keep, compared with the law, for random rows.

use std::collections::BTreeSet;
use std::time::Duration;

use diesel::prelude::*;
use lanyard::base::{KeyId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use lanyard::db::schema;
use lanyard::db::{Conn, Error, Result};
use lanyard::feed::{self, Entry, Fact, Later, Needed, Record, Target, is_spent};
use lanyard::ledger::{self, Issued};
use lanyard::token::{Claims, Life, TokenUse};
use lanyard::uptime::{Tick, Ticks};
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

/// Returns ticks at some positions of the feed, some hours of uptime apart, whose clocks may be
/// wrong.
fn ticks() -> impl Strategy<Value = Ticks> {
    let step = (0i64..4, 1u64..60, -200i64..200);
    prop::collection::vec(step, 0..12).prop_map(|steps| {
        let (mut seq, mut uptime) = (0, 0);
        let ticks = steps.into_iter().map(|(entries, hours, wrong)| {
            seq += entries;
            uptime += hours;
            let right = i64::try_from(uptime).unwrap();
            Tick {
                seq: Sequence(seq),
                uptime: Duration::from_hours(uptime),
                at: hour(right + if wrong % 4 == 0 { wrong } else { 0 }),
                audit_id: 0,
            }
        });
        Ticks::new(ticks.collect())
    })
}

on_both!(the_ledger_loses_only_what_has_ended_by_uptime_and_by_every_clock);
fn the_ledger_loses_only_what_has_ended_by_uptime_and_by_every_clock(server: &Server) {
    let app = &server.app;
    let line = (
        prop::option::weighted(0.8, 1i64..100),
        0i64..12,
        any::<bool>(),
    );
    let cases = (prop::collection::vec(line, 0..40), ticks(), 0u64..50);
    for_any(&cases, |(lines, ticks, retention)| {
        app.nodes.duty.attend(&app.db).unwrap().unwrap();
        let line = |(n, (end, rev, company)): (u64, (Option<i64>, i64, bool))| {
            let mut jti = [0; 16];
            jti[8..].copy_from_slice(&n.to_be_bytes());
            let expires_at = end.map(hour);
            let token_use = match expires_at {
                Some(expires_at) if !company => TokenUse::Operator {
                    operator: OperatorId(1),
                    parent: TokenId([9; 16]),
                    expires_at,
                },
                _ => TokenUse::Company { expires_at },
            };
            Issued {
                claims: Claims {
                    jti: TokenId(jti),
                    organization: OrganizationId(1),
                    rev: Sequence(rev),
                    issued_at: hour(0),
                    token_use,
                },
                kid: Some(KeyId::generate()),
                client: None,
                subject: None,
                address: None,
            }
        };
        let lines: Vec<_> = (0..).zip(lines).map(line).collect();
        app.db
            .write_blocking(|conn| {
                diesel::delete(schema::ledger::table).execute(conn)?;
                ledger::insert(conn, &lines)
            })
            .unwrap();
        let retention = Duration::from_hours(retention);
        ledger::job::purge(&app.db, &app.nodes.duty, retention, &ticks).unwrap();
        let left: Vec<TokenId> = app
            .db
            .read_blocking(|conn| -> Result<_> {
                let lines = schema::ledger::table.order(schema::ledger::jti);
                Ok(lines.select(schema::ledger::jti).load(conn)?)
            })
            .unwrap();
        let kept = |line: &&Issued| {
            let (claims, horizon) = (&line.claims, ticks.horizon(retention));
            let over = |end| horizon.is_some_and(|horizon| end < horizon);
            !claims.expires_at().is_some_and(over) || claims.rev >= ticks.floor(claims.life())
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
        any::<[u8; 16]>().prop_map(|jti| Fact::Revoked(Target::Token(TokenId(jti)))),
        any::<[u8; 16]>().prop_map(|jti| Fact::Revoked(Target::CompanyToken(TokenId(jti)))),
        (1i64..3).prop_map(|id| Fact::Revoked(Target::Operator(OperatorId(id)))),
        (1i64..3).prop_map(|id| Fact::Changed(Record::Operator(OperatorId(id)))),
        Just(Fact::Changed(Record::Organization)),
        any::<[u8; 16]>().prop_map(|jti| Fact::CompanyTokenEnds(TokenId(jti), hour(1))),
        Just(Fact::Revoked(Target::Organization)),
        Just(Fact::Revoked(Target::Organization)),
    ];
    let life = prop_oneof![
        3 => (0u16..4).prop_map(Life::Days),
        1 => (4u16..400).prop_map(Life::Days),
        1 => Just(Life::Endless)
    ];
    let entry = (fact, 1i64..4, life);
    let cases = (
        prop::collection::vec(entry, 0..40),
        ticks(),
        prop::option::of(0u64..20_000),
    );
    for_any(&cases, |(written, ticks, long)| {
        app.nodes.duty.attend(&app.db).unwrap().unwrap();
        let entries: Vec<Entry> = app
            .db
            .write_blocking(|conn| {
                diesel::delete(schema::feed::table).execute(conn)?;
                let append = |(fact, organization, life): (Fact, i64, Life)| {
                    let (organization, ends) = (OrganizationId(organization), None);
                    // Entries of an organization have no end.
                    let life = if fact == Fact::Revoked(Target::Organization) {
                        Life::Endless
                    } else {
                        life
                    };
                    feed::append(conn, organization, fact, hour(0), Needed { life, ends })
                };
                written.into_iter().map(append).collect::<Result<_>>()
            })
            .unwrap();
        // The ticks are between the entries, and a long time may follow.
        let first = entries.first().map_or(0, |entry| entry.seq.0);
        let mut ticks: Vec<Tick> = ticks.iter().copied().collect();
        for tick in &mut ticks {
            tick.seq.0 += first;
        }
        if let (Some(hours), Some(last)) = (long, ticks.last().copied()) {
            ticks.push(Tick {
                seq: Sequence(last.seq.0 + 1),
                uptime: last.uptime + Duration::from_hours(hours),
                ..last
            });
        }
        let ticks = Ticks::new(ticks);
        feed::job::purge(&app.db, &app.nodes.duty, &ticks).unwrap();
        let (left, head) = app
            .db
            .read_blocking(|conn: &mut Conn| {
                // The follower may find that its entry is gone, and write an entry of the service.
                let own = schema::feed::table
                    .filter(schema::feed::organization_id.ne(OrganizationId::SERVICE));
                let rows: Vec<Sequence> = own.select(schema::feed::seq).load(conn)?;
                let rows: BTreeSet<_> = rows.into_iter().collect();
                Ok::<_, Error>((rows, feed::head(conn)?))
            })
            .unwrap();
        let stays = |entry: &&Entry| {
            let superseded = entries.iter().any(|later| {
                later.seq > entry.seq
                    && later.organization == entry.organization
                    && later.fact == Fact::Revoked(Target::Organization)
            });
            !is_spent(entry, Later { superseded, head }, &ticks)
        };
        let expected: BTreeSet<_> = entries
            .iter()
            .filter(stays)
            .map(|entry| entry.seq)
            .collect();
        assert_eq!(left, expected, "{entries:?}");
    });
}
