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
use super::target::{Place, Subtree};
use super::{Entry, Fact, Target};
use crate::base::{OrganizationId, Sequence, Timestamp, TokenId};
use crate::token::{Claims, Life, TokenUse};
use crate::uptime::Ticks;

/// The revocations and ends that can still matter.
#[derive(Debug)]
pub struct Index {
    /// Ids that are revoked, whenever a token that names them was issued.
    ids: Shards<TokenId, Kept>,
    /// Numbers whose tokens are revoked if they were issued before.
    subtrees: Shards<Subtree, Kept>,
    /// When company tokens end.
    ends: Shards<TokenId, (Timestamp, Kept)>,
    /// Every organization there is: a token of it that was issued before this is revoked.
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
            ids: Shards::new(1024),
            subtrees: Shards::new(256),
            ends: Shards::new(64),
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

impl Spot for Subtree {
    fn spot(&self) -> usize {
        low_bits(self.spread())
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
            ids: self.ids.draft(),
            subtrees: self.subtrees.draft(),
            ends: self.ends.draft(),
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
        let is_revoked = |target: Target| match target.place(claims.organization) {
            Place::Id(id) => self.ids.get(&id).is_some(),
            Place::Subtree(subtree) => {
                let kept = self.subtrees.get(&subtree);
                kept.is_some_and(|kept| claims.rev < kept.seq())
            }
            // Looked up above; and the ring of signing keys holds what is revoked with a key.
            Place::Organization | Place::Ring => false,
        };
        let revoked = claims.targets().any(is_revoked);
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
        self.ids.retain(stays)
            + self.subtrees.retain(stays)
            + self.ends.retain(|(_, kept)| stays(kept))
    }

    /// How many revocations it holds.
    #[must_use]
    pub fn len(&self) -> usize {
        let revoked = |kept: &Kept| kept.life() == Life::Endless;
        self.ids.len() + self.subtrees.len() + self.organizations.count(revoked)
    }

    /// Whether nothing is revoked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Entries on their way into the index.
pub struct Intake<'a> {
    ids: Draft<'a, TokenId, Kept>,
    subtrees: Draft<'a, Subtree, Kept>,
    ends: Draft<'a, TokenId, (Timestamp, Kept)>,
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
            Fact::Revoked(Target::Organization)
                if entry.organization == OrganizationId::SERVICE =>
            {
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
            Fact::Revoked(target) => match target.place(entry.organization) {
                Place::Id(id) => self.ids.put(id, kept, Kept::or),
                Place::Subtree(subtree) => self.subtrees.put(subtree, kept, Kept::or),
                Place::Organization => self.organizations.put(entry.organization, kept, Kept::or),
                Place::Ring => {}
            },
            Fact::OrganizationCreated => {
                self.organizations.put(entry.organization, kept, Kept::or);
            }
            Fact::CompanyTokenEnds(jti, end) => {
                self.ends.put(jti, (end, kept), |held, new| {
                    (held.0.min(new.0), held.1.or(new.1))
                });
            }
            // The index holds no records, and the ticks are read from their own rows.
            Fact::Changed(_) | Fact::Tick => {}
        }
    }

    /// Lets everyone see what was added.
    pub fn finish(self) {
        self.ids.publish();
        self.subtrees.publish();
        self.ends.publish();
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
