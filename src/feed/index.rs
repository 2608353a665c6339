//! The part of the feed that a node holds in memory: which tokens are revoked, and which company
//! tokens expire early. Entries only add revocations and bring ends forward, so a reader needs no
//! lock over the whole: whatever it sees is true.
//!
//! A token whose revocation was dropped from the index is refused by the floor of its lifetime. A
//! reader looks at the revocations first and at the floors last, and floors are raised before
//! anything below them is dropped.

mod intake;
mod spots;

pub(super) use intake::Held;
pub use intake::Intake;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use super::kept_in_index::Kept;
use super::shards::Shards;
use super::target::{Place, Subtree};
use super::{Entry, Target};
use crate::base::{OrganizationId, Sequence, Timestamp, TokenId};
use crate::token::{Claims, Kind, Life, Lineage, TokenUse};
use crate::uptime::Ticks;

/// The revocations and ends that can still affect a token.
#[derive(Debug)]
pub struct Index {
    /// Ids that are revoked, whatever the `rev` of the token that names them.
    ids: Shards<TokenId, Kept>,
    /// Operators and clients whose tokens are revoked if their `rev` is below the sequence, and
    /// operators whose sessions are.
    subtrees: Shards<Subtree, Kept>,
    /// The instants at which company tokens expire early.
    ends: Shards<TokenId, (Timestamp, Kept)>,
    /// Every organization that exists. Its tokens with a `rev` below the sequence are revoked.
    organizations: Shards<OrganizationId, Kept>,
    /// Tokens with a `rev` below this are also checked in `service`.
    suspect: AtomicI64,
    service: Mutex<Service>,
    /// The session that the newest entry for the sessions of an operator spares, with the sequence
    /// of that entry.
    spared: Shards<Subtree, (TokenId, Kept)>,
    /// Operator tokens with a `rev` below this have expired.
    floor: AtomicI64,
    ticks: ArcSwap<Ticks>,
    /// Everything up to this sequence is applied.
    reached: AtomicI64,
}

/// Entries that affect the tokens of every organization. There are nearly always none.
#[derive(Debug, Default)]
struct Service {
    /// Every token with a `rev` below this is revoked.
    all_before: Sequence,
    /// Every token with a `rev` strictly between the two sequences of a pair is revoked.
    lost: Vec<(Sequence, Sequence)>,
}

/// The state of a token by the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenState {
    /// No entry revokes it, and it is not below its floor. The caller still compares its expiry
    /// with the clock.
    Valid,
    /// An entry revokes it.
    Revoked,
    /// It is older than its lifetime by uptime, whatever the wall clocks show.
    Expired,
    /// The organization does not exist.
    UnknownOrganization,
}

impl Default for Index {
    fn default() -> Self {
        // A write copies one part: with a million entries about a thousand of them, some 24 kB.
        Self {
            ids: Shards::new(1024),
            subtrees: Shards::new(256),
            ends: Shards::new(64),
            spared: Shards::new(64),
            organizations: Shards::new(64),
            suspect: AtomicI64::new(0),
            service: Mutex::default(),
            floor: AtomicI64::new(0),
            ticks: ArcSwap::default(),
            reached: AtomicI64::new(0),
        }
    }
}

impl Index {
    /// Applies an entry, in any order and any number of times: a node applies its own entries
    /// before it reads those that others committed earlier, and a later entry for a subtree is
    /// never replaced by an earlier one.
    pub fn apply(&self, entry: &Entry) {
        let mut intake = self.intake();
        intake.add(entry);
        intake.finish();
    }

    /// Returns the state of a token.
    #[must_use]
    pub fn judge(&self, claims: &Claims) -> TokenState {
        let Some(organization) = self.organizations.get(&claims.organization) else {
            return TokenState::UnknownOrganization;
        };
        if claims.rev < organization.seq() || self.is_lost(claims.rev) {
            return TokenState::Revoked;
        }
        if claims.targets().any(|target| self.holds(target, claims)) {
            TokenState::Revoked
        } else if self.has_ended(claims) {
            // The floors come last: whatever was dropped a moment ago is below a floor that was
            // raised before.
            TokenState::Expired
        } else {
            TokenState::Valid
        }
    }

    /// Like [`Index::judge`], for a token with its ancestors: it is revoked with each of them.
    #[must_use]
    pub fn judge_with(&self, claims: &Claims, lineage: &Lineage) -> TokenState {
        // The ancestors come first, because the floors come last.
        let revoked = lineage.targets().any(|target| self.holds(target, claims));
        match self.judge(claims) {
            TokenState::Valid | TokenState::Expired if revoked => TokenState::Revoked,
            state => state,
        }
    }

    /// Whether an entry revokes exactly this token, with everything that is derived from it. An
    /// entry that revokes it as one of many may leave what is derived from it alone.
    #[must_use]
    pub fn names(&self, claims: &Claims) -> bool {
        self.holds(Target::of(claims), claims)
    }

