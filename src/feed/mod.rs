//! The feed: one gapless order of everything a node must know, and the index that a node holds of
//! it in memory.
//!
//! The law: an entry that revokes a subtree, at sequence K, revokes every token of it whose `rev`
//! is below K. No clocks are compared, and no token has a row of its own. A token that is signed
//! meanwhile by a node that has not applied the entry is revoked from the start.

mod cache;
mod catch_up;
mod entry;
mod entry_kind;
mod fact;
mod follower;
mod index;
pub mod job;
mod kept_in_index;
mod lease;
mod listener;
mod needed;
mod purge;
mod registry;
mod relay;
mod shards;
mod store;
mod target;
mod tick;

pub use cache::{Epoch, FeedCache};
use entry::Position;
pub use entry::{Entry, Listed};
pub use entry_kind::EntryKind;
pub use fact::{Fact, Record};
pub use follower::Feed;
pub use index::{Index, Intake, TokenState};
pub use lease::{Lease, LeaseSnapshot, outlived};
pub use listener::Listener;
pub use needed::Needed;
#[cfg(test)]
pub(crate) use purge::left;
pub use purge::{Later, is_spent};
pub use registry::{
    Confirmations, Member, Members, Node, NodeId, await_nodes, await_nodes_blocking,
    await_nodes_in_job, members, nodes,
};
pub use relay::{Full, News, Reader, Readers, Relay, Start};
pub use store::{Revocation, Revocations, append, append_all, head, names, page, revoking_entry};
pub use target::{Target, TargetKind};
pub use tick::{Counter, TickFollower, tick};
