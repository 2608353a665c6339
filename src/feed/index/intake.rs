//! Adds entries to the index, many of them at once.

use std::sync::atomic::Ordering;

use super::{Index, Service};
use crate::base::{OrganizationId, Sequence, Timestamp, TokenId};
use crate::feed::kept_in_index::Kept;
use crate::feed::shards::{Draft, Merge};
use crate::feed::target::{Place, Subtree};
use crate::feed::{Entry, Fact, Target};
use crate::token::Life;

/// Entries that are being added to the index.
pub struct Intake<'a> {
    ids: Draft<'a, TokenId, Kept>,
    subtrees: Draft<'a, Subtree, Kept>,
    ends: Draft<'a, TokenId, (Timestamp, Kept)>,
    spared: Draft<'a, Subtree, (TokenId, Kept)>,
    organizations: Draft<'a, OrganizationId, Kept>,
    index: &'a Index,
}

/// The part of an entry that the index needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::feed) struct Held {
    pub(in crate::feed) seq: Sequence,
    pub(in crate::feed) organization: OrganizationId,
    pub(in crate::feed) fact: Fact,
    pub(in crate::feed) life: Life,
}

impl Merge for Kept {
    fn merge(self, newer: Self) -> Self {
        self.or(newer)
    }
}

/// The end of a company token: an earlier one replaces a later one.
impl Merge for (Timestamp, Kept) {
    fn merge(self, newer: Self) -> Self {
        (self.0.min(newer.0), self.1.or(newer.1))
    }
}

/// The session that is spared: the entry with the larger sequence decides.
impl Merge for (TokenId, Kept) {
    fn merge(self, newer: Self) -> Self {
        if self.1.seq() < newer.1.seq() {
            newer
        } else {
            self
        }
    }
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

    /// Adds the part of an entry that the index needs.
    pub(in crate::feed) fn hold(&mut self, entry: &Held) {
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
                Place::Id(id) => self.ids.put(id, kept),
                Place::Subtree(subtree) => {
                    if let Target::Sessions {
                        spared: Some(spared),
                        ..
                    } = target
                    {
                        self.spared.put(subtree, (spared, kept));
                    }
                    self.subtrees.put(subtree, kept);
                }
                Place::Organization => self.organizations.put(entry.organization, kept),
                Place::Elsewhere => {}
            },
            Fact::OrganizationCreated => {
                self.organizations.put(entry.organization, kept);
            }
            Fact::CompanyTokenEnds(jti, end) => {
                self.ends.put(jti, (end, kept));
            }
            // The index holds no records, and the ticks are read from rows of their own.
            Fact::Changed(_) | Fact::Tick => {}
        }
    }

    /// Makes the added entries visible to every reader.
    pub fn finish(self) {
        self.ids.publish();
        // What is spared comes first: else a reader could see the session revoked for a moment.
        self.spared.publish();
        self.subtrees.publish();
        self.ends.publish();
        self.organizations.publish();
    }
}

impl Index {
    /// Begins to apply many entries, and copies each part of the index at most once. Until
    /// [`Intake::finish`] readers see none of them, and no other thread can write to the index.
    pub fn intake(&self) -> Intake<'_> {
        Intake {
            ids: self.ids.draft(),
            subtrees: self.subtrees.draft(),
            ends: self.ends.draft(),
            spared: self.spared.draft(),
            organizations: self.organizations.draft(),
            index: self,
        }
    }

    /// Records an entry that affects tokens of every organization with a `rev` below `seq`. Readers
    /// see it at once, before [`Intake::finish`]: this can only revoke more, never less.
    fn suspect_before(&self, seq: Sequence, note: impl FnOnce(&mut Service)) {
        note(&mut self.service.lock());
        self.suspect.fetch_max(seq.0, Ordering::AcqRel);
    }
}
