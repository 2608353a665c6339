//! The revocation list over the feed: what can be revoked, and how long each entry can matter.

mod find_or_sync;
pub mod http;
mod revoke;
pub mod stream;

pub use crate::token::OPERATOR_TOKEN_LIMIT;
pub use find_or_sync::find_or_sync;
pub use revoke::{
    already, commit, commit_from_outside, enforce, token_from_outside, write, write_token,
};

use std::time::Duration;

use crate::base::{OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::feed::{Entry, Fact, Needed};
use crate::token::{Claims, Kind, Life, TokenUse};

/// What to revoke.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// One operator token, until it would have ended anyway.
    Token(TokenId, Timestamp),
    /// A company token of this life and end, and all derived from it. Never forgotten unless it had an end: what has none can come
    /// back.
    CompanyToken(TokenId, Life, Option<Timestamp>),
    /// Every token of an operator issued so far.
    Operator(OperatorId),
    /// Every token of the organization issued so far.
    Organization,
}

impl Target {
    /// The target that is exactly this token (with what derives from it).
    #[must_use]
    pub fn of(claims: &Claims) -> Self {
        match claims.token_use {
            TokenUse::Company { expires_at } => {
                Self::CompanyToken(claims.jti, claims.life(), expires_at)
            }
            TokenUse::Operator { expires_at, .. } => Self::Token(claims.jti, expires_at),
        }
    }

    /// The entry's fact.
    #[must_use]
    pub const fn fact(&self) -> Fact {
        match self {
            Self::Token(jti, _) => Fact::Token(*jti),
            Self::CompanyToken(jti, ..) => Fact::CompanyToken(*jti),
            Self::Operator(operator) => Fact::Operator(*operator),
            Self::Organization => Fact::Organization,
        }
    }

    /// For how long the entry is needed, if it is written at `now`: as long as the longest life of anything it revokes.
    #[must_use]
    pub fn needed(&self, now: Timestamp) -> Needed {
        let life = match self {
            Self::Token(..) => Kind::Operator.longest_life(),
            Self::CompanyToken(_, life, _) => (*life).max(Life::longest_under_a_company_token()),
            Self::Operator(_) => Life::longest_of_an_operator(),
            Self::Organization => Life::Endless,
        };
        // As instants these are for followers, whose clocks may be wrong as well.
        let ends = match self {
            Self::Token(_, end) => Some((*end, Duration::ZERO)),
            // A token derived from it a moment before may outlive it by that token's whole life.
            Self::CompanyToken(_, _, end) => end
                .map(|end| end.max(now))
                .zip(Life::longest_under_a_company_token().span()),
            // Twice over: a clock that runs behind on another node may still sign for a while.
            Self::Operator(_) => life.span().map(|span| (now, span * 2)),
            Self::Organization => None,
        };
        Needed { life, ends }
    }
}

/// What a revoke can prove when it returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Receipt {
    /// The entry's place; where nothing had to be written, that of the last entry there was.
    pub sequence: Sequence,
    /// How long it took until it held everywhere.
    pub took: Duration,
    /// Nodes that had to hear of it.
    pub nodes: u32,
    /// Nodes that have confirmed.
    pub confirmed: u32,
}

/// A revocation as the list shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// Whose.
    pub organization: OrganizationId,
    /// The entry.
    pub entry: Entry,
}

#[cfg(test)]
mod tests;
