//! What a node knows of the feed: which tokens are revoked, and when company tokens end before their time. Entries only ever
//! revoke more and bring ends forward, so a reader needs no lock over the whole: whatever it sees was true.
//!
//! What is forgotten is refused by the floor of its life: a reader looks at the revocations first and at the floors last, and
//! floors are raised before anything below them is forgotten.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use super::kept::Kept;
use super::shards::{Draft, Shards, Spot};
use super::{Entry, Fact};
use crate::base::{OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::token::{Claims, Life, TokenUse};
use crate::uptime::Ticks;

/// The revocations and ends that can still matter.
#[derive(Debug)]
pub struct Index {
    tokens: Shards<TokenId, Kept>,
    company_tokens: Shards<TokenId, Kept>,
    /// When company tokens end.
    ends: Shards<TokenId, (Timestamp, Kept)>,
    operators: Shards<(OrganizationId, OperatorId), Kept>,
    /// Every organization there is: what it was issued before this is revoked.
    organizations: Shards<OrganizationId, Kept>,
    /// Tokens with a lower `rev` are looked at in `service`.
    suspect: AtomicI64,
    service: Mutex<Service>,
    /// Operator tokens with a lower `rev` have ended.
    floor: AtomicI64,
    ticks: ArcSwap<Ticks>,
    /// Everything up to this sequence is applied.
    reached: AtomicI64,
}

/// What concerns the tokens of every organization. Nearly always empty.
#[derive(Debug, Default)]
struct Service {
    /// Every token with a lower `rev` is revoked.
    all_before: Sequence,
    /// And every one with a `rev` between these.
    lost: Vec<(Sequence, Sequence)>,
}

/// What the index says of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing against it.
    Valid,
    /// An entry revokes it.
    Revoked,
    /// It is older than its life allows, whatever any clock says.
    Expired,
    /// There is no such organization.
    UnknownOrganization,
}

impl Default for Index {
    fn default() -> Self {
        // A write copies a part: with a million entries a thousand, some 50 kB.
        Self {
            tokens: Shards::new(1024),
            company_tokens: Shards::new(64),
            ends: Shards::new(64),
            operators: Shards::new(256),
            organizations: Shards::new(64),
            suspect: AtomicI64::new(0),
            service: Mutex::default(),
            floor: AtomicI64::new(0),
            ticks: ArcSwap::default(),
            reached: AtomicI64::new(0),
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
            index: self,
        }
    }

    /// What is to be said of a token.
    #[must_use]
    pub fn judge(&self, claims: &Claims) -> Standing {
        let Some(organization) = self.organizations.get(&claims.organization) else {
            return Standing::UnknownOrganization;
        };
        if claims.rev < organization.seq() || self.is_lost(claims.rev) {
            return Standing::Revoked;
        }
        let revoked = match claims.token_use {
            TokenUse::Company { .. } => self.company_tokens.get(&claims.jti).is_some(),
            TokenUse::Operator {
                operator, parent, ..
            } => {
                self.tokens.get(&claims.jti).is_some()
                    || self.company_tokens.get(&parent).is_some()
                    || self
                        .operators
                        .get(&(claims.organization, operator))
                        .is_some_and(|kept| claims.rev < kept.seq())
            }
        };
        if revoked {
            Standing::Revoked
        } else if self.has_ended(claims) {
            // Last: what was forgotten a moment ago is below a floor that was raised before.
            Standing::Expired
        } else {
            Standing::Valid
        }
    }

    /// Whether an entry revokes the token.
    #[must_use]
    pub fn revokes(&self, claims: &Claims) -> bool {
        self.judge(claims) == Standing::Revoked
    }

    fn is_lost(&self, rev: Sequence) -> bool {
        if rev.0 >= self.suspect.load(Ordering::Acquire) {
            return false;
        }
        let service = self.service.lock();
        let lost = |(after, until): &(Sequence, Sequence)| *after < rev && rev < *until;
        rev < service.all_before || service.lost.iter().any(lost)
    }

    /// Whether so much uptime has passed since the token was issued that it has ended, whatever any clock says.
    #[must_use]
    pub fn has_ended(&self, claims: &Claims) -> bool {
        match claims.token_use {
            TokenUse::Operator { .. } => claims.rev < self.floor(),
            TokenUse::Company { expires_at: None } => false,
            TokenUse::Company {
                expires_at: Some(_),
            } => claims.rev < self.ticks.load().floor(claims.life()),
        }
    }

    /// Operator tokens with a lower `rev` have ended.
    #[must_use]
    pub fn floor(&self) -> Sequence {
        Sequence(self.floor.load(Ordering::Acquire))
    }

    /// The ticks this node holds.
    #[must_use]
    pub fn ticks(&self) -> Arc<Ticks> {
        self.ticks.load_full()
    }

    /// Takes ticks in, unless they are older than those it holds. Floors are only ever raised.
    pub fn set_ticks(&self, ticks: Ticks) {
        let floor = ticks.floor(Life::longest_of_an_operator());
        self.floor.fetch_max(floor.0, Ordering::AcqRel);
        let ticks = Arc::new(ticks);
        let last = |ticks: &Ticks| ticks.last().map(|tick| tick.seq);
        self.ticks.rcu(|held| {
            if last(held) > last(&ticks) {
                Arc::clone(held)
            } else {
                Arc::clone(&ticks)
            }
        });
    }

