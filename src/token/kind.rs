//! The kinds of token, and what differs between them: the type in the header, the keys that sign
//! it, its longest life.

use std::fmt;
use std::str::FromStr;

use super::{Life, OPERATOR_TOKEN_LIMIT};

/// The kinds of token, as `token_use` names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Stands for an organization. It is long-lived.
    Company,
    /// Stands for one operator. It lives at most 24 hours.
    Operator,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Company, Self::Operator];

    /// The kinds that stand for one operator. An entry that revokes an operator's tokens revokes
    /// them.
    pub const OF_AN_OPERATOR: [Self; 1] = [Self::Operator];

    /// The kinds that derive from a company token. An entry that revokes the company token revokes
    /// them.
    pub const UNDER_A_COMPANY_TOKEN: [Self; 1] = [Self::Operator];

    /// The kinds that are written to the ledger only if `ledger.mode` requires it.
    pub const PERHAPS_UNRECORDED: [Self; 1] = [Self::Operator];

    /// Returns the type that the header of such a token names. The same claims under a header of
    /// another type are not a token.
    #[must_use]
    pub const fn typ(self) -> Typ {
        match self {
            Self::Company | Self::Operator => Typ::Jwt,
        }
    }

    /// Returns the purpose of the keys that sign the token. A token that is signed with a key of
    /// another purpose is refused.
    #[must_use]
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::Company | Self::Operator => Purpose::Tokens,
        }
    }

    /// Returns the longest life that a token of this kind can have. It decides how long entries of
    /// the feed and signing keys are kept.
    #[must_use]
    pub fn longest_life(self) -> Life {
        match self {
            Self::Company => Life::Endless,
            Self::Operator => Life::of(OPERATOR_TOKEN_LIMIT),
        }
    }

    /// Returns the word in `token_use`, in the ledger and in the API.
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
    /// Returns the text in the header.
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
    /// Tokens that this service accepts as credentials.
    Tokens,
    /// ID tokens (`OpenID` Connect Core 1.0, 2). They only say to a client who logged in.
    IdTokens,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Self; 2] = [Self::Tokens, Self::IdTokens];

    /// Returns the types of token that keys of this purpose sign.
    #[must_use]
    pub const fn typs(self) -> &'static [Typ] {
        match self {
            Self::Tokens => &[Typ::Jwt, Typ::AccessToken],
            Self::IdTokens => &[Typ::Jwt],
        }
    }

    /// Returns the word in the database.
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
