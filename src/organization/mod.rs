//! Organizations (companies): their record, the policy of their tokens, and the commands that
//! manage them.

mod console_sign_in;
mod credentials;
pub mod definitions;
mod key_alerts;
mod manage;
mod on_node;
mod policy;
mod profile;
mod search;
mod store;
mod terms;
mod unused;

pub use console_sign_in::ConsoleSignIn;
pub use credentials::{Credentials, has_login, highest_cost};
pub use definitions::{Definitions, DefinitionsCache, Resource, gaining_rights};
pub use key_alerts::{KeyAlerts, KeyAlertsChange};
pub use manage::{
    HashedOrganization, ManageError, NewOrganization, add, check, exists, list, resume, revoke_all,
    set_login, set_password, suspend, write_new, write_password,
};
pub use on_node::{hash, resume_on_node, revoke_all_on_node, suspend_on_node};
pub use policy::{Policies, PolicyError, TokenPolicy};
pub use profile::{MOST_DUE, Profile, ProfileChange, ProfileError, change, read, write};
pub use search::{Found, LOOKED_AT, Wanted, search};
pub use store::{count, find, key_alerts, set_rotated_at};
pub use terms::Terms;
pub use unused::{UNUSED, unused_tokens};

use serde_json::json;

use crate::base::words::words;
use crate::base::{OrganizationId, Timestamp, version_of};

words! {
    /// Whether an organization may log in.
    pub enum OrganizationStatus {
        /// It may log in.
        Active = "active",
        /// It may not log in, and all its tokens were revoked when it was suspended.
        Suspended = "suspended",
    }
}

/// An organization as its admins see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// Its id.
    pub id: OrganizationId,
    /// The name that it logs in with.
    pub login: String,
    /// The name that people call it.
    pub name: String,
    /// Whether it may log in.
    pub status: OrganizationStatus,
    /// The limits of its tokens.
    pub policy: TokenPolicy,
    /// Whether an operator can be granted only the scopes of its role.
    pub cap_scopes_by_role: bool,
    /// The alerts that it receives about the use of its API keys.
    pub key_alerts: KeyAlerts,
    /// Who may sign in to the console.
    pub console_sign_in: ConsoleSignIn,
    /// When it last rotated its company token; `None` if it never did.
    pub rotated_at: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
}

impl Organization {
    /// Returns the version of what an organization can change of its own record. A rotation of its
    /// company token does not change it.
    #[must_use]
    pub fn version(&self) -> String {
        let (policy, alerts) = (&self.policy, &self.key_alerts);
        version_of(&json!([
            self.name,
            policy.operator_token_max_seconds,
            policy.company_token_lifetime_seconds,
            policy.rotation_period_days,
            policy.rotation_grace_seconds,
            policy.enforce_rotation,
            self.cap_scopes_by_role,
            alerts.new_network,
            alerts.silence_days,
            alerts.rate_factor,
            alerts.rate_floor,
            self.console_sign_in.as_str(),
        ]))
    }
}
