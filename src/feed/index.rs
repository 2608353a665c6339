//! What a node knows of the feed: which tokens are dead. Entries only ever add deaths, so a reader needs no lock over the
//! whole: whatever it sees was true.

use dashmap::DashMap;

use super::{Entry, Fact};
use crate::base::{OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::token::{Claims, Grant};

type Hashing = foldhash::fast::RandomState;
type ByToken<V> = DashMap<TokenId, V, Hashing>;

/// The revocations that can still matter.
#[derive(Debug, Default)]
pub struct Index {
    tokens: ByToken<Option<Timestamp>>,
    company_tokens: ByToken<Option<Timestamp>>,
    operators: DashMap<(OrganizationId, OperatorId), (Sequence, Option<Timestamp>), Hashing>,
    organizations: DashMap<OrganizationId, Sequence, Hashing>,
}

impl Index {
    /// Takes an entry in, in any order and any number of times: a node holds what it has committed itself before it has
    /// read what others committed, and a later entry for the same subtree never gives way to an earlier one.
    pub fn apply(&self, entry: &Entry) {
        match entry.fact {
            Fact::Token(jti) => {
                self.tokens.insert(jti, entry.until);
            }
            Fact::CompanyToken(jti) => {
                self.company_tokens.insert(jti, entry.until);
            }
            Fact::Operator(operator) => {
                let latest = (entry.seq, entry.until);
                self.operators
                    .entry((entry.organization, operator))
                    .and_modify(|held| {
                        if held.0 < latest.0 {
                            *held = latest;
                        }
                    })
                    .or_insert(latest);
            }
            Fact::Organization => {
                self.organizations
                    .entry(entry.organization)
                    .and_modify(|held| *held = entry.seq.max(*held))
                    .or_insert(entry.seq);
            }
            Fact::OperatorChanged(_) | Fact::OrganizationChanged => {}
        }
    }

    /// Whether an entry kills the token.
    #[must_use]
    pub fn revokes(&self, claims: &Claims) -> bool {
        if self
            .organizations
            .get(&claims.organization)
            .is_some_and(|seq| claims.rev < *seq)
        {
            return true;
        }
        match claims.grant {
            Grant::Company { .. } => self.company_tokens.contains_key(&claims.jti),
            Grant::Operator {
                operator, parent, ..
            } => {
                self.tokens.contains_key(&claims.jti)
                    || self.company_tokens.contains_key(&parent)
                    || self
                        .operators
                        .get(&(claims.organization, operator))
                        .is_some_and(|seq| claims.rev < seq.0)
            }
        }
    }

    /// Forgets entries that concern nothing alive; how many.
    #[must_use]
    pub fn purge(&self, now: Timestamp) -> usize {
        let before = self.len();
        let live = |until: &Option<Timestamp>| until.is_none_or(|until| until > now);
        self.tokens.retain(|_, until| live(until));
        self.company_tokens.retain(|_, until| live(until));
        self.operators.retain(|_, (_, until)| live(until));
        before - self.len()
    }

    /// How many entries it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tokens.len()
            + self.company_tokens.len()
            + self.operators.len()
            + self.organizations.len()
    }

    /// Whether nothing is revoked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(n: u8) -> TokenId {
        TokenId([n; 16])
    }

    fn fact() -> impl Strategy<Value = Fact> {
        prop_oneof![
            (0u8..6).prop_map(|n| Fact::Token(id(n))),
            (10u8..13).prop_map(|n| Fact::CompanyToken(id(n))),
            (0i64..3).prop_map(|n| Fact::Operator(OperatorId(n))),
            Just(Fact::Organization),
            (0i64..3).prop_map(|n| Fact::OperatorChanged(OperatorId(n))),
            Just(Fact::OrganizationChanged),
        ]
    }

    fn claims() -> impl Strategy<Value = Claims> {
        let operator = (0u8..6, 10u8..13, 0i64..3).prop_map(|(jti, parent, operator)| {
            (
                jti,
                Grant::Operator {
                    operator: OperatorId(operator),
                    parent: id(parent),
                    expires_at: Timestamp::from_seconds(9),
                },
            )
        });
        let company = (10u8..13).prop_map(|jti| (jti, Grant::Company { expires_at: None }));
        (prop_oneof![operator, company], 0i64..2, 0i64..12).prop_map(
            |((jti, grant), organization, rev)| Claims {
                jti: id(jti),
                organization: OrganizationId(organization),
                rev: Sequence(rev),
                issued_at: Timestamp::from_seconds(1),
                grant,
            },
        )
    }

    fn entries(facts: Vec<(Fact, i64)>) -> Vec<Entry> {
        let facts = facts.into_iter().zip(1..);
        let entry = |((fact, organization), seq)| Entry {
            seq: Sequence(seq),
            organization: OrganizationId(organization),
            fact,
            at: Timestamp::from_seconds(1),
            until: None,
        };
        facts.map(entry).collect()
    }

    /// The law, entry by entry, with nothing clever.
    fn killed_by(entry: &Entry, claims: &Claims) -> bool {
        match (entry.fact, claims.grant) {
            (Fact::Token(jti), Grant::Operator { .. })
            | (Fact::CompanyToken(jti), Grant::Company { .. }) => claims.jti == jti,
            (Fact::CompanyToken(jti), Grant::Operator { parent, .. }) => parent == jti,
            (Fact::Operator(id), Grant::Operator { operator, .. }) => {
                entry.organization == claims.organization
                    && id == operator
                    && claims.rev < entry.seq
            }
            (Fact::Organization, _) => {
                entry.organization == claims.organization && claims.rev < entry.seq
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn the_index_says_what_the_entries_say_in_whatever_order(
            entries in prop::collection::vec((fact(), 0i64..2), 0..10).prop_map(entries).prop_shuffle(),
            tokens in prop::collection::vec(claims(), 1..20),
        ) {
            let index = Index::default();
            for entry in &entries {
                index.apply(entry);
            }
            for token in tokens {
                let expected = entries.iter().any(|entry| killed_by(entry, &token));
                prop_assert_eq!(index.revokes(&token), expected, "{:?}", token);
            }
        }
    }
}
