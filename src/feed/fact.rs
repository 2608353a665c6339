//! What an entry says.

use super::target::{Name, Target};
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
