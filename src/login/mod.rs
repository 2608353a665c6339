//! Logging in with a name and a password, for every kind of account: finding the account, checking
//! the password, and limiting the attempts.
//!
//! The law: a refusal reveals nothing. An unknown login, a wrong password and an account that may
//! not log in take the same steps and the same time, and get the same answer. In particular a
//! refusal writes nothing to the database while its caller waits.

mod account;
mod check;
mod failed;
pub mod job;
mod key;
mod lookups;
mod store;
mod throttle;

pub use account::{Account, Named};
pub use check::{Accepted, LoginError, Presented, check, note_address};
pub use failed::{FailedLogins, What};
pub use key::LoginKey;
pub use lookups::{Lookups, Place};
pub use throttle::{Counted, Knock, Limits, Pass, Rate, Throttle, Throttled, network};

use crate::base::{OperatorId, OrganizationId, PlatformAdminId};

/// The subject that logs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An organization, with its own login and password.
    Organization(OrganizationId),
    /// An operator of an organization.
    Operator(OrganizationId, OperatorId),
    /// An admin of the platform.
    PlatformAdmin(PlatformAdminId),
}

impl Subject {
    /// Returns the organization that the subject belongs to, or the service itself. Subjects of one
    /// organization share one turn in queues.
    #[must_use]
    pub const fn organization(self) -> OrganizationId {
        match self {
            Self::Organization(id) | Self::Operator(id, _) => id,
            Self::PlatformAdmin(_) => OrganizationId::SERVICE,
        }
    }
}
