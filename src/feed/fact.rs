//! What an entry says, and the kinds of entry with their words in the database.

use std::fmt;
use std::str::FromStr;

use super::Listed;
use super::target::{Name, Target, TargetKind};
use crate::base::{ApiKeyId, ClientTag, KeyId, OperatorId, Sequence, Timestamp, TokenId};
use crate::token::CLOCK_SKEW;

/// What an entry says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// Tokens are revoked.
    Revoked(Target),
    /// A company token expires at this instant and not later. Tokens derived from it stay valid.
    /// This is not a revocation.
    CompanyTokenEnds(TokenId, Timestamp),
    /// A record changed: cached copies of it are out of date.
    Changed(Record),
    /// An organization was created. A token of it with a lower `rev` is revoked.
    OrganizationCreated,
    /// An hour of uptime has passed: a node must read the ticks again.
    Tick,
    /// The sequences after this one, up to the entry's own, were lost together with committed
    /// entries. Every token whose `rev` is one of them is revoked.
    Lost(Sequence),
}

/// A record that nodes cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// An operator.
    Operator(OperatorId),
    /// The organization of the entry, with its scopes, roles and resources.
    Organization,
    /// The signing keys.
    Keys,
    /// An OAuth client, with its secrets.
    Client(ClientTag),
    /// An API key, with its texts.
    ApiKey(ApiKeyId),
}

impl Fact {
    /// Returns the fact that a company token ends. An end that has come by the clock of this node has
    /// come on every node, also on those whose clock is behind by [`CLOCK_SKEW`]: so the entry has an
    /// earlier one.
    #[must_use]
    pub fn company_token_ends(jti: TokenId, end: Timestamp, now: Timestamp) -> Self {
        let end = if end <= now {
            end.minus(CLOCK_SKEW)
        } else {
            end
        };
        Self::CompanyTokenEnds(jti, end)
    }

    /// Returns the kind of the entry.
    #[must_use]
    pub const fn kind(&self) -> EntryKind {
        match self {
            Self::Revoked(target) => EntryKind::Revoked(target.kind()),
            Self::CompanyTokenEnds(..) => EntryKind::CompanyTokenEnds,
            Self::Changed(Record::Operator(_)) => EntryKind::OperatorChanged,
            Self::Changed(Record::Organization) => EntryKind::OrganizationChanged,
            Self::Changed(Record::Keys) => EntryKind::KeysChanged,
            Self::Changed(Record::Client(_)) => EntryKind::ClientChanged,
            Self::Changed(Record::ApiKey(_)) => EntryKind::ApiKeyChanged,
            Self::OrganizationCreated => EntryKind::OrganizationCreated,
            Self::Tick => EntryKind::Tick,
            Self::Lost(_) => EntryKind::Lost,
        }
    }

    /// Returns how an entry names what the fact concerns.
    fn name(&self) -> Name {
        let mut name = Name {
            jti: None,
            operator: None,
            kid: None,
        };
        match self {
            Self::Revoked(target) => return target.name(),
            Self::CompanyTokenEnds(jti, _) => name.jti = Some(*jti),
            Self::Changed(Record::Operator(id)) => name.operator = Some(*id),
            // The column is that of a number, as for [`Target::Client`].
            Self::Changed(Record::Client(tag)) => name.operator = Some(OperatorId(tag.0)),
            Self::Changed(Record::ApiKey(id)) => name.jti = Some(TokenId(id.number())),
            Self::Changed(Record::Organization | Record::Keys)
            | Self::OrganizationCreated
            | Self::Tick
            | Self::Lost(_) => {}
        }
        name
    }

    /// Returns the id of 128 bits that the fact names: a token's `jti`. `None` if it names none.
    #[must_use]
    pub fn jti(&self) -> Option<TokenId> {
        self.name().jti
    }

    /// Returns the signing key that the fact names. `None` if it names none.
    #[must_use]
    pub fn kid(&self) -> Option<KeyId> {
        self.name().kid
    }

    /// Returns the operator that the fact names. `None` if it names none.
    #[must_use]
    pub fn operator(&self) -> Option<OperatorId> {
        self.name().operator
    }

    /// Returns the instant at which the named company token expires early. `None` if the fact sets
    /// none.
    #[must_use]
    pub const fn ends_at(&self) -> Option<Timestamp> {
        match self {
            Self::CompanyTokenEnds(_, end) => Some(*end),
            _ => None,
        }
    }

    /// Returns the last sequence before the lost ones. `None` if none were lost.
    #[must_use]
    pub const fn after(&self) -> Option<Sequence> {
        match self {
            Self::Lost(after) => Some(*after),
            _ => None,
        }
    }
}

/// The kinds of entry, with their words in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// [`Fact::Revoked`], with the kind of its target.
    Revoked(TargetKind),
    /// [`Fact::CompanyTokenEnds`].
    CompanyTokenEnds,
    /// [`Record::Operator`] changed.
    OperatorChanged,
    /// [`Record::Organization`] changed.
    OrganizationChanged,
    /// [`Record::Keys`] changed.
    KeysChanged,
    /// [`Record::Client`] changed.
    ClientChanged,
    /// [`Record::ApiKey`] changed.
    ApiKeyChanged,
    /// [`Fact::OrganizationCreated`].
    OrganizationCreated,
    /// [`Fact::Tick`].
    Tick,
    /// [`Fact::Lost`].
    Lost,
}

impl EntryKind {
    /// The kinds that name no target.
    const OTHERS: [Self; 9] = [
        Self::CompanyTokenEnds,
        Self::OperatorChanged,
        Self::OrganizationChanged,
        Self::KeysChanged,
        Self::ClientChanged,
        Self::ApiKeyChanged,
        Self::OrganizationCreated,
        Self::Tick,
        Self::Lost,
    ];

    /// Returns every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        let targets = TargetKind::ALL.map(Self::Revoked).into_iter();
        targets.chain(Self::OTHERS)
    }

    /// Returns the kinds that the revocation list shows to a reader that asks for these.
    pub(super) fn listed(listed: Listed) -> impl Iterator<Item = Self> {
        let kinds = TargetKind::ALL.into_iter();
        let shown = kinds.filter(move |kind| listed.includes(*kind));
        shown.map(Self::Revoked)
    }

    /// Whether a node holds entries of this kind in its index as long as they can affect a token.
    #[must_use]
    pub const fn is_held(self) -> bool {
        match self {
            Self::Revoked(target) => target.is_held(),
            Self::CompanyTokenEnds | Self::Lost => true,
            Self::OperatorChanged
            | Self::OrganizationChanged
            | Self::KeysChanged
            | Self::ClientChanged
            | Self::ApiKeyChanged
            | Self::OrganizationCreated
            | Self::Tick => false,
        }
    }

    /// Returns the word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Revoked(target) => target.as_str(),
            Self::CompanyTokenEnds => "company_token_ends",
            Self::OperatorChanged => "operator_changed",
            Self::OrganizationChanged => "organization_changed",
            Self::KeysChanged => "keys_changed",
            Self::ClientChanged => "client_changed",
            Self::ApiKeyChanged => "api_key_changed",
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
        // A start parses a million of them: the kinds that revoke come first, and by one `match`.
        text.parse().map(Self::Revoked).or_else(|_| {
            Self::OTHERS
                .into_iter()
                .find(|kind| kind.as_str() == text)
                .ok_or(())
        })
    }
}
