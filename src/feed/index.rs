//! What a node knows of the feed: which tokens are dead, and when company tokens end before their time. Entries only ever add
//! deaths and bring ends forward, so a reader needs no lock over the whole: whatever it sees was true.

use super::shards::{Draft, Shards, Spot};
use super::{Entry, Fact};
use crate::base::{OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::token::{Claims, Grant};

/// When an entry can be forgotten: later than any instant, if never.
type Until = Timestamp;

/// The revocations and ends that can still matter.
#[derive(Debug)]
pub struct Index {
    tokens: Shards<TokenId, Until>,
    company_tokens: Shards<TokenId, Until>,
    /// When company tokens end.
    ends: Shards<TokenId, (Timestamp, Until)>,
    operators: Shards<(OrganizationId, OperatorId), (Sequence, Until)>,
    organizations: Shards<OrganizationId, Sequence>,
}

impl Default for Index {
    fn default() -> Self {
        // A write copies a part: with a million entries a thousand, some 50 kB.
        Self {
            tokens: Shards::new(1024),
            company_tokens: Shards::new(64),
            ends: Shards::new(64),
            operators: Shards::new(256),
            organizations: Shards::new(16),
        }
    }
}

impl Spot for TokenId {
    fn spot(&self) -> usize {
        // The end of an id is random (RFC 9562, 5.7).
        let [.., high, low] = self.0;
        usize::from(u16::from_be_bytes([high, low]))
    }
}

fn low_bits(id: i64) -> usize {
    usize::try_from(id & 0xffff).unwrap_or_default()
}

impl Spot for OrganizationId {
    fn spot(&self) -> usize {
        low_bits(self.0)
    }
}

impl Spot for (OrganizationId, OperatorId) {
    fn spot(&self) -> usize {
        low_bits(self.0.0 ^ self.1.0)
    }
}

impl Index {
    /// Takes an entry in, in any order and any number of times: a node holds what it has committed itself before it has
    /// read what others committed, and a later entry for the same subtree never gives way to an earlier one.
    pub fn apply(&self, entry: &Entry) {
        let mut intake = self.intake();
        intake.add(entry);
        intake.finish();
    }

    /// Begins to take many entries in, at the price of copying each part of the index once. Nothing is seen of them, and
    /// nobody else can add to the index, before [`Intake::finish`].
    pub fn intake(&self) -> Intake<'_> {
        Intake {
            tokens: self.tokens.draft(),
            company_tokens: self.company_tokens.draft(),
            ends: self.ends.draft(),
            operators: self.operators.draft(),
            organizations: self.organizations.draft(),
        }
    }

    /// Whether an entry kills the token.
    #[must_use]
    pub fn revokes(&self, claims: &Claims) -> bool {
        let organization = self.organizations.get(&claims.organization);
        if organization.is_some_and(|seq| claims.rev < seq) {
            return true;
        }
        match claims.grant {
            Grant::Company { .. } => self.company_tokens.get(&claims.jti).is_some(),
            Grant::Operator {
                operator, parent, ..
            } => {
                self.tokens.get(&claims.jti).is_some()
                    || self.company_tokens.get(&parent).is_some()
                    || self
                        .operators
                        .get(&(claims.organization, operator))
                        .is_some_and(|(seq, _)| claims.rev < seq)
            }
        }
    }

    /// When a company token ends before its time; none: an entry says nothing of it. Not a revocation: until that instant the
    /// token counts, from it on it is expired.
    #[must_use]
    pub fn end_of(&self, claims: &Claims) -> Option<Timestamp> {
        match claims.grant {
            Grant::Company { .. } => self.ends.get(&claims.jti).map(|(end, _)| end),
            Grant::Operator { .. } => None,
        }
    }

    /// Forgets entries that concern nothing alive; how many.
    #[must_use]
    pub fn purge(&self, now: Timestamp) -> usize {
        self.tokens.retain(|until| *until > now)
            + self.company_tokens.retain(|until| *until > now)
            + self.operators.retain(|(_, until)| *until > now)
            + self.ends.retain(|(_, until)| *until > now)
    }

    /// How many revocations it holds.
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

/// Entries on their way into the index.
pub struct Intake<'a> {
    tokens: Draft<'a, TokenId, Until>,
    company_tokens: Draft<'a, TokenId, Until>,
    ends: Draft<'a, TokenId, (Timestamp, Until)>,
    operators: Draft<'a, (OrganizationId, OperatorId), (Sequence, Until)>,
    organizations: Draft<'a, OrganizationId, Sequence>,
}

impl Intake<'_> {
    /// Adds an entry.
    pub fn add(&mut self, entry: &Entry) {
        let until = entry.until.unwrap_or(Timestamp::MAX);
        match entry.fact {
            Fact::Token(jti) => self.tokens.put(jti, until, Ord::max),
            Fact::CompanyToken(jti) => self.company_tokens.put(jti, until, Ord::max),
            Fact::Operator(operator) => {
                let subtree = (entry.organization, operator);
                self.operators
                    .put(subtree, (entry.seq, until), |held, new| {
                        (held.0.max(new.0), held.1.max(new.1))
                    });
            }
            Fact::Organization => {
                self.organizations
                    .put(entry.organization, entry.seq, Ord::max);
            }
            Fact::CompanyTokenEnds(jti, end) => {
                self.ends.put(jti, (end, until), |held, new| {
                    (held.0.min(new.0), held.1.max(new.1))
                });
            }
            // A key's end is the ring's to know.
            Fact::OperatorChanged(_)
            | Fact::OrganizationChanged
            | Fact::KeyRevoked(_)
            | Fact::KeysChanged => {}
        }
    }

    /// Lets everyone see what was added.
    pub fn finish(self) {
        self.tokens.publish();
        self.company_tokens.publish();
        self.ends.publish();
        self.operators.publish();
        self.organizations.publish();
    }
}

