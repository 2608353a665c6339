//! The feed: one gapless order of everything a node must know, and the index that a node holds of
//! it in memory.
//!
//! The law: an entry that revokes a subtree, at sequence K, revokes every token of it whose `rev`
//! is below K. No clocks are compared, and no token has a row of its own. A token that is signed
//! meanwhile by a node that has not applied the entry is revoked from the start.

mod cache;
mod catch_up;
mod entry;
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
pub use entry::{Entry, Listed};
pub use fact::{EntryKind, Fact, Record};
pub use follower::Feed;
pub use index::{Index, Intake, TokenState};
pub use lease::{Lease, LeaseSnapshot, outlived};
pub use listener::Listener;
#[cfg(test)]
pub(crate) use purge::left;
pub use purge::{Later, is_spent};
pub use registry::{
    Confirmations, Member, Members, Node, NodeId, await_nodes, await_nodes_blocking,
    await_nodes_in_job, members, nodes,
};
pub use relay::{Full, News, Reader, Readers, Relay, Start};
pub use store::{append, append_all, end_of, head, key_revoked, names, page, revoking_entry};
pub use target::{Target, TargetKind};
pub use tick::{Counter, TickFollower, tick};

use std::time::Duration;

use crate::base::{EntryTag, Sequence, Timestamp};
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
