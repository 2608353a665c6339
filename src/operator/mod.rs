//! Operators: the people of an organization for whom tokens are issued.

pub mod directory;
mod erase;
mod guarded;
pub mod http;
pub mod import;
mod issue;
mod issue_from_cli;
pub mod job;
mod manage;
pub mod password;
mod profile;
mod record_cache;
mod revoke;
pub mod second_factor;
pub mod session;
pub mod sign_in;
mod status_cache;
mod store;
mod synchronize;
pub mod words;
mod write;

pub use erase::{Erased, erase, erase_from_cli};
pub use issue::{IssueError, OperatorToken, Request, exchange, issue, issue_by_admin};
pub use issue_from_cli::{FromCli, FromCliError, issue_from_cli};
pub use manage::{
    ManageError, NewOperator, add, change, change_version, delete, get, list, look_up,
};
pub use profile::{Profile, ProfileError};
pub use record_cache::{Behind, RecordCache};
pub use revoke::{RevokeError, revoke_all, revoke_all_from_cli, revoke_token};
pub use status_cache::{Standing, StatusCache};
pub use store::{
    Filter, among, are_last_admins, count, count_up_to, count_without_factor, find, has_account,
    has_factor,
};
pub use synchronize::{Ids, Outcome, Row, SynchronizeError, synchronize};

use std::fmt;

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
    /// Returns whether the username or the password differs from that of `before`.
    fn signs_in_otherwise_than(&self, before: &Self) -> bool {
        self.profile.username != before.profile.username || self.password != before.password
    }

    /// Returns the version of the next change: `now`, but always later than this version.
    fn next_version(&self, now: Timestamp) -> Timestamp {
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