/// Small worlds, in which entries and tokens often meet.
#[cfg(test)]
pub(super) mod arbitrary {
    use super::*;
    use crate::base::Mark;
    use proptest::prelude::*;

    fn id(n: u8) -> TokenId {
        TokenId([n; 16])
    }

    pub(in crate::feed) fn fact() -> impl Strategy<Value = Fact> {
        prop_oneof![
            (0u8..6).prop_map(|n| Fact::Token(id(n))),
            (10u8..13).prop_map(|n| Fact::CompanyToken(id(n))),
            (0i64..3).prop_map(|n| Fact::Operator(OperatorId(n))),
            Just(Fact::Organization),
            // Ends also of ids that are operator tokens here: they must say nothing of those.
            (4u8..13, 0i64..6).prop_map(|(n, end)| {
                Fact::CompanyTokenEnds(id(n), Timestamp::from_seconds(end))
            }),
            (0i64..3).prop_map(|n| Fact::OperatorChanged(OperatorId(n))),
            Just(Fact::OrganizationChanged),
            Just(Fact::KeysChanged),
        ]
    }

    pub(in crate::feed) fn claims() -> impl Strategy<Value = Claims> {
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

    pub(in crate::feed) fn entries(facts: Vec<(Fact, i64)>) -> Vec<Entry> {
        let facts = facts.into_iter().zip(1..);
        let entry = |((fact, organization), seq)| Entry {
            seq: Sequence(seq),
            mark: Mark(seq),
            organization: OrganizationId(organization),
            fact,
            at: Timestamp::from_seconds(1),
            until: None,
        };
        facts.map(entry).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::arbitrary::{claims, entries, fact};
    use super::*;
    use proptest::prelude::*;

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

    /// The same for ends: the first of those that name the token.
    fn ended_by(entries: &[Entry], claims: &Claims) -> Option<Timestamp> {
        let of_company = matches!(claims.grant, Grant::Company { .. });
        let ends = entries.iter().filter_map(|entry| match entry.fact {
            Fact::CompanyTokenEnds(jti, end) if jti == claims.jti => Some(end),
            _ => None,
        });
        ends.min().filter(|_| of_company)
    }

    proptest! {
        #[test]
        fn the_index_says_what_the_entries_say_in_whatever_order(
            entries in prop::collection::vec((fact(), 0i64..2), 0..10).prop_map(entries).prop_shuffle(),
            tokens in prop::collection::vec(claims(), 1..20),
            at_once in any::<prop::sample::Index>(),
        ) {
            let index = Index::default();
            let (first, rest) = entries.split_at(at_once.index(entries.len() + 1));
            let mut intake = index.intake();
            for entry in first {
                intake.add(entry);
            }
            intake.finish();
            for entry in rest {
                index.apply(entry);
            }
            for token in tokens {
                let expected = entries.iter().any(|entry| killed_by(entry, &token));
                prop_assert_eq!(index.revokes(&token), expected, "{:?}", token);
                prop_assert_eq!(index.end_of(&token), ended_by(&entries, &token), "{:?}", token);
            }
        }

        #[test]
        fn what_comes_later_never_moves_an_end_back(
            entries in prop::collection::vec((fact(), 0i64..2), 1..10).prop_map(entries).prop_shuffle(),
            token in claims(),
        ) {
            let index = Index::default();
            let mut known: Option<Timestamp> = None;
            for entry in &entries {
                index.apply(entry);
                let end = index.end_of(&token);
                prop_assert!(known.is_none() || end.is_some_and(|end| Some(end) <= known));
                known = end;
            }
        }

        #[test]
        fn purging_forgets_only_what_can_no_longer_matter(
            entries in prop::collection::vec((fact(), 0i64..2), 0..10).prop_map(entries),
            untils in prop::collection::vec(prop::option::of(0i64..4), 10),
            token in claims(),
        ) {
            let (now, index) = (Timestamp::from_seconds(2), Index::default());
            let until = |seconds: Option<i64>| seconds.map(Timestamp::from_seconds);
            let entries: Vec<_> = entries
                .into_iter()
                .zip(untils)
                .map(|(entry, seconds)| Entry { until: until(seconds), ..entry })
                .collect();
            for entry in &entries {
                index.apply(entry);
            }
            let (revoked, end) = (index.revokes(&token), index.end_of(&token));
            let _ = index.purge(now);
            let matters = |entry: &&Entry| entry.until.is_none_or(|until| until > now);
            let live: Vec<_> = entries.iter().filter(matters).copied().collect();
            if live.iter().any(|entry| killed_by(entry, &token)) {
                prop_assert!(revoked && index.revokes(&token));
            }
            if ended_by(&live, &token).is_some() {
                prop_assert!(index.end_of(&token) == end && end.is_some());
            }
        }
    }
}
