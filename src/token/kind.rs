//! The kinds of token, and what differs between them: the type in the header, the keys that sign
//! it, its longest life.

use std::time::Duration;

use super::access::ACCESS_TOKEN_LIMIT;
use super::session::{BROWSER_SESSION_LIMIT, CONSOLE_SESSION_LIMIT};
use super::{Life, OPERATOR_TOKEN_LIMIT, SESSION_LIFETIME};
use crate::base::words::words;

words! {
    /// The kinds of token, as `token_use` names them.
    pub enum Kind {
        /// Stands for an organization. It is long-lived.
        Company = "company",
        /// Stands for one operator. It lives at most 24 hours.
        Operator = "operator",
        /// Stands for an operator that signed in at `/auth/login`. It lives an hour.
        Session = "session",
        /// OAuth 2.0's access token.
        Access = "access",
        /// OAuth 2.0's refresh token. It is no JWT.
        Refresh = "refresh",
        /// A session of the console. It has no text, so it is never valid as a credential. It is
        /// the parent of operator tokens that were issued in it.
        Console = "console",
    }
}

impl Kind {
    /// The kinds that stand for one operator. An entry that revokes an operator's tokens revokes
    /// them.
    pub const OF_AN_OPERATOR: [Self; 5] = [
        Self::Operator,
        Self::Session,
        Self::Access,
        Self::Refresh,
        Self::Console,
    ];

    /// The kinds that are issued to an OAuth client. An entry that revokes a client's tokens, or a
    /// grant, revokes them.
    pub const OF_A_CLIENT: [Self; 2] = [Self::Access, Self::Refresh];

    /// The kinds that derive from a company token or a console session. An entry that revokes that
    /// one revokes them.
    pub const UNDER_A_COMPANY_TOKEN: [Self; 1] = [Self::Operator];

    /// The kinds that are written to the ledger only if `ledger.mode` requires it.
    pub const PERHAPS_UNRECORDED: [Self; 1] = [Self::Operator];

    /// The kinds that are JWTs and always in the ledger. A key stays until those that it signed
    /// have expired.
    pub const SIGNED_AND_RECORDED: [Self; 3] = [Self::Company, Self::Access, Self::Session];

    /// Returns the types that the header of such a token may name. The same claims under a header of
    /// another type are not a token. Access tokens of profile `suitecrm` have `JWT`, as guide 001
    /// prints it.
    #[must_use]
    pub const fn typs(self) -> &'static [Typ] {
        match self {
            Self::Company | Self::Operator | Self::Session => &[Typ::Jwt],
            Self::Access => &[Typ::AccessToken, Typ::Jwt],
            Self::Refresh | Self::Console => &[],
        }
    }

    /// Returns the purpose of the keys that sign the token. A token that is signed with a key of
    /// another purpose is refused.
    #[must_use]
    pub const fn purpose(self) -> Purpose {
        match self {
            Self::Company
            | Self::Operator
            | Self::Session
            | Self::Access
            | Self::Refresh
            | Self::Console => Purpose::Tokens,
        }
    }

    /// Returns the longest life that a token of this kind can have. It decides how long entries of
    /// the feed and signing keys are kept.
    #[must_use]
    pub fn longest_life(self) -> Life {
        match self {
            Self::Company => Life::Endless,
            Self::Operator => Life::of(OPERATOR_TOKEN_LIMIT),
            Self::Session => Life::of(SESSION_LIFETIME.max(BROWSER_SESSION_LIMIT)),
            Self::Access => Life::of(ACCESS_TOKEN_LIMIT),
            Self::Refresh => Life::of(REFRESH_TOKEN_LIMIT),
            Self::Console => Life::of(CONSOLE_SESSION_LIMIT),
        }
    }
}

/// The longest life of a refresh token: a year.
pub(super) const REFRESH_TOKEN_LIMIT: Duration = Duration::from_hours(24 * 365);

words! {
    /// The type of a token: `typ` in its header (RFC 7519, 5.1).
    pub enum Typ {
        /// `JWT`.
        Jwt = "JWT",
        /// An access token of OAuth (RFC 9068, 2.1).
        AccessToken = "at+jwt",
    }
}

words! {
    /// What a signing key is for. A key signs for one purpose only.
    pub enum Purpose {
        /// Tokens that this service accepts as credentials.
        Tokens = "tokens",
        /// ID tokens (`OpenID` Connect Core 1.0, 2). They only say to a client who logged in.
        IdTokens = "id_tokens",
    }
}

impl Purpose {
    /// Returns the types of token that keys of this purpose sign.
    #[must_use]
    pub const fn typs(self) -> &'static [Typ] {
        match self {
            Self::Tokens => &[Typ::Jwt, Typ::AccessToken],
            Self::IdTokens => &[Typ::Jwt],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_kind_sign_its_type() {
        for kind in Kind::ALL {
            let own = kind.typs().iter();
            assert!(
                own.clone().all(|typ| kind.purpose().typs().contains(typ)),
                "{kind}"
            );
        }
    }
}
