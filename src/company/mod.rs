//! Organizations (companies): who they are, what their tokens may be, how they log in.

pub mod http;
pub mod job;
mod login;
mod lookups;
mod manage;
mod policy;
mod profile;
mod revoke;
mod rotate;
mod rotation;
mod store;
mod throttle;

pub use login::{Login, LoginError, log_in};
pub use lookups::Lookups;
pub use manage::{
    ManageError, NewOrganization, add, dearest_hash, exists, list, resume, revoke_all, set_login,
    set_password, suspend,
};
pub use policy::{Policies, PolicyError, TokenPolicy};
pub use profile::{MOST_DUE, Profile, ProfileChange, ProfileError, change, read};
pub use revoke::{RevokeError, revoke};
pub use rotate::{RotateError, Rotated, rotate};
pub use rotation::{Known, Step, Successor, Terms};
pub use throttle::{Knock, Limits, Pass, Rate, Throttle, Throttled};

use std::fmt;
use std::str::FromStr;

use crate::base::{OrganizationId, Timestamp, caseless};

/// Whether an organization may log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrganizationStatus {
    /// It may.
    Active,
    /// It may not, and all its tokens were revoked when it was suspended.
    Suspended,
}

impl OrganizationStatus {
    /// The word in the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }
}

impl fmt::Display for OrganizationStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for OrganizationStatus {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "active" => Ok(Self::Active),
            "suspended" => Ok(Self::Suspended),
            _ => Err(()),
        }
    }
}

/// An organization as its admins see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// The name it logs in with.
    pub login: String,
    /// The name people call it.
    pub name: String,
    /// Whether it may log in.
    pub status: OrganizationStatus,
    /// What its tokens may be.
    pub policy: TokenPolicy,
    /// When it last rotated its company token; none: never.
    pub rotated_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A login as it is matched and throttled: without regard to case or to how its letters are composed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LoginKey {
    /// The key of all logins but those below.
    pub(crate) fold: String,
    /// The key that an older release gave it. It finds the logins that have become the same as an older one's, so that they work
    /// as typed before until they are changed.
    pub(crate) lower: String,
}

/// Longest login name (characters).
pub const LONGEST_LOGIN: usize = 200;

impl LoginKey {
    /// Returns the key of a login that is presented; `None` if no organization can have it: it must have 1 to 200 characters,
    /// none of them a control character or white space.
    #[must_use]
    pub fn of(login: &str) -> Option<Self> {
        let fits = (1..=LONGEST_LOGIN).contains(&login.chars().count())
            && !login.chars().any(|c| c.is_control() || c.is_whitespace());
        fits.then(|| Self {
            fold: caseless::key(login),
            lower: login.to_lowercase(),
        })
    }

    /// Returns the key of a login that is chosen; `None` if nobody may choose it: beyond [`LoginKey::of`], it must have no `/`,
    /// which separates it from an operator's name, and no character that a reader does not see.
    #[must_use]
    pub fn of_new(login: &str) -> Option<Self> {
        let clear = !login.chars().any(|c| c == '/' || caseless::is_invisible(c));
        Self::of(login).filter(|_| clear)
    }
}

/// Whether a text can be one that was stored as a name: 1 to 200 characters, not all white space, no control characters.
#[must_use]
pub fn is_text(name: &str) -> bool {
    (1..=200).contains(&name.chars().count())
        && !name.trim().is_empty()
        && !name.chars().any(char::is_control)
}

/// Whether a text can become a name: as [`is_text`], and a reader sees something of it.
#[must_use]
pub fn is_name(name: &str) -> bool {
    is_text(name) && caseless::is_visible(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_one_without_regard_to_case() {
        assert_eq!(LoginKey::of("Acme"), LoginKey::of("ACME"));
        assert_eq!(LoginKey::of("CÔNG-TY"), LoginKey::of("công-ty"));
        assert_eq!(
            LoginKey::of("ΟΔΟΣ").unwrap().fold,
            LoginKey::of("οδοσ").unwrap().fold
        );
        for bad in ["", "a b", "a\nb", "a\0", &"x".repeat(201)] {
            assert_eq!(LoginKey::of(bad), None, "{bad:?}");
            assert_eq!(LoginKey::of_new(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_new_login_has_nothing_that_a_reader_does_not_see() {
        for bad in [
            "\u{200b}",
            "acme\u{200b}",
            "ac\u{ad}me",
            "acme\u{202e}",
            "acme\u{200f}",
            "\u{feff}acme",
            "acme\u{3164}",
            "acme/lan",
            "/",
        ] {
            assert!(
                LoginKey::of(bad).is_some(),
                "an old login {bad:?} goes on working"
            );
            assert_eq!(LoginKey::of_new(bad), None, "{bad:?}");
        }
        for good in ["acme", "công-ty", "公司", "a@b.example", "a\\b", "😀"] {
            assert!(LoginKey::of_new(good).is_some(), "{good}");
        }
    }

    #[test]
    fn a_new_name_has_something_to_see() {
        for bad in ["\u{200b}", "\u{200b}\u{202e}", "\u{3164}", "\u{2800}"] {
            assert!(is_text(bad) && !is_name(bad), "{bad:?}");
        }
        for bad in ["", " ", "a\nb", &"x".repeat(201)] {
            assert!(!is_text(bad) && !is_name(bad), "{bad:?}");
        }
        assert!(is_name("Công ty \u{200d}"));
    }
}
