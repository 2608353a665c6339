//! The feed: one gapless order of everything a node must know, and the index a node keeps of it in memory.
//!
//! The law: an entry that kills a subtree, at sequence K, kills every token of it whose `rev` is below K. No clocks, no
//! row for each token; a token minted meanwhile by a node that had not heard is dead on arrival.

mod cache;
mod catch_up;
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
mod tick;

pub use cache::{Epoch, FeedCache};
pub use follower::Feed;
pub use index::{Index, Intake, Standing};
pub use lease::{Lease, LeaseSnapshot, outlived};
pub use listener::Listener;
#[cfg(test)]
pub(crate) use purge::left;
pub use purge::{Later, is_spent};
pub use registry::{Node, NodeId, Spread, await_nodes, await_nodes_blocking, nodes};
pub use relay::{Full, News, Reader, Readers, Relay, Start};
pub use store::{append, end_of, head, key_revoked, page, revoking_entry};
pub use tick::{Counter, TickFollower, tick};

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::base::{EntryTag, KeyId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::token::{Claims, Life};

/// What an entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// One operator token is revoked.
    Token(TokenId),
    /// Every token of an operator issued so far is revoked.
    Operator(OperatorId),
    /// A company token is revoked, with all derived from it.
    CompanyToken(TokenId),
    /// Every token of the organization issued so far is revoked; of [`OrganizationId::SERVICE`]: every token there is.
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
    /// There is an organization: no token of it is older than this.
    OrganizationCreated,
    /// An hour of uptime has passed: the ticks a node holds are not those there are.
    Tick,
    /// The sequences from after this one up to the entry's own were lost with entries that had been committed: whatever token
    /// names one of them as its `rev` is revoked.
    Lost(Sequence),
}

/// For how long an entry is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needed {
    /// The longest life of a token that it concerns: what the service goes by ([`crate::uptime`]).
    pub life: Life,
    /// For those who follow from outside and have only a wall clock: so long after this instant, or after the latest that any clock
    /// has written an entry at. `None` if it is needed for ever.
    pub ends: Option<(Timestamp, Duration)>,
}

impl Needed {
    /// For ever.
    pub const ALWAYS: Self = Self {
        life: Life::Endless,
        ends: None,
    };

    /// As long as a token may be valid that ends no later than it was issued for.
    #[must_use]
    pub fn until_the_end_of(claims: &Claims) -> Self {
        Self {
            life: claims.life(),
            ends: claims.expires_at().map(|end| (end, Duration::ZERO)),
        }
    }

    /// Until every node has applied it: it concerns no token.
    #[must_use]
    pub const fn in_passing(now: Timestamp) -> Self {
        Self {
            life: Life::NONE,
            ends: Some((now, Duration::ZERO)),
        }
    }
}

/// How far one has come: an entry, by its sequence and its mark. A database that knows the place has everything up to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Position {
    seq: Sequence,
    mark: EntryTag,
}

/// An entry of the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Its sequence.
    pub seq: Sequence,
    /// Tells it from any other that ever had its sequence.
    pub mark: EntryTag,
    /// Whose it is.
    pub organization: OrganizationId,
    /// What it says.
    pub fact: Fact,
    /// When it was written.
    pub at: Timestamp,
    /// The longest life of a token that it concerns: it is forgotten once every token from before it has lived so long.
    pub life: Life,
    /// The same as an instant, for those who follow from outside; `None` if it is needed for ever.
    pub until: Option<Timestamp>,
}

impl Entry {
    const fn place(&self) -> Position {
        Position {
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
    /// [`Fact::OrganizationCreated`].
    OrganizationCreated,
    /// [`Fact::Tick`].
    Tick,
    /// [`Fact::Lost`].
    Lost,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Token,
        Self::Operator,
        Self::CompanyToken,
        Self::Organization,
        Self::CompanyTokenEnds,
        Self::OperatorChanged,
        Self::OrganizationChanged,
        Self::Key,
        Self::KeysChanged,
        Self::OrganizationCreated,
        Self::Tick,
        Self::Lost,
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
    pub const HELD: [Self; 6] = [
        Self::Token,
        Self::Operator,
        Self::CompanyToken,
        Self::Organization,
        Self::CompanyTokenEnds,
        Self::Lost,
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
            Self::OrganizationCreated => "organization_created",
            Self::Tick => "tick",
            Self::Lost => "lost",
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
            Self::OrganizationCreated => EntryKind::OrganizationCreated,
            Self::Tick => EntryKind::Tick,
            Self::Lost(_) => EntryKind::Lost,
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

    /// The last sequence before the lost ones it tells of.
    #[must_use]
    pub const fn after(&self) -> Option<Sequence> {
        match self {
            Self::Lost(after) => Some(*after),
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
