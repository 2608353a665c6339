//! Every act that the audit log records, with its word.

use crate::base::words::words;

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
