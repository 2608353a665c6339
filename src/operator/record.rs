//! The record of an operator, and a change of it.

use std::collections::BTreeSet;
use std::fmt;

use super::Profile;
use crate::base::search_words;
use crate::base::words::words;
use crate::base::{OperatorId, OrganizationId, Timestamp};

words! {
    /// The status of an operator.
    pub enum OperatorStatus {
        /// Tokens may be issued.
        Active = "active",
        /// No tokens may be issued. Its tokens were revoked when it became inactive.
        Inactive = "inactive",
        /// Like inactive, but it cannot be undone. The record stays readable.
        Deleted = "deleted",
    }
}

/// The hash of an operator's password.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub(crate) String);

impl PasswordHash {
    /// Returns the hash that [`crate::password`] made of a password.
    #[must_use]
    pub const fn new(hash: String) -> Self {
        Self(hash)
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// An operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator {
    /// The organization.
    pub organization: OrganizationId,
    /// Its id, unique over the whole service.
    pub id: OperatorId,
    /// The data that can be changed.
    pub profile: Profile,
    /// Its status.
    pub status: OperatorStatus,
    /// When it was added.
    pub created_at: Timestamp,
    /// The hash of its password. `None` if it has none: then it cannot sign in.
    pub password: Option<PasswordHash>,
    /// Whether it has a second factor.
    pub second_factor: bool,
    /// When it was last changed. Every change makes it later.
    pub version: Timestamp,
}

impl Operator {
    /// Returns the words by which it is found: those of its name, email and external id.
    pub(super) fn words(&self) -> BTreeSet<String> {
        let Profile {
            name,
            email,
            external_id,
            ..
        } = &self.profile;
        let others = [email, external_id].into_iter().flatten();
        search_words::of(std::iter::once(name).chain(others).map(String::as_str))
    }

    /// Returns whether the username or the password differs from that of `before`.
    pub(super) fn signs_in_otherwise_than(&self, before: &Self) -> bool {
        self.profile.username != before.profile.username || self.password != before.password
    }

    /// Returns the version of the next change: `now`, but always later than this version.
    pub(super) fn next_version(&self, now: Timestamp) -> Timestamp {
        now.max(Timestamp::from_micros(self.version.as_micros() + 1))
    }
}

/// A change of an operator. `None` leaves a member unchanged, `Some(None)` clears it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// A new name.
    pub name: Option<String>,
    /// A new external id.
    pub external_id: Option<Option<String>>,
    /// A new email address.
    pub email: Option<Option<String>>,
    /// A new role.
    pub role: Option<Option<String>>,
    /// A new username.
    pub username: Option<Option<String>>,
    /// A new tier.
    pub tier: Option<Option<String>>,
    /// A new avatar.
    pub avatar: Option<Option<String>>,
    /// A new password.
    pub password: Option<Option<PasswordHash>>,
    /// `true` to activate, `false` to deactivate.
    pub active: Option<bool>,
}

impl Change {
    /// Returns whether the change can take rights or sessions away, so that every node must apply
    /// it before the call returns: it deactivates the operator, or sets the role, the username or
    /// the password.
    #[must_use]
    pub const fn takes_away(&self) -> bool {
        matches!(self.active, Some(false))
            || self.role.is_some()
            || self.username.is_some()
            || self.password.is_some()
    }

    /// Returns the operator after the change.
    #[must_use]
    pub fn apply(self, mut operator: Operator) -> Operator {
        let profile = &mut operator.profile;
        if let Some(name) = self.name {
            profile.name = name;
        }
        let settings = [
            (&mut profile.external_id, self.external_id),
            (&mut profile.email, self.email),
            (&mut profile.role, self.role),
            (&mut profile.username, self.username),
            (&mut profile.tier, self.tier),
            (&mut profile.avatar, self.avatar),
        ];
        for (setting, change) in settings {
            if let Some(value) = change {
                *setting = value;
            }
        }
        if let Some(password) = self.password {
            operator.password = password;
        }
        if let Some(active) = self.active {
            operator.status = if active {
                OperatorStatus::Active
            } else {
                OperatorStatus::Inactive
            };
        }
        operator
    }
}
