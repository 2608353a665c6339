//! Tokens, pure: what they claim, how they are signed and how a signature is checked. No clock, no database.

mod algorithm;
mod claims;
mod key;
mod life;
mod text;

pub use algorithm::Algorithm;
pub use claims::{Claims, TokenUse};
pub use key::{KeyError, PublicKey, SecretKey, VerifyingKey};
pub use life::Life;
pub use text::{MAX_LENGTH, Parts, TokenError, decode_claims, parts, sign};

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// No operator token lives longer (guide 002).
pub const OPERATOR_TOKEN_LIMIT: Duration = Duration::from_hours(24);

/// How far ahead of a node's clock a token may have been issued. As much as the clocks of nodes may differ, which is also the margin
/// with which signing keys are published.
pub const CLOCK_SKEW: Duration = Duration::from_mins(2);

/// The kinds of token, as `token_use` names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Stands for an organization; long-lived.
    Company,
    /// Stands for one operator; at most 24 hours.
    Operator,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Company, Self::Operator];

    /// Those that stand for one operator: they are revoked with it.
    pub const OF_AN_OPERATOR: [Self; 1] = [Self::Operator];

    /// Those that derive from a company token: they are revoked with it.
    pub const UNDER_A_COMPANY_TOKEN: [Self; 1] = [Self::Operator];

    /// Those that are written down only if `ledger.mode` says so.
    pub const PERHAPS_UNRECORDED: [Self; 1] = [Self::Operator];

    /// The longest life a token of this kind can have. How long an entry of the feed and a signing key are kept follows from it.
    #[must_use]
    pub fn longest_life(self) -> Life {
        match self {
            Self::Company => Life::Endless,
            Self::Operator => Life::of(OPERATOR_TOKEN_LIMIT),
        }
    }

    /// The word in `token_use`, in the ledger and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Operator => "operator",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "company" => Ok(Self::Company),
            "operator" => Ok(Self::Operator),
            _ => Err(()),
        }
    }
}
