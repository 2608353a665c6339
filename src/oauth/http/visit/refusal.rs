//! Errors of a visit, and the page or the error of the API that each becomes.

use crate::db;
use crate::http::ApiError;
use crate::login::{LoginError, Throttled};
use crate::oauth::authorize;
use crate::oauth::browser::FlowError;
use crate::page::oauth::PageError;
use crate::session::SessionError;

/// Why a visit is answered with an error.
#[derive(Debug)]
pub(in crate::oauth::http) enum Refusal {
    /// A page says why.
    Page(PageError),
    /// The service cannot answer, or has a bug.
    Fault(ApiError),
}

impl From<PageError> for Refusal {
    fn from(error: PageError) -> Self {
        Self::Page(error)
    }
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Fault(error)
    }
}

impl From<db::Error> for Refusal {
    fn from(error: db::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl From<FlowError> for Refusal {
    fn from(error: FlowError) -> Self {
        Self::Fault(match error {
            FlowError::Stale => ApiError::stale(),
            FlowError::Database(why) => why.into(),
        })
    }
}

impl From<SessionError> for Refusal {
    fn from(error: SessionError) -> Self {
        FlowError::from(error).into()
    }
}

impl From<LoginError> for Refusal {
    fn from(error: LoginError) -> Self {
        Self::Fault(error.into())
    }
}

impl From<Throttled> for Refusal {
    fn from(throttled: Throttled) -> Self {
        Self::Page(PageError::Throttled(throttled.retry_after))
    }
}

impl From<authorize::PageError> for PageError {
    fn from(error: authorize::PageError) -> Self {
        match error {
            authorize::PageError::Client => Self::Client,
            authorize::PageError::RedirectUri => Self::RedirectUri,
            authorize::PageError::RequestUri => Self::Expired,
        }
    }
}

impl From<authorize::PageError> for Refusal {
    fn from(error: authorize::PageError) -> Self {
        Self::Page(error.into())
    }
}
