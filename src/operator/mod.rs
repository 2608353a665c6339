//! Operators: the people of an organization for whom tokens are issued.

pub mod http;
mod issue;
mod manage;
mod profile;
mod record_cache;
mod revoke;
mod status_cache;
mod store;
mod synchronize;
mod write;

pub use issue::{IssueError, OperatorToken, Request, issue};
pub use manage::{ManageError, add, change, delete, get, list};
pub use profile::{Profile, ProfileError};
pub use record_cache::RecordCache;
pub use revoke::{RevokeError, revoke_all, revoke_all_from_cli, revoke_token};
pub use status_cache::StatusCache;
pub use store::{Filter, count, find};
pub use synchronize::{Ids, Outcome, Row, SynchronizeError, synchronize};

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
    /// `true` to activate, `false` to deactivate.
    pub active: Option<bool>,
}

impl Change {
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
        ];
        for (setting, change) in settings {
            if let Some(value) = change {
                *setting = value;
            }
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