    /// Whether an entry for the target revokes the token, which names it.
    fn holds(&self, target: Target, claims: &Claims) -> bool {
        match target.place(claims.organization) {
            Place::Id(id) => self.ids.get(&id).is_some(),
            Place::Subtree(subtree) => {
                let kept = self.subtrees.get(&subtree);
                kept.is_some_and(|kept| {
                    claims.rev < kept.seq() && !self.is_spared(subtree, claims, kept)
                })
            }
            // The caller looks up the organization, and the ring of signing keys holds revoked
            // keys.
            Place::Organization | Place::Elsewhere => false,
        }
    }

    /// Whether an entry revokes the token.
    #[must_use]
    pub fn revokes(&self, claims: &Claims) -> bool {
        self.judge(claims) == TokenState::Revoked
    }

    /// Whether the newest entry for the sessions of an operator spares the session.
    fn is_spared(&self, subtree: Subtree, claims: &Claims, newest: Kept) -> bool {
        let is_session = matches!(
            claims.token_use,
            TokenUse::Session { .. } | TokenUse::Console { .. }
        );
        let spared = || self.spared.get(&subtree);
        is_session
            && spared().is_some_and(|(jti, by)| jti == claims.jti && by.seq() >= newest.seq())
    }

    fn is_lost(&self, rev: Sequence) -> bool {
        if rev.0 >= self.suspect.load(Ordering::Acquire) {
            return false;
        }
        let service = self.service.lock();
        let lost = |(after, until): &(Sequence, Sequence)| *after < rev && rev < *until;
        rev < service.all_before || service.lost.iter().any(lost)
    }

    /// Whether the token has expired by uptime, whatever the wall clocks show.
    #[must_use]
    pub fn has_ended(&self, claims: &Claims) -> bool {
        match claims.token_use {
            TokenUse::Operator { .. } => claims.rev < self.floor(),
            TokenUse::Company { expires_at: None } => false,
            TokenUse::Company {
                expires_at: Some(_),
            }
            | TokenUse::Session { .. }
            | TokenUse::Access { .. }
            | TokenUse::Refresh { .. }
            | TokenUse::Console { .. } => claims.rev < self.ticks.load().floor(claims.life()),
        }
    }

    /// Returns the floor of operator tokens: those with a `rev` below it have expired.
    #[must_use]
    pub fn floor(&self) -> Sequence {
        Sequence(self.floor.load(Ordering::Acquire))
    }

    /// Returns the ticks that this node holds.
    #[must_use]
    pub fn ticks(&self) -> Arc<Ticks> {
        self.ticks.load_full()
    }

    /// Replaces the ticks, unless `ticks` are older than those the index holds. The floor is never
    /// lowered.
    pub fn set_ticks(&self, ticks: Ticks) {
        let floor = ticks.floor(Kind::Operator.longest_life());
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

    /// Returns the sequence up to which everything is applied.
    #[must_use]
    pub fn reached(&self) -> Sequence {
        Sequence(self.reached.load(Ordering::Acquire))
    }

    /// Records that everything up to `seq` is applied.
    pub fn has_reached(&self, seq: Sequence) {
        self.reached.store(seq.0, Ordering::Release);
    }

    /// Whether any organization exists.
    #[must_use]
    pub fn has_organizations(&self) -> bool {
        self.organizations.len() > 0
    }

    /// Adds organizations, each with the sequence of its creation. A token with a `rev` below that
    /// sequence is revoked.
    pub fn admit(&self, organizations: &[(OrganizationId, Sequence)]) {
        let mut draft = self.organizations.draft();
        for (organization, since) in organizations {
            draft.put(*organization, Kept::new(*since, Life::NONE));
        }
        draft.publish();
    }

    /// Returns the instant at which a company token expires early. `None` if no entry sets one.
    /// This is not a revocation: the token is valid until that instant, and expired from then on.
    #[must_use]
    pub fn end_of(&self, claims: &Claims) -> Option<Timestamp> {
        match claims.token_use {
            TokenUse::Company { .. } => self.ends.get(&claims.jti).map(|(end, _)| end),
            TokenUse::Operator { .. }
            | TokenUse::Session { .. }
            | TokenUse::Access { .. }
            | TokenUse::Refresh { .. }
            | TokenUse::Console { .. } => None,
        }
    }

    /// Drops the entries that affect only tokens below the floors of their lifetimes. Returns their
    /// number.
    #[must_use]
    pub fn purge(&self) -> usize {
        let ticks = self.ticks();
        // Computed once: nearly all entries have a life of one day.
        let floor = ticks.floor(Life::Days(1));
        let stays = |kept: &Kept| kept.seq() >= floor || !kept.can_go(&ticks);
        self.ids.retain(stays)
            + self.subtrees.retain(stays)
            + self.ends.retain(|(_, kept)| stays(kept))
            + self.spared.retain(|(_, kept)| stays(kept))
    }

    /// Returns the number of revocations in the index.
    #[must_use]
    pub fn len(&self) -> usize {
        let revoked = |kept: &Kept| kept.life() == Life::Endless;
        self.ids.len() + self.subtrees.len() + self.organizations.count(revoked)
    }

    /// Whether the index holds no revocation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
pub(super) mod arbitrary;
#[cfg(test)]
mod tests;
