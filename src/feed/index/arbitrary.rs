//! Small sets of organizations, ids and sequences, so that random entries and tokens often concern
//! each other.

use std::time::Duration;

use super::*;
use crate::base::{ClientTag, EntryTag, GrantId, OperatorId};
use crate::feed::{Fact, Record, TargetKind};
use crate::token::SessionVia;
use crate::uptime::Tick;
use proptest::prelude::*;

fn id(n: u8) -> TokenId {
    TokenId([n; 16])
}

/// The expiry that a company token was issued with.
fn end(n: u8) -> Option<Timestamp> {
    let days = [Some(3), Some(400), None][usize::from(n % 3)];
    days.map(|days| ISSUED.plus(Duration::from_hours(24 * days)))
}

const ISSUED: Timestamp = Timestamp::from_seconds(1);

fn of_kind(kind: TargetKind) -> BoxedStrategy<Target> {
    match kind {
        TargetKind::Token => (0u8..6).prop_map(|n| Target::Token(id(n))).boxed(),
        TargetKind::CompanyToken => (10u8..13).prop_map(|n| Target::CompanyToken(id(n))).boxed(),
        TargetKind::Operator => (0i64..3)
            .prop_map(|n| Target::Operator(OperatorId(n)))
            .boxed(),
        TargetKind::Organization => Just(Target::Organization).boxed(),
        TargetKind::Key => Just(Target::Key("k1k2k3k4k5k6".parse().unwrap())).boxed(),
        TargetKind::Client => (0i64..3).prop_map(|n| Target::Client(ClientTag(n))).boxed(),
        TargetKind::Grant => (20u8..23)
            .prop_map(|n| Target::Grant(GrantId(id(n))))
            .boxed(),
        TargetKind::ApiKey => Just(Target::ApiKey("key_0123456789abcdef".parse().unwrap())).boxed(),
        TargetKind::Session => (30u8..33).prop_map(|n| Target::Session(id(n))).boxed(),
        // What an entry spares has a test of its own.
        TargetKind::Sessions => (0i64..3)
            .prop_map(|n| Target::Sessions {
                operator: OperatorId(n),
                spared: None,
            })
            .boxed(),
    }
}

pub(in crate::feed) fn target() -> impl Strategy<Value = Target> {
    prop::sample::select(TargetKind::ALL.to_vec()).prop_flat_map(of_kind)
}

pub(in crate::feed) fn fact() -> impl Strategy<Value = Fact> {
    prop_oneof![
        5 => target().prop_map(Fact::Revoked),
        // Some of these ids belong to operator tokens: the entry must have no effect on those.
        1 => (4u8..13, 0i64..6)
            .prop_map(|(n, end)| { Fact::CompanyTokenEnds(id(n), Timestamp::from_seconds(end)) }),
        1 => (0i64..3).prop_map(|n| Fact::Changed(Record::Operator(OperatorId(n)))),
        1 => Just(Fact::Changed(Record::Organization)),
        1 => Just(Fact::Changed(Record::Keys)),
        1 => (0i64..9).prop_map(|after| Fact::Lost(Sequence(after))),
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
    let session = (30u8..33, 0i64..3).prop_map(|(jti, operator)| {
        let expires_at = Timestamp::from_seconds(9);
        let operator = OperatorId(operator);
        (
            jti,
            TokenUse::Session {
                operator,
                expires_at,
                via: SessionVia::Password,
            },
        )
    });
    let grant = || (20u8..23).prop_map(|n| GrantId(id(n)));
    let access = (0u8..6, 0i64..3, prop::option::of((grant(), 0i64..3))).prop_map(
        |(jti, client, behind)| {
            let token_use = TokenUse::Access {
                client: ClientTag(client),
                grant: behind.map(|(grant, _)| grant),
                operator: behind.map(|(_, operator)| OperatorId(operator)),
                expires_at: Timestamp::from_seconds(9),
            };
            (jti, token_use)
        },
    );
    let refresh = (0u8..6, 0i64..3, grant(), 0i64..3).prop_map(|(jti, client, grant, operator)| {
        let token_use = TokenUse::Refresh {
            client: ClientTag(client),
            grant,
            operator: OperatorId(operator),
            expires_at: Timestamp::from_seconds(9),
        };
        (jti, token_use)
    });
    let console = (10u8..13, prop::option::of(0i64..3)).prop_map(|(jti, operator)| {
        let token_use = TokenUse::Console {
            operator: operator.map(OperatorId),
            expires_at: Timestamp::from_seconds(9),
        };
        (jti, token_use)
    });
    let any = prop_oneof![operator, company, session, access, refresh, console];
    (any, 1i64..3, 0i64..12).prop_map(|((jti, token_use), organization, rev)| Claims {
        jti: id(jti),
        organization: OrganizationId(organization),
        rev: Sequence(rev),
        issued_at: ISSUED,
        token_use,
    })
}

/// Returns the company token with this id.
fn company(jti: TokenId) -> Claims {
    Claims {
        jti,
        organization: OrganizationId(1),
        rev: Sequence(0),
        issued_at: ISSUED,
        token_use: TokenUse::Company {
            expires_at: end(jti.0[0]),
        },
    }
}

/// The longest life of a token that the fact affects, as the code that writes the entry computes
/// it.
fn life(fact: &Fact) -> Life {
    match fact {
        Fact::Revoked(target) => {
            let company = fact.jti().map(company);
            let named = company.filter(|token| Target::of(token) == *target);
            target.needed(named.as_ref(), ISSUED).life
        }
        Fact::CompanyTokenEnds(jti, _) => company(*jti).life().max(Life::Days(1)),
        Fact::Lost(_) => Life::Endless,
        _ => Life::NONE,
    }
}

/// Entries of organizations 1 and 2. Organization 0 stands for the service.
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

/// An index that holds both organizations.
pub(in crate::feed) fn index() -> Index {
    let index = Index::default();
    index.admit(&[1, 2].map(|id| (OrganizationId(id), Sequence(0))));
    index
}

/// Ticks at some sequences, each with a number of hours of uptime before it.
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

/// Whether the token can have been issued if these entries were written: a token exists before an
/// entry names it, and a token derives only from a parent that is not revoked yet.
pub(in crate::feed) fn can_be(claims: &Claims, entries: &[Entry]) -> bool {
    entries.iter().all(|entry| match entry.fact {
        Fact::Revoked(Target::Session(jti)) if jti == claims.jti => claims.rev < entry.seq,
        Fact::Revoked(Target::Grant(grant)) if claims.grant() == Some(grant) => {
            claims.rev < entry.seq
        }
        Fact::Revoked(Target::Token(jti) | Target::CompanyToken(jti))
        | Fact::CompanyTokenEnds(jti, _)
            if jti == claims.jti || claims.parent() == Some(jti) =>
        {
            claims.rev < entry.seq
        }
        _ => true,
    })
}
