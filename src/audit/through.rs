//! By which of its tokens or sessions an operator acted: the detail of a line ends with it.

use std::fmt;

use crate::base::TokenId;

/// By which of its tokens or sessions an operator acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Through {
    /// A session of the console or of `/auth/login`.
    Session(TokenId),
    /// An operator token.
    OperatorToken(TokenId),
    /// An access token or a refresh token of OAuth.
    AccessToken(TokenId),
}

/// What precedes the name of the token or session in a detail.
const BY: &str = "by ";

/// The kinds of tokens and sessions that a detail can end with.
const KINDS: [&str; 3] = ["session", "operator-token", "access-token"];

impl fmt::Display for Through {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(jti) => write!(f, "session:{jti}"),
            Self::OperatorToken(jti) => write!(f, "operator-token:{jti}"),
            Self::AccessToken(jti) => write!(f, "access-token:{jti}"),
        }
    }
}

impl Through {
    /// Returns the detail of a line: what else it says, then the token or session.
    pub(super) fn after(self, detail: Option<&str>) -> String {
        match detail {
            Some(detail) => format!("{detail}; {BY}{self}"),
            None => format!("{BY}{self}"),
        }
    }
}

/// Splits the detail of an operator's line into what else it says and the name of the token or session
/// by which the operator acted. Either is `None` if the detail does not have it.
#[must_use]
pub fn split_through(detail: &str) -> (Option<&str>, Option<&str>) {
    let (rest, last) = match detail.rsplit_once("; ") {
        Some((rest, last)) => (Some(rest), last),
        None => (None, detail),
    };
    let name = last.strip_prefix(BY).filter(|name| {
        let parts = name.split_once(':');
        parts.is_some_and(|(kind, jti)| KINDS.contains(&kind) && jti.parse::<TokenId>().is_ok())
    });
    match name {
        Some(name) => (rest, Some(name)),
        None => (Some(detail), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_is_split_as_it_was_put_together() {
        let jti = TokenId([7; 16]);
        for through in [
            Through::Session(jti),
            Through::OperatorToken(jti),
            Through::AccessToken(jti),
        ] {
            let name = through.to_string();
            for detail in [None, Some("role"), Some("name; email"), Some("a; by b")] {
                let text = through.after(detail);
                assert_eq!(split_through(&text), (detail, Some(name.as_str())));
            }
        }
        for text in ["", "role", "by hand", "role; by session:x", "by session:"] {
            assert_eq!(split_through(text), (Some(text), None));
        }
    }
}
