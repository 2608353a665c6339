//! The record of an organization.

use serde_json::json;

use super::{ConsoleSignIn, KeyAlerts, TokenPolicy};
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
