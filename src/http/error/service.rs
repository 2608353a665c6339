//! Errors about the service: it is overloaded, out of date, or has a bug.

use std::time::Duration;

use actix_web::http::StatusCode;

use super::{ApiError, Code};
use crate::base::Sequence;
use crate::db;

impl ApiError {
    /// 503: a queue is full or the database is unreachable.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::unavailable_because(
            "the service cannot do this at the moment; retry after the number of seconds in the Retry-After header",
        )
    }

    /// 503: this node has lost its lease, so it may lack revocations.
    #[must_use]
    pub fn stale() -> Self {
        Self::unavailable_because(
            "stale: this node has lost touch with the database and cannot tell what was revoked since; \
             ask another node, or this one again as the Retry-After header says (seconds)",
        )
    }

    fn unavailable_because(description: &'static str) -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Self::new(status, Code::TemporarilyUnavailable, description)
            .retried_after(Duration::from_secs(1))
    }

    /// 503: a token names a sequence of the feed that this node has not applied. The code that
    /// receives this error catches up ([`super::super::catch_up_to`]) and retries; only if that
    /// fails is the error sent.
    #[must_use]
    pub fn ahead(rev: Sequence) -> Self {
        Self {
            ahead: Some(rev),
            ..Self::stale()
        }
    }

    /// 503: another service that this one needs does not answer.
    #[must_use]
    pub fn upstream_unavailable(description: &'static str) -> Self {
        Self::unavailable_because(description)
    }

    /// 502: another service that this one needs gives an answer that is of no use.
    #[must_use]
    pub fn bad_gateway(description: &'static str) -> Self {
        Self::new(StatusCode::BAD_GATEWAY, Code::ServerError, description)
    }

    /// 500: the service has a bug. The log has the cause under the request's id.
    #[must_use]
    pub fn internal() -> Self {
        let (status, code) = (StatusCode::INTERNAL_SERVER_ERROR, Code::ServerError);
        let description =
            "internal error; the service's log describes it under this response's X-Request-Id";
        Self::new(status, code, description)
    }
}

impl From<db::Error> for ApiError {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Busy => Self::unavailable(),
            db::Error::Unavailable(why) => {
                tracing::warn!(%why, "the database is unavailable");
                Self::unavailable()
            }
            db::Error::Duplicate { .. }
            | db::Error::NotFound
            | db::Error::Unfit(_)
            | db::Error::Internal(_) => {
                tracing::error!(why = %error, "unexpected database error");
                Self::internal()
            }
        }
    }
}
