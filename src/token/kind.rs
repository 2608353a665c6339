//! The kinds of token, and what each of them has of its own: the type in its header, the keys that sign it, its longest life.

use std::fmt;
use std::str::FromStr;

use super::{Life, OPERATOR_TOKEN_LIMIT};

/// The kinds of token, as `token_use` names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Stands for an organization; long-lived.
    Company,
    /// Stands for one operator; lives at most 24 hours.
    Operator,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Company, Self::Operator];

    /// Those that stand for one operator: what revokes the operator's tokens revokes them.
    pub const OF_AN_OPERATOR: [Self; 1] = [Self::Operator];

    /// Those that derive from a company token: what revokes the company token revokes them.
    pub const UNDER_A_COMPANY_TOKEN: [Self; 1] = [Self::Operator];

    /// Those that are written to the ledger only if `ledger.mode` says so.
    pub const PERHAPS_UNRECORDED: [Self; 1] = [Self::Operator];

    /// The type that the header of such a token names. The same claims under a header of another type are no token.
    #[must_use]
    pub const fn typ(self) -> Typ {
        match self {
            Self::Company | Self::Operator => Typ::Jwt,
        }
    }

    /// The purpose of the keys that sign it. Under a key of another purpose it is no token.
    #[must_use]
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::Company | Self::Operator => Purpose::Tokens,
        }
    }

    /// The longest life a token of this kind can have. How long an entry of the feed and a signing key are kept follows from
    /// it.
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
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(())
    }
}

/// The type of a token: `typ` in its header (RFC 7519, 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Typ {
    /// `JWT`.
    Jwt,
    /// An access token of OAuth (RFC 9068, 2.1).
    AccessToken,
}

impl Typ {
    /// The text in the header.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Jwt => "JWT",
            Self::AccessToken => "at+jwt",
        }
    }
}

/// What a signing key is for. A key signs for one purpose only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Tokens that this service takes as credentials.
    Tokens,
    /// ID tokens (`OpenID` Connect Core 1.0, 2), which only tell a client who logged in.
    IdTokens,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 2] = [Self::Tokens, Self::IdTokens];

    /// The types of token that keys of this purpose sign.
    #[must_use]
    pub const fn typs(self) -> &'static [Typ] {
        match self {
            Self::Tokens => &[Typ::Jwt, Typ::AccessToken],
            Self::IdTokens => &[Typ::Jwt],
        }
    }

    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::IdTokens => "id_tokens",
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Purpose {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|purpose| purpose.as_str() == text)
            .ok_or(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_kind_sign_its_type() {
        for kind in Kind::ALL {
            assert!(kind.purpose().typs().contains(&kind.typ()), "{kind}");
        }
    }
}
