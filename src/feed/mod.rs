//! The feed: one gapless order of everything a node must know, and the index a node keeps of it in memory.
//!
//! The law: an entry that kills a subtree, at sequence K, kills every token of it whose `rev` is below K. No clocks, no
//! row for each token; a token minted meanwhile by a node that had not heard is dead on arrival.

mod follower;
mod fresh;
mod index;
pub mod job;
mod lease;
mod listener;
mod reading;
mod registry;
mod relay;
mod shards;
mod spent;
mod store;

pub use follower::Feed;
pub use fresh::{Epoch, Fresh};
pub use index::{Index, Intake};
pub use lease::{Lease, Taken, outlived};
pub use listener::Listener;
pub use registry::{Node, NodeId, Spread, nodes, spread, spread_blocking};
pub use relay::{Full, News, Reader, Readers, Relay, Start};
pub use spent::{Later, MARGIN, is_spent};
pub use store::{append, end_of, head, key_revoked, killer, page};

use std::fmt;
use std::str::FromStr;

use crate::base::{KeyId, Mark, OperatorId, OrganizationId, Sequence, Timestamp, TokenId};

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
    /// A company token ends at this instant and not later; what derives from it stays. No revocation: the token expires.
    CompanyTokenEnds(TokenId, Timestamp),
    /// What a node remembers of the operator is stale.
    OperatorChanged(OperatorId),
    /// What a node remembers of the organization is stale.
    OrganizationChanged,
    /// Everything a signing key ever signed is revoked, whoever's it is.
    KeyRevoked(KeyId),
    /// The signing keys a node holds are not those there are.
    KeysChanged,
}

/// How far one has come: an entry, by its sequence and its mark. A database that knows the place has everything up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Place {
    seq: Sequence,
    mark: Mark,
}

/// An entry of the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Its sequence.
    pub seq: Sequence,
    /// Tells it from any other that ever had its sequence.
    pub mark: Mark,
    /// Whose it is.
    pub organization: OrganizationId,
    /// What it says.
    pub fact: Fact,
    /// When it was written.
    pub at: Timestamp,
    /// When nothing it concerns can be alive any more; none: never.
    pub until: Option<Timestamp>,
}

impl Entry {
    const fn place(&self) -> Place {
        Place {
            seq: self.seq,
            mark: self.mark,
        }
    }

    /// Whether it is one that the organization's revocation list shows.
    #[must_use]
    pub fn is_listed_for(&self, organization: OrganizationId) -> bool {
        let concerns = [organization, OrganizationId::SERVICE].contains(&self.organization);
        concerns && EntryKind::REVOCATIONS.contains(&self.fact.kind())
    }
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
    /// [`Fact::CompanyTokenEnds`].
    CompanyTokenEnds,
    /// [`Fact::OperatorChanged`].
    OperatorChanged,
    /// [`Fact::OrganizationChanged`].
    OrganizationChanged,
    /// [`Fact::KeyRevoked`].
    Key,
    /// [`Fact::KeysChanged`].
    KeysChanged,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Token,
        Self::Operator,
        Self::CompanyToken,
        Self::Organization,
        Self::CompanyTokenEnds,
        Self::OperatorChanged,
        Self::OrganizationChanged,
        Self::Key,
        Self::KeysChanged,
    ];

    /// Those that revoke, as the revocation list shows them.
    pub const REVOCATIONS: [Self; 5] = [
        Self::Token,
        Self::Operator,
        Self::CompanyToken,
        Self::Organization,
        Self::Key,
    ];

    /// Those that a node holds in its index for as long as they can matter.
    pub const HELD: [Self; 5] = [
        Self::Token,
        Self::Operator,
        Self::CompanyToken,
        Self::Organization,
        Self::CompanyTokenEnds,
    ];

    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Operator => "operator",
            Self::CompanyToken => "company_token",
            Self::Organization => "organization",
            Self::CompanyTokenEnds => "company_token_ends",
            Self::OperatorChanged => "operator_changed",
            Self::OrganizationChanged => "organization_changed",
            Self::Key => "key",
            Self::KeysChanged => "keys_changed",
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
            Self::CompanyTokenEnds(..) => EntryKind::CompanyTokenEnds,
            Self::OperatorChanged(_) => EntryKind::OperatorChanged,
            Self::OrganizationChanged => EntryKind::OrganizationChanged,
            Self::KeyRevoked(_) => EntryKind::Key,
            Self::KeysChanged => EntryKind::KeysChanged,
        }
    }

    /// The token it names.
    #[must_use]
    pub const fn jti(&self) -> Option<TokenId> {
        match self {
            Self::Token(jti) | Self::CompanyToken(jti) | Self::CompanyTokenEnds(jti, _) => {
                Some(*jti)
            }
            _ => None,
        }
    }

    /// When the token it names ends.
    #[must_use]
    pub const fn ends_at(&self) -> Option<Timestamp> {
        match self {
            Self::CompanyTokenEnds(_, end) => Some(*end),
            _ => None,
        }
    }

    /// The signing key it names.
    #[must_use]
    pub const fn kid(&self) -> Option<KeyId> {
        match self {
            Self::KeyRevoked(kid) => Some(*kid),
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
