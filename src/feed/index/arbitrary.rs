//! Small worlds, in which entries and tokens often meet.

use std::time::Duration;

use super::*;
use crate::base::EntryTag;
use crate::uptime::Tick;
use proptest::prelude::*;

fn id(n: u8) -> TokenId {
    TokenId([n; 16])
}

/// The end that a company token was issued with.
fn end(n: u8) -> Option<Timestamp> {
    let days = [Some(3), Some(400), None][usize::from(n % 3)];
    days.map(|days| ISSUED.plus(Duration::from_hours(24 * days)))
}

const ISSUED: Timestamp = Timestamp::from_seconds(1);

pub(in crate::feed) fn fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        (0u8..6).prop_map(|n| Fact::Token(id(n))),
        (10u8..13).prop_map(|n| Fact::CompanyToken(id(n))),
        (0i64..3).prop_map(|n| Fact::Operator(OperatorId(n))),
        Just(Fact::Organization),
        // Ends also of ids that are operator tokens here: they must say nothing of those.
        (4u8..13, 0i64..6)
            .prop_map(|(n, end)| { Fact::CompanyTokenEnds(id(n), Timestamp::from_seconds(end)) }),
        (0i64..3).prop_map(|n| Fact::OperatorChanged(OperatorId(n))),
        Just(Fact::OrganizationChanged),
        Just(Fact::KeysChanged),
        (0i64..9).prop_map(|after| Fact::Lost(Sequence(after))),
    ]
}

pub(in crate::feed) fn claims() -> impl Strategy<Value = Claims> {
    let operator = (0u8..6, 10u8..13, 0i64..3).prop_map(|(jti, parent, operator)| {
        (
            jti,
            TokenUse::Operator {
                operator: OperatorId(operator),
                parent: id(parent),
                expires_at: Timestamp::from_seconds(9),
            },
        )
    });
    let company = (10u8..13).prop_map(|jti| {
        let expires_at = end(jti);
        (jti, TokenUse::Company { expires_at })
    });
    (prop_oneof![operator, company], 1i64..3, 0i64..12).prop_map(
        |((jti, token_use), organization, rev)| Claims {
            jti: id(jti),
            organization: OrganizationId(organization),
            rev: Sequence(rev),
            issued_at: ISSUED,
            token_use,
        },
    )
}

/// The longest life of what a fact concerns.
fn life(fact: &Fact) -> Life {
    match fact {
        Fact::Token(_) | Fact::Operator(_) => Life::Days(1),
        Fact::CompanyToken(jti) | Fact::CompanyTokenEnds(jti, _) => {
            let whole = Claims {
                jti: *jti,
                organization: OrganizationId(1),
                rev: Sequence(0),
                issued_at: ISSUED,
                token_use: TokenUse::Company {
                    expires_at: end(jti.0[0]),
                },
            };
            whole.life().max(Life::Days(1))
        }
        Fact::Organization | Fact::Lost(_) => Life::Endless,
        _ => Life::NONE,
    }
}

/// Entries of organizations 1 and 2; what is of 0 is the service's.
pub(in crate::feed) fn entries(facts: Vec<(Fact, i64)>) -> Vec<Entry> {
    let facts = facts.into_iter().zip(1..);
    let entry = |((fact, organization), seq)| Entry {
        seq: Sequence(seq),
        mark: EntryTag(seq),
        organization: OrganizationId(organization),
        fact,
        at: ISSUED,
        life: life(&fact),
        until: None,
    };
    facts.map(entry).collect()
}

/// An index that knows both organizations.
pub(in crate::feed) fn index() -> Index {
    let index = Index::default();
    index.admit(&[1, 2].map(|id| (OrganizationId(id), Sequence(0))));
    index
}

/// Ticks at some sequences, after so many hours of uptime each.
pub(in crate::feed) fn ticks() -> impl Strategy<Value = Ticks> {
    prop::collection::vec((0i64..4, 1u64..600), 0..8).prop_map(|steps| {
        let (mut seq, mut uptime) = (0, Duration::ZERO);
        let ticks = steps.into_iter().map(|(entries, hours)| {
            seq += entries;
            uptime += Duration::from_hours(hours);
            Tick {
                seq: Sequence(seq),
                uptime,
                at: ISSUED,
                audit_id: 0,
            }
        });
        Ticks::new(ticks.collect())
    })
}

/// Whether the token can have been issued, if these entries were written: what an entry names was there before it, and what
/// derives from a token that is revoked was issued before.
pub(in crate::feed) fn can_be(claims: &Claims, entries: &[Entry]) -> bool {
    entries.iter().all(|entry| match entry.fact {
        Fact::Token(jti) | Fact::CompanyToken(jti) | Fact::CompanyTokenEnds(jti, _)
            if jti == claims.jti || claims.parent() == Some(jti) =>
        {
            claims.rev < entry.seq
        }
        _ => true,
    })
}