    /// The sequence up to which everything is applied.
    #[must_use]
    pub fn reached(&self) -> Sequence {
        Sequence(self.reached.load(Ordering::Acquire))
    }

    /// Says that everything up to `seq` is applied.
    pub fn has_reached(&self, seq: Sequence) {
        self.reached.store(seq.0, Ordering::Release);
    }

    /// Whether there is an organization at all.
    #[must_use]
    pub fn knows_an_organization(&self) -> bool {
        self.organizations.len() > 0
    }

    /// Lets tokens of these organizations be known; none that is older than the organization.
    pub fn admit(&self, organizations: &[(OrganizationId, Sequence)]) {
        let mut draft = self.organizations.draft();
        for (organization, since) in organizations {
            draft.put(*organization, Kept::new(*since, Life::NONE), Kept::or);
        }
        draft.publish();
    }

    /// When a company token ends before its time; none: an entry says nothing of it. Not a revocation: until that instant the
    /// token counts, from it on it is expired.
    #[must_use]
    pub fn end_of(&self, claims: &Claims) -> Option<Timestamp> {
        match claims.token_use {
            TokenUse::Company { .. } => self.ends.get(&claims.jti).map(|(end, _)| end),
            TokenUse::Operator { .. } => None,
        }
    }

    /// Forgets entries that concern only tokens below the floors of their lives; how many.
    #[must_use]
    pub fn purge(&self) -> usize {
        let ticks = self.ticks();
        // Read once: the lives of nearly all entries are a day.
        let floor = ticks.floor(Life::Days(1));
        let stays = |kept: &Kept| kept.seq() >= floor || !kept.can_go(&ticks);
        self.tokens.retain(stays)
            + self.company_tokens.retain(stays)
            + self.operators.retain(stays)
            + self.ends.retain(|(_, kept)| stays(kept))
    }

    /// How many revocations it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        let revoked = |kept: &Kept| kept.life() == Life::Endless;
        self.tokens.len()
            + self.company_tokens.len()
            + self.operators.len()
            + self.organizations.count(revoked)
    }

    /// Whether nothing is revoked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Entries on their way into the index.
pub struct Intake<'a> {
    tokens: Draft<'a, TokenId, Kept>,
    company_tokens: Draft<'a, TokenId, Kept>,
    ends: Draft<'a, TokenId, (Timestamp, Kept)>,
    operators: Draft<'a, (OrganizationId, OperatorId), Kept>,
    organizations: Draft<'a, OrganizationId, Kept>,
    index: &'a Index,
}

/// What of an entry a node holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) seq: Sequence,
    pub(super) organization: OrganizationId,
    pub(super) fact: Fact,
    pub(super) life: Life,
}

impl Intake<'_> {
    /// Adds an entry.
    pub fn add(&mut self, entry: &Entry) {
        self.hold(&Held {
            seq: entry.seq,
            organization: entry.organization,
            fact: entry.fact,
            life: entry.life,
        });
    }

    /// Adds what is to be held of an entry.
    pub(super) fn hold(&mut self, entry: &Held) {
        let kept = Kept::new(entry.seq, entry.life);
        match entry.fact {
            Fact::Token(jti) => self.tokens.put(jti, kept, Kept::or),
            Fact::CompanyToken(jti) => self.company_tokens.put(jti, kept, Kept::or),
            Fact::Operator(operator) => {
                let subtree = (entry.organization, operator);
                self.operators.put(subtree, kept, Kept::or);
            }
            Fact::Organization if entry.organization == OrganizationId::SERVICE => {
                self.index.suspect_before(entry.seq, |service| {
                    service.all_before = service.all_before.max(entry.seq);
                });
            }
            Fact::Lost(after) => self.index.suspect_before(entry.seq, |service| {
                let range = (after, entry.seq);
                if !service.lost.contains(&range) {
                    service.lost.push(range);
                }
            }),
            Fact::Organization | Fact::OrganizationCreated => {
                self.organizations.put(entry.organization, kept, Kept::or);
            }
            Fact::CompanyTokenEnds(jti, end) => {
                self.ends.put(jti, (end, kept), |held, new| {
                    (held.0.min(new.0), held.1.or(new.1))
                });
            }
            // A key's end is the ring's to know, and the ticks are read from their own rows.
            Fact::OperatorChanged(_)
            | Fact::OrganizationChanged
            | Fact::KeyRevoked(_)
            | Fact::KeysChanged
            | Fact::Tick => {}
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

impl Index {
    /// Notes something that concerns tokens of everyone with a `rev` below `seq`. Seen at once, also while others are still added:
    /// more is revoked, never less.
    fn suspect_before(&self, seq: Sequence, note: impl FnOnce(&mut Service)) {
        note(&mut self.service.lock());
        self.suspect.fetch_max(seq.0, Ordering::AcqRel);
    }
}

#[cfg(test)]
pub(super) mod arbitrary;
#[cfg(test)]
mod tests;
