//! Why an endpoint of OAuth answers with an error.

use std::time::Duration;

use super::error::{ErrorCode, OAuthError};
use super::parameters::Repeated;
use crate::access::InvalidScope;
use crate::authn::dpop::ProofError;
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

impl Failure {
    /// Returns the outcome under which the metrics count the request: a code of OAuth.
    #[must_use]
    pub const fn outcome(&self) -> &'static str {
        let code = match self {
            Self::Refused(error) => error.code,
            Self::Throttled(_) => ErrorCode::RateLimited,
            Self::Busy | Self::Stale | Self::Database(_) | Self::Issue(_) => {
                ErrorCode::TemporarilyUnavailable
            }
        };
        code.as_str()
    }
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

impl From<ProofError> for Failure {
    fn from(error: ProofError) -> Self {
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
