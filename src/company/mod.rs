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

pub use login::{Login, LoginFault, log_in};
pub use lookups::Lookups;
pub use manage::{
    ManageFault, NewOrganization, add, dearest_hash, exists, list, resume, revoke_all,
    set_password, suspend,
};
pub use policy::{Policies, PolicyFault, TokenPolicy};
pub use profile::{MOST_DUE, Profile, ProfileChange, ProfileFault, change, read};
pub use revoke::{RevokeFault, revoke};
pub use rotate::{RotateFault, Rotated, rotate};
pub use rotation::{Known, Step, Successor, Terms};
pub use throttle::{Knock, Limits, Pass, Rate, Throttle, Throttled};

use std::fmt;
use std::str::FromStr;

use crate::base::{OrganizationId, Timestamp};

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

/// A login name as it is matched, stored and throttled: without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LoginKey(pub(crate) String);

/// Longest login name (characters).
pub const LONGEST_LOGIN: usize = 200;

impl LoginKey {
    /// The key of a login, if the text can be one: 1 to 200 characters, none of them a control character or white space.
    #[must_use]
    pub fn of(login: &str) -> Option<Self> {
        let fits = (1..=LONGEST_LOGIN).contains(&login.chars().count())
            && !login.chars().any(|c| c.is_control() || c.is_whitespace());
        fits.then(|| Self(login.to_lowercase()))
    }
}

/// Whether a text can be a name: 1 to 200 characters, not all white space, no control characters.
#[must_use]
pub fn is_name(name: &str) -> bool {
    (1..=200).contains(&name.chars().count())
        && !name.trim().is_empty()
        && !name.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_one_without_regard_to_case() {
        assert_eq!(LoginKey::of("Acme"), LoginKey::of("ACME"));
        assert_eq!(LoginKey::of("CÔNG-TY"), LoginKey::of("công-ty"));
        for bad in ["", "a b", "a\nb", "a\0", &"x".repeat(201)] {
            assert_eq!(LoginKey::of(bad), None, "{bad:?}");
        }
    }
}
