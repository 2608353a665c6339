//! The audit log: who did what, and from where, recorded in the transaction of the change itself.

pub mod chain;
pub mod erase;
pub mod export;
pub mod http;
pub mod job;
mod origin;
pub mod seal;
mod store;
mod through;
pub mod verify;
mod view;

pub use origin::{Actor, Origin};
pub use through::{Through, split_through};

pub use store::{
    Filter, Found, LOOKED_AT, Line, Page, of_entry, page, platform_page, record, record_all,
};
pub use view::LineView;

use std::net::IpAddr;

use crate::base::words::words;
use crate::base::{OrganizationId, Sequence, Timestamp};

words! {
    /// What was done.
    pub enum Action {
        /// A company token was issued for a password.
        LoggedIn = "login.succeeded",
        /// A login failed. `occurrences` counts similar ones.
        LoginFailed = "login.failed",
        /// An organization was created.
        OrganizationCreated = "organization.created",
        /// An organization's name or token policy was changed.
        OrganizationUpdated = "organization.updated",
        /// An organization was suspended and all its tokens were revoked.
        OrganizationSuspended = "organization.suspended",
        /// A suspended organization was reactivated.
        OrganizationResumed = "organization.resumed",
        /// All tokens of an organization were revoked.
        OrganizationTokensRevoked = "organization.tokens_revoked",
        /// An organization's login was changed.
        LoginSet = "organization.login_set",
        /// An organization's password was set.
        PasswordSet = "organization.password_set",
        /// An operator was added.
        OperatorCreated = "operator.created",
        /// An operator's record was changed.
        OperatorUpdated = "operator.updated",
        /// An operator was deactivated and its tokens were revoked.
        OperatorDeactivated = "operator.deactivated",
        /// An operator was activated again.
        OperatorActivated = "operator.activated",
        /// An operator was deleted and its tokens were revoked.
        OperatorDeleted = "operator.deleted",
        /// An import of operators was applied or stopped. Each operator has a line of its own.
        OperatorsImported = "operators.imported",
        /// The operators were exported.
        OperatorsExported = "operators.exported",
        /// An operator was deleted and everything personal about it was overwritten.
        OperatorErased = "operator.erased",
        /// All tokens of an operator were revoked.
        OperatorTokensRevoked = "operator.tokens_revoked",
        /// An operator signed in: at `/auth/login`, on a page, or by a password grant.
        SignedIn = "operator.signed_in",
        /// An operator's sign-in failed. `occurrences` counts similar ones.
        SignInFailed = "operator.sign_in_failed",
        /// An operator's username or password was set or removed, and its sessions ended.
        CredentialsSet = "operator.credentials_set",
        /// An operator's second factor was set or removed.
        TotpSet = "operator.totp_set",
        /// A session was ended by a sign-out, by another sign-in in the same browser, or by a password
        /// that its operator set elsewhere.
        SessionEnded = "session.ended",
        /// A session was disowned ("this was not me").
        SessionDisowned = "session.disowned",
        /// An OAuth client was added.
        ClientCreated = "client.created",
        /// An OAuth client was changed.
        ClientUpdated = "client.updated",
        /// An OAuth client got another secret.
        ClientSecretRotated = "client.secret_rotated",
        /// An OAuth client was deleted and its tokens were revoked.
        ClientDeleted = "client.deleted",
        /// All tokens of an OAuth client were revoked.
        ClientTokensRevoked = "client.tokens_revoked",
        /// An operator allowed a client to act for it.
        GrantCreated = "grant.created",
        /// A grant was revoked, with every token of it.
        GrantRevoked = "grant.revoked",
        /// A used refresh token was presented again after its grace, and its grant was revoked.
        RefreshReused = "refresh.reused",
        /// A resource was added or removed.
        ResourceUpdated = "resource.updated",
        /// An API key was made.
        ApiKeyCreated = "api_key.created",
        /// An API key was changed.
        ApiKeyUpdated = "api_key.updated",
        /// An API key got another text.
        ApiKeyRotated = "api_key.rotated",
        /// An API key was revoked.
        ApiKeyRevoked = "api_key.revoked",
        /// An API key was quarantined: it is refused until it is released.
        ApiKeyQuarantined = "api_key.quarantined",
        /// A quarantined API key was released.
        ApiKeyReleased = "api_key.released",
        /// Somebody found the text of an API key where it should not be, and reported it.
        ApiKeyLeakReported = "api_key.leak_reported",
        /// An API key was used from a network that it was not used from in the last 90 days.
        ApiKeyNewNetwork = "api_key.new_network",
        /// An API key was used after a long time without any use.
        ApiKeyWokeUp = "api_key.woke_up",
        /// An API key was used much more often in an hour than in the days before.
        ApiKeyRateJump = "api_key.rate_jump",
        /// A WeChat app was added.
        WechatAppCreated = "wechat_app.created",
        /// A WeChat app was changed.
        WechatAppUpdated = "wechat_app.updated",
        /// A WeChat app was removed.
        WechatAppDeleted = "wechat_app.deleted",
        /// A person signed in with a unionid that belongs to another operator.
        WechatIdentityConflict = "wechat.identity_conflict",
        /// WeChat gave an answer that no login can use. `occurrences` counts similar ones.
        WechatFailed = "wechat.failed",
        /// A scope was set or removed.
        ScopeUpdated = "scope.updated",
        /// A role was set or removed.
        RoleUpdated = "role.updated",
        /// One operator token was revoked.
        TokenRevoked = "token.revoked",
        /// A company token was revoked, and all tokens derived from it.
        CompanyTokenRevoked = "company_token.revoked",
        /// A company token got a successor and expires after the grace period.
        CompanyTokenRotated = "company_token.rotated",
        /// A company token was issued in the console or at the command line, without a password.
        CompanyTokenIssued = "company_token.issued",
        /// An operator token was issued in the console or at the command line, without a company token.
        OperatorTokenIssued = "operator_token.issued",
        /// A company token got another label, or lost it.
        CompanyTokenLabelled = "company_token.labelled",
        /// The end of a company token was brought forward. The tokens derived from it stay valid.
        CompanyTokenRetired = "company_token.retired",
        /// A company token was due and not rotated, so its expiry was set.
        RotationEnforced = "company_token.rotation_enforced",
        /// A company token became due for rotation.
        RotationDue = "token.rotation_due",
        /// A webhook was added.
        WebhookCreated = "webhook.created",
        /// A webhook was changed.
        WebhookUpdated = "webhook.updated",
        /// A webhook was removed.
        WebhookDeleted = "webhook.deleted",
        /// Messages to a webhook that had been given up are tried once more.
        WebhookRetried = "webhook.retried",
        /// A webhook answered 410 and receives no more messages.
        WebhookGone = "webhook.gone",
        /// A message to a webhook was given up, the first since the last successful delivery.
        WebhookGaveUp = "webhook.gave_up",
        /// A signing key was created.
        KeyCreated = "key.created",
        /// A signing key started to sign.
        KeyActivated = "key.activated",
        /// A signing key stopped signing, without a successor of its algorithm.
        KeySuperseded = "key.superseded",
        /// A signing key no longer verifies, and its secret was deleted.
        KeyRetired = "key.retired",
        /// A signing key was revoked, and everything it signed.
        KeyRevoked = "key.revoked",
        /// The signing keys were sealed again with the current master key.
        KeysResealed = "keys.resealed",
        /// Somebody asked that a job of the service runs at once.
        JobRequested = "job.requested",
        /// An admin of the platform was added.
        PlatformAdminCreated = "platform_admin.created",
        /// An admin of the platform was removed, and its sessions ended.
        PlatformAdminDeleted = "platform_admin.deleted",
        /// An admin of the platform signed in.
        PlatformAdminSignedIn = "platform_admin.signed_in",
        /// A sign-in to the platform failed. `occurrences` counts similar ones.
        PlatformAdminSignInFailed = "platform_admin.sign_in_failed",
        /// Lines of the audit log were exported.
        AuditExported = "audit.exported",
        /// A restored copy of the database was made safe to use with `lanyard restore`.
        DatabaseRestored = "database.restored",
    }
}

