//! The feed: one gapless order of everything a node must know, and the index that a node holds of
//! it in memory.
//!
//! The law: an entry that revokes a subtree, at sequence K, revokes every token of it whose `rev`
//! is below K. No clocks are compared, and no token has a row of its own. A token that is signed
//! meanwhile by a node that has not applied the entry is revoked from the start.

mod cache;
mod catch_up;
mod fact;
mod follower;
mod index;
pub mod job;
mod kept;
mod lease;
mod listener;
mod purge;
mod registry;
mod relay;
mod shards;
mod store;
mod target;
mod tick;

pub use cache::{Epoch, FeedCache};
pub use fact::{EntryKind, Fact, Record};
pub use follower::Feed;
pub use index::{Index, Intake, TokenState};
pub use lease::{Lease, LeaseSnapshot, outlived};
pub use listener::Listener;
#[cfg(test)]
pub(crate) use purge::left;
pub use purge::{Later, is_spent};
pub use registry::{Confirmations, Node, NodeId, await_nodes, await_nodes_blocking, nodes};
pub use relay::{Full, News, Reader, Readers, Relay, Start};
pub use store::{append, append_all, end_of, head, key_revoked, page, revoking_entry};
pub use target::{Listed, Target, TargetKind};
pub use tick::{Counter, TickFollower, tick};

use std::time::Duration;

use crate::base::{EntryTag, OrganizationId, Sequence, Timestamp};
use crate::token::{Claims, Life};

/// How long an entry is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needed {
    /// The longest life of a token that the entry affects. The service uses this one
    /// ([`crate::uptime`]).
    pub life: Life,
    /// An instant and a span, for followers of the revocation list, which have only a wall clock.
    /// The entry is needed until the span has passed since that instant, or since the latest
    /// instant at which any clock wrote an entry. `None` if it is needed for ever.
    pub ends: Option<(Timestamp, Duration)>,
}

impl Needed {
    /// The entry is needed for ever.
    pub const ALWAYS: Self = Self {
        life: Life::Endless,
        ends: None,
    };

    /// The entry is needed as long as the token can be valid.
    #[must_use]
    pub fn until_the_end_of(claims: &Claims) -> Self {
        Self {
            life: claims.life(),
            ends: claims.expires_at().map(|end| (end, Duration::ZERO)),
        }
    }

    /// The entry is needed until every node has applied it: it affects no token.
    #[must_use]
    pub const fn in_passing(now: Timestamp) -> Self {
        Self {
            life: Life::NONE,
            ends: Some((now, Duration::ZERO)),
        }
    }
}

/// A reader's position: the sequence and the tag of an entry. A database that has the entry has
/// everything up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Position {
    seq: Sequence,
    mark: EntryTag,
}

/// An entry of the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The sequence of the entry.
    pub seq: Sequence,
    /// A random tag that distinguishes the entry from any other that ever had its sequence.
    pub mark: EntryTag,
    /// The organization that the entry concerns.
    pub organization: OrganizationId,
    /// What the entry says.
    pub fact: Fact,
    /// When the entry was written.
    pub at: Timestamp,
    /// The longest life of a token that the entry affects. The entry is purged once every token
    /// that was issued before it is older than this.
    pub life: Life,
    /// The same as an instant, for followers. `None` if the entry is needed for ever.
    pub until: Option<Timestamp>,
}

impl Entry {
    const fn place(&self) -> Position {
        Position {
            seq: self.seq,
            mark: self.mark,
        }
    }

    /// Whether the organization's revocation list shows the entry to a reader that asks for these
    /// kinds.
    #[must_use]
    pub fn is_listed_for(&self, organization: OrganizationId, listed: Listed) -> bool {
        let concerns = [organization, OrganizationId::SERVICE].contains(&self.organization);
        concerns && matches!(self.fact, Fact::Revoked(target) if listed.includes(target.kind()))
    }
}
