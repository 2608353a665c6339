//! The feed: one gapless order of everything a node must know, and the index a node keeps of it in memory.
//!
//! The law: an entry that kills a subtree, at sequence K, kills every token of it whose `rev` is below K. No clocks, no
//! row for each token; a token minted meanwhile by a node that had not heard is dead on arrival.

mod follower;
mod fresh;
mod index;
pub mod job;
mod lease;
mod reading;
mod registry;
mod shards;
mod spent;
mod store;

pub use follower::Feed;
pub use fresh::{Epoch, Fresh};
pub use index::{Index, Intake};
pub use lease::{Lease, Taken, outlived};
pub use registry::{Node, NodeId, Spread, nodes, spread, spread_blocking};
pub use spent::{MARGIN, is_spent};
pub use store::{append, head, page};

use std::fmt;
use std::str::FromStr;

use crate::base::{OperatorId, OrganizationId, Sequence, Timestamp, TokenId};

/// What an entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// One operator token is revoked.
    Token(TokenId),
    /// Every token of an operator issued so far is revoked.
    Operator(OperatorId),
    /// A company token is revoked, with all derived from it.
    CompanyToken(TokenId),
    /// Every token of the organization issued so far is revoked.
    Organization,
    /// What a node remembers of the operator is stale.
    OperatorChanged(OperatorId),
    /// What a node remembers of the organization is stale.
    OrganizationChanged,
}

/// An entry of the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Its place.
    pub seq: Sequence,
    /// Whose it is.
    pub organization: OrganizationId,
    /// What it says.
    pub fact: Fact,
    /// When it was written.
    pub at: Timestamp,
    /// When nothing it concerns can be alive any more; none: never.
    pub until: Option<Timestamp>,
}

/// Hears every entry before it counts as applied. Caches of records forget what changed.
pub trait Listener: Send + Sync {
    /// Called in the feed's order.
    fn hear(&self, entry: &Entry);

    /// Called when entries were missed, which may have told of any change: everything remembered may be stale.
    fn forget_all(&self);
}

/// The words for facts, in the database and in the revocation list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// [`Fact::Token`].
    Token,
    /// [`Fact::Operator`].
    Operator,
    /// [`Fact::CompanyToken`].
    CompanyToken,
    /// [`Fact::Organization`].
    Organization,
    /// [`Fact::OperatorChanged`].
    OperatorChanged,
    /// [`Fact::OrganizationChanged`].
    OrganizationChanged,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Token,
        Self::Operator,
        Self::CompanyToken,
        Self::Organization,
        Self::OperatorChanged,
        Self::OrganizationChanged,
    ];

    /// Those that revoke, as the revocation list shows them.
    pub const REVOCATIONS: [Self; 4] = [
        Self::Token,
        Self::Operator,
        Self::CompanyToken,
        Self::Organization,
    ];

    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Operator => "operator",
            Self::CompanyToken => "company_token",
            Self::Organization => "organization",
            Self::OperatorChanged => "operator_changed",
            Self::OrganizationChanged => "organization_changed",
        }
    }
}

impl fmt::Display for EntryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for EntryKind {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(())
    }
}

impl Fact {
    /// Its word.
    #[must_use]
    pub const fn kind(&self) -> EntryKind {
        match self {
            Self::Token(_) => EntryKind::Token,
            Self::Operator(_) => EntryKind::Operator,
            Self::CompanyToken(_) => EntryKind::CompanyToken,
            Self::Organization => EntryKind::Organization,
            Self::OperatorChanged(_) => EntryKind::OperatorChanged,
            Self::OrganizationChanged => EntryKind::OrganizationChanged,
        }
    }

    /// The token it names.
    #[must_use]
    pub const fn jti(&self) -> Option<TokenId> {
        match self {
            Self::Token(jti) | Self::CompanyToken(jti) => Some(*jti),
            _ => None,
        }
    }

    /// The operator it names.
    #[must_use]
    pub const fn operator(&self) -> Option<OperatorId> {
        match self {
            Self::Operator(id) | Self::OperatorChanged(id) => Some(*id),
            _ => None,
        }
    }
}