/// A line of the log, to be recorded.
#[derive(Debug, Clone)]
pub struct Event {
    pub(crate) action: Action,
    pub(crate) actor: Actor,
    pub(crate) through: Option<Through>,
    pub(crate) at: Timestamp,
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) target: Option<String>,
    pub(crate) occurrences: i64,
    pub(crate) address: Option<IpAddr>,
    pub(crate) request_id: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) entry: Option<Sequence>,
}

impl Event {
    /// Returns an event with only the action, the actor and the time.
    #[must_use]
    pub const fn new(action: Action, actor: Actor, at: Timestamp) -> Self {
        Self {
            action,
            actor,
            through: None,
            at,
            organization: None,
            target: None,
            occurrences: 1,
            address: None,
            request_id: None,
            detail: None,
            entry: None,
        }
    }

    /// Returns an event with the caller's data from a request.
    #[must_use]
    pub fn of(
        origin: &Origin,
        action: Action,
        at: Timestamp,
        organization: OrganizationId,
    ) -> Self {
        Self {
            organization: Some(organization),
            through: origin.through,
            address: origin.address,
            request_id: origin.request_id.clone(),
            ..Self::new(action, origin.actor.clone(), at)
        }
    }

    /// Returns an event of the service itself, of no organization, with the caller's data from a
    /// request.
    #[must_use]
    pub fn of_service(origin: &Origin, action: Action, at: Timestamp) -> Self {
        Self {
            through: origin.through,
            address: origin.address,
            request_id: origin.request_id.clone(),
            ..Self::new(action, origin.actor.clone(), at)
        }
    }

    /// Sets the object of the action: `operator:7`, `token:…`, `key:…`.
    #[must_use]
    pub fn target(self, target: impl Into<String>) -> Self {
        Self {
            target: Some(target.into()),
            ..self
        }
    }

    /// Sets the entry of the feed that was written by the same change, so that each leads to the
    /// other.
    #[must_use]
    pub fn entry(self, entry: Sequence) -> Self {
        Self {
            entry: Some(entry),
            ..self
        }
    }

    /// Adds details for the reader. Never a secret.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self {
            detail: Some(detail.into()),
            ..self
        }
    }
}
