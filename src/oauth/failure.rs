//! Why an endpoint of OAuth answers with an error.

use std::time::Duration;

use super::error::OAuthError;
use super::parameters::Repeated;
use crate::access::InvalidScope;
use crate::db;
use crate::issue::IssueError;

/// Why an endpoint answers with an error.
#[derive(Debug)]
pub enum Failure {
    /// The request is refused.
    Refused(OAuthError),
    /// There were too many attempts. The next one may be made after this time.
    Throttled(Duration),
    /// A queue of this node is full.
    Busy,
    /// This node does not hold its lease.
    Stale,
    /// The database failed.
    Database(db::Error),
    /// A token could not be signed or recorded.
    Issue(IssueError),
}

impl From<OAuthError> for Failure {
    fn from(error: OAuthError) -> Self {
        Self::Refused(error)
    }
}

impl From<Repeated> for Failure {
    fn from(error: Repeated) -> Self {
        Self::Refused(error.into())
    }
}

impl From<InvalidScope> for Failure {
    fn from(error: InvalidScope) -> Self {
        Self::Refused(error.into())
    }
}

impl From<db::Error> for Failure {
    fn from(error: db::Error) -> Self {
        Self::Database(error)
    }
}

impl From<IssueError> for Failure {
    fn from(error: IssueError) -> Self {
        Self::Issue(error)
    }
}
