//! The audit log: who did what, from where, told in the transaction of the deed itself.

pub mod http;
pub mod job;
mod store;

pub use store::{Line, Page, of_entry, record};

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crate::base::{OperatorId, OrganizationId, Sequence, Timestamp, TokenId};

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $word:literal),+ $(,)?) => {
        /// What was done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action { $($(#[$doc])* $name),+ }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word in the log.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word),+ }
            }
        }
    };
}

actions! {
    /// A company token was handed out for a password.
    LoggedIn = "login.succeeded",
    /// A login was refused; `occurrences` counts those that were like it.
    LoginFailed = "login.failed",
    /// An organization was made.
    OrganizationCreated = "organization.created",
    /// Its name or token policy was changed.
    OrganizationUpdated = "organization.updated",
    /// It was suspended and all its tokens revoked.
    OrganizationSuspended = "organization.suspended",
    /// It was let in again.
    OrganizationResumed = "organization.resumed",
    /// Every token of it was revoked.
    OrganizationTokensRevoked = "organization.tokens_revoked",
    /// Its login was changed.
    LoginSet = "organization.login_set",
    /// Its password was set.
    PasswordSet = "organization.password_set",
    /// An operator was added.
    OperatorCreated = "operator.created",
    /// An operator's record was changed.
    OperatorUpdated = "operator.updated",
    /// An operator was deactivated and its tokens revoked.
    OperatorDeactivated = "operator.deactivated",
    /// An operator was activated again.
    OperatorActivated = "operator.activated",
    /// An operator was deleted and its tokens revoked.
    OperatorDeleted = "operator.deleted",
    /// Every token of an operator was revoked.
    OperatorTokensRevoked = "operator.tokens_revoked",
    /// One operator token was revoked.
    TokenRevoked = "token.revoked",
    /// A company token was revoked, with all derived from it.
    CompanyTokenRevoked = "company_token.revoked",
    /// A company token got a successor and ends after the grace.
    CompanyTokenRotated = "company_token.rotated",
    /// A company token that was due and not rotated was told its end.
    RotationEnforced = "company_token.rotation_enforced",
    /// A company token became due for rotation.
    RotationDue = "token.rotation_due",
    /// A webhook was added.
    WebhookCreated = "webhook.created",
    /// A webhook was changed.
    WebhookUpdated = "webhook.updated",
    /// A webhook was removed.
    WebhookDeleted = "webhook.deleted",
    /// A webhook answered 410, and is told nothing any more.
    WebhookGone = "webhook.gone",
    /// A message to a webhook was given up, the first since one last arrived.
    WebhookGaveUp = "webhook.gave_up",
    /// A signing key was made.
    KeyCreated = "key.created",
    /// A signing key began to sign.
    KeyActivated = "key.activated",
    /// A signing key ceased to sign, without a successor of its algorithm.
    KeySuperseded = "key.superseded",
    /// A signing key ceased to verify; its secret is gone.
    KeyRetired = "key.retired",
    /// A signing key was revoked, with everything it signed.
    KeyRevoked = "key.revoked",
    /// The signing keys were sealed anew.
    KeysResealed = "keys.resealed",
    /// A copy of the database was put in its place, and `lanyard restore` made it safe to use.
    DatabaseRestored = "database.restored",
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Action {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .iter()
            .copied()
            .find(|action| action.as_str() == text)
            .ok_or(())
    }
}

/// Who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The service itself.
    System,
    /// Someone at the command line of the machine.
    CommandLine,
    /// Nobody known: a caller without a credential.
    Anonymous,
    /// The bearer of a company token.
    Company(TokenId),
    /// The bearer of an operator token.
    Operator(OperatorId),
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::CommandLine => f.write_str("command-line"),
            Self::Anonymous => f.write_str("anonymous"),
            Self::Company(jti) => write!(f, "company-token:{jti}"),
            Self::Operator(id) => write!(f, "operator:{id}"),
        }
    }
}

/// Who asks, from where, in which request: what a verb needs to know of its caller to tell the log.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Who asks.
    pub actor: Actor,
    /// The client's address.
    pub address: Option<IpAddr>,
    /// The request's id.
    pub request_id: Option<String>,
}

impl Origin {
    /// Someone at the command line.
    #[must_use]
    pub const fn command_line() -> Self {
        Self {
            actor: Actor::CommandLine,
            address: None,
            request_id: None,
        }
    }
}

/// One line of the log, to be recorded.
#[derive(Debug, Clone)]
pub struct Event {
    pub(crate) action: Action,
    pub(crate) actor: Actor,
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
    /// An event with nothing but the deed, its doer and the time.
    #[must_use]
    pub const fn new(action: Action, actor: Actor, at: Timestamp) -> Self {
        Self {
            action,
            actor,
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

    /// An event of a request.
    #[must_use]
    pub fn of(
        origin: &Origin,
        action: Action,
        at: Timestamp,
        organization: OrganizationId,
    ) -> Self {
        Self {
            organization: Some(organization),
            address: origin.address,
            request_id: origin.request_id.clone(),
            ..Self::new(action, origin.actor.clone(), at)
        }
    }

    /// Names what it was done to: `operator:7`, `token:…`, `key:…`.
    #[must_use]
    pub fn target(self, target: impl Into<String>) -> Self {
        Self {
            target: Some(target.into()),
            ..self
        }
    }

    /// Names the entry of the feed that the deed was written with, so that the one leads to the other.
    #[must_use]
    pub fn entry(self, entry: Sequence) -> Self {
        Self {
            entry: Some(entry),
            ..self
        }
    }

    /// Adds what a reader would ask next. Never a secret.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self {
            detail: Some(detail.into()),
            ..self
        }
    }
}
