//! Why nobody was signed in.

use std::time::Duration;

use crate::db::Error;
use crate::login::Throttled;
use crate::operator::{self, ProfileError};

/// Why nobody was signed in.
#[derive(Debug)]
pub enum LoginError {
    /// The code is empty, too long, or has other characters than visible ASCII.
    Code,
    /// An operator cannot have this name.
    Nickname,
    /// An operator cannot have this picture.
    Avatar,
    /// No organization has this app.
    UnknownApp,
    /// WeChat did not accept the code.
    Refused,
    /// The person may not sign in; the text says why.
    Forbidden(&'static str),
    /// There were too many attempts. The next one may be made after this time.
    Throttled(Duration),
    /// WeChat answers no more requests of this app for a while.
    Limited,
    /// WeChat does not answer.
    Unavailable,
    /// WeChat's answer is of no use.
    Unusable,
    /// This node has no room for another login.
    Busy,
    /// This node does not hold its lease.
    Stale,
    /// The database failed.
    Database(Error),
}

impl LoginError {
    /// Returns the word by which the metric of logins counts the error.
    pub(super) const fn outcome(&self) -> &'static str {
        match self {
            Self::Code
            | Self::Nickname
            | Self::Avatar
            | Self::UnknownApp
            | Self::Refused
            | Self::Forbidden(_)
            | Self::Unusable => "refused",
            Self::Throttled(_) | Self::Limited => "throttled",
            Self::Unavailable | Self::Busy | Self::Stale | Self::Database(_) => "busy",
        }
    }
}

impl From<Error> for LoginError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<Throttled> for LoginError {
    fn from(throttled: Throttled) -> Self {
        Self::Throttled(throttled.retry_after)
    }
}

impl From<operator::ManageError> for LoginError {
    fn from(error: operator::ManageError) -> Self {
        match error {
            operator::ManageError::Profile(ProfileError::Avatar) => Self::Avatar,
            operator::ManageError::Profile(_) => Self::Nickname,
            operator::ManageError::Database(error) => Self::Database(error),
            other => Self::Database(Error::Internal(other.to_string())),
        }
    }
}
