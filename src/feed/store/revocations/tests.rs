use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::*;
use crate::config::Url;
use crate::db::{Db, Options, Rows, migrate};
use crate::feed::Index;
use crate::feed::index::arbitrary::{claims, entries, fact, index};

/// Returns the first entry that revokes a token, of all entries.
fn first(entries: &[Entry], claims: &Claims) -> Option<Sequence> {
    let revoking = entries.iter().find(|entry| entry.revokes(claims));
    revoking.map(|entry| entry.seq)
}

/// Returns the entry with the earliest end of a company token, of all entries.
fn earliest(entries: &[Entry], claims: &Claims) -> Option<Sequence> {
    let of = |entry: &&Entry| match entry.fact {
        Fact::CompanyTokenEnds(jti, _) => {
            let is_company = claims.kind() == Kind::Company;
            is_company && jti == claims.jti && entry.organization == claims.organization
        }
        _ => false,
    };
    let ends = entries.iter().filter(of);
    let earliest = ends.min_by_key(|entry| (entry.fact.ends_at(), entry.seq));
    earliest.map(|entry| entry.seq)
}

/// Returns an index with the entries that concern the organization of a token. No two organizations have
/// the same ids, so an index of several does not compare them.
fn index_of(entries: &[Entry], claims: &Claims) -> Index {
    let index = index();
    let concern = |entry: &&Entry| {
        let is_general = matches!(
            entry.fact,
            Fact::Revoked(Target::Organization) | Fact::Lost(_)
        );
        let own = entry.organization == claims.organization;
        entry.fact.kind().is_held()
            && (own || is_general && entry.organization == OrganizationId::SERVICE)
    };
    entries
        .iter()
        .filter(concern)
        .for_each(|entry| index.apply(entry));
    index
}

/// Entries as they are written: sequences are lost to the whole service, and of two entries for the
/// sessions of an operator, the later one may spare a session.
fn written() -> impl Strategy<Value = Vec<Entry>> {
    let spared = prop::option::of((30u8..33).prop_map(|n| TokenId([n; 16])));
    prop::collection::vec((fact(), 0i64..3, spared), 0..30).prop_map(|facts| {
        let facts = facts
            .into_iter()
            .map(|(fact, organization, spared)| match fact {
                Fact::Lost(_) => (fact, 0),
                Fact::Revoked(Target::Sessions { operator, .. }) => {
                    let target = Target::Sessions { operator, spared };
                    (Fact::Revoked(target), organization)
                }
                _ => (fact, organization),
            });
        entries(facts.collect())
    })
}

#[test]
fn what_is_read_for_a_page_of_tokens_is_what_revokes_each_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let url = Url::Sqlite(folder.path().join("test.db"));
    migrate(&url).unwrap();
    let db = Db::open(&Options {
        url,
        pool_size: 1,
        acquire_timeout: Duration::from_secs(5),
    })
    .unwrap();
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::with_cases(200)
    });
    let tokens = prop::collection::vec(claims(), 1..20);
    let outcome = runner.run(&(written(), tokens), |(all, tokens)| {
        let read = |conn: &mut Conn| {
            diesel::delete(feed::table).execute(conn)?;
            let rows: Vec<_> = all.iter().map(Row::from).collect();
            Row::insert(conn, &rows)?;
            [1, 2]
                .map(|organization| {
                    let organization = OrganizationId(organization);
                    let own = tokens
                        .iter()
                        .filter(|claims| claims.organization == organization);
                    Revocations::read(conn, organization, own)
                })
                .into_iter()
                .collect::<Result<Vec<_>>>()
        };
        let found = db.write_blocking(read).unwrap();
        for claims in &tokens {
            let of = if claims.organization.0 == 1 {
                &found[0]
            } else {
                &found[1]
            };
            let revoked = of.of(claims);
            prop_assert_eq!(revoked.map(|found| found.entry.seq), first(&all, claims));
            let ends = of.end_of(claims).map(|entry| entry.seq);
            prop_assert_eq!(ends, earliest(&all, claims));
            // The index decides by the newest entry for sessions: see `Index::judge`.
            let spares =
                |entry: &Entry| matches!(entry.fact, Fact::Revoked(target) if target.spares(claims));
            if !all.iter().any(spares) {
                prop_assert_eq!(revoked.is_some(), index_of(&all, claims).revokes(claims));
            }
        }
        Ok(())
    });
    outcome.unwrap();
}
