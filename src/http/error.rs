//! Errors as clients see them, in the flat shape of RFC 6749, 5.2 and RFC 6750, 3.1.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::Sequence;
use crate::db;

/// The body of an error.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody<'a> {
    /// A code for programs.
    #[schema(example = "invalid_request")]
    error: &'a str,
    /// What was wrong and what to do, for people.
    error_description: &'a str,
}

/// An error that is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    description: Cow<'static, str>,
    challenge: Option<Challenge>,
    retry_after: Option<Duration>,
    allow: Option<&'static str>,
    ahead: Option<Sequence>,
    /// The codings that a body may have.
    accept_encoding: Option<&'static str>,
}

/// `WWW-Authenticate` (RFC 6750, 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Challenge {
    /// No credential was presented.
    Bare,
    /// The one presented does not count.
    InvalidToken,
}

impl ApiError {
    fn new(
        status: StatusCode,
        code: &'static str,
        description: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            description: description.into(),
            challenge: None,
            retry_after: None,
            allow: None,
            ahead: None,
            accept_encoding: None,
        }
    }

    /// 400: the request cannot be understood.
    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    /// 401: a login was refused.
    #[must_use]
    pub fn invalid_credentials() -> Self {
        Self {
            challenge: Some(Challenge::Bare),
            ..Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid_credentials",
                "login or password is wrong",
            )
        }
    }

    /// 401: no credential was presented.
    pub fn missing_token(description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            challenge: Some(Challenge::Bare),
            ..Self::new(StatusCode::UNAUTHORIZED, "invalid_token", description)
        }
    }

    /// 401: the token presented is not one of ours, or malformed.
    #[must_use]
    pub fn invalid_token() -> Self {
        Self {
            challenge: Some(Challenge::InvalidToken),
            ..Self::new(
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "the token is not valid; get a new one",
            )
        }
    }

    /// 401: the token presented has expired.
    #[must_use]
    pub fn token_expired() -> Self {
        Self {
            challenge: Some(Challenge::InvalidToken),
            ..Self::new(
                StatusCode::UNAUTHORIZED,
                "token_expired",
                "the token has expired; get a new one",
            )
        }
    }

    /// 403: the token presented was revoked (guide 002 files revocation here).
    #[must_use]
    pub fn token_revoked() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "token_revoked",
            "the token was revoked; get a new one",
        )
    }

    /// 403: a good credential, but not for this.
    pub fn forbidden(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", description)
    }

    /// The same error, said of one row of a list.
    #[must_use]
    pub fn at(self, index: usize) -> Self {
        Self {
            description: format!("[{index}]: {}", self.description).into(),
            ..self
        }
    }

    /// 404: there is no such thing, or it is another organization's: the same bytes.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            "there is nothing here under this name",
        )
    }

    /// 405.
    #[must_use]
    pub fn method_not_allowed(allow: &'static str) -> Self {
        Self {
            allow: Some(allow),
            ..Self::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "this method is not for this resource; the Allow header lists those that are",
            )
        }
    }

    /// 408: the body did not come to its end in time.
    #[must_use]
    pub fn body_timed_out(limit: Duration) -> Self {
        let description = format!(
            "the body did not arrive whole within {} seconds",
            limit.as_secs()
        );
        Self::new(StatusCode::REQUEST_TIMEOUT, "invalid_request", description)
    }

    /// 409: it does not go with what is there.
    pub fn conflict(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", description)
    }

    /// 413.
    #[must_use]
    pub fn payload_too_large(limit: usize) -> Self {
        let description = format!("the body may have at most {limit} bytes");
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "payload_too_large",
            description,
        )
    }

    /// 415.
    #[must_use]
    pub fn unsupported_media_type() -> Self {
        let description = "the body must be JSON in UTF-8: send Content-Type: application/json";
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            description,
        )
    }

    /// 415: the body is compressed.
    #[must_use]
    pub fn unsupported_encoding() -> Self {
        let description = "the body must be sent as it is: without Content-Encoding, that is without gzip, br or zstd";
        Self {
            accept_encoding: Some("identity"),
            ..Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                description,
            )
        }
    }

    /// 429.
    #[must_use]
    pub fn rate_limited(retry_after: Duration) -> Self {
        let description =
            "too many attempts; wait as long as the Retry-After header says (seconds)";
        Self {
            retry_after: Some(retry_after),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", description)
        }
    }

    /// 429: the caller has as many of something open as it may have.
    pub fn too_many(description: impl Into<Cow<'static, str>>, retry_after: Duration) -> Self {
        Self {
            retry_after: Some(retry_after),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", description)
        }
    }

    /// 503: a queue is full or the database is away.
    #[must_use]
    pub fn unavailable() -> Self {
        let description = "the service cannot do this just now; try again as the Retry-After header says (seconds)";
        Self {
            retry_after: Some(Duration::from_secs(1)),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "temporarily_unavailable",
                description,
            )
        }
    }

    /// 503: this node has lost its lease and cannot tell what was revoked since.
    #[must_use]
    pub fn stale() -> Self {
        let description = "stale: this node has lost touch with the database and cannot tell what was revoked since; \
            ask another node, or this one again as the Retry-After header says (seconds)";
        Self {
            description: description.into(),
            ..Self::unavailable()
        }
    }

    /// 503, unless this node comes to that sequence of the feed first, and looks again: a token names it.
    #[must_use]
    pub fn ahead(rev: Sequence) -> Self {
        Self {
            ahead: Some(rev),
            ..Self::stale()
        }
    }

    /// The sequence of the feed that this node must come to before it can say more.
    #[must_use]
    pub const fn needs(&self) -> Option<Sequence> {
        self.ahead
    }

    /// What the server itself says to what is no request that it can read.
    pub(super) fn unparsed(status: StatusCode) -> Self {
        match status {
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => Self::new(
                status,
                "invalid_request",
                "the head of the request is too large: it may have 128 KiB and 96 headers",
            ),
            StatusCode::REQUEST_TIMEOUT => Self::new(
                status,
                "invalid_request",
                "the head of the request did not arrive whole within 5 seconds",
            ),
            _ if status.is_server_error() => Self::internal(),
            _ => Self::new(
                status,
                "invalid_request",
                "this is no request as HTTP/1.1 has it (RFC 9112): look at its first line, its headers, and how long it says its \
                 body is",
            ),
        }
    }

    /// The body as it is sent.
    pub(super) fn body(&self) -> Vec<u8> {
        // Two texts are always JSON.
        serde_json::to_vec(&ErrorBody {
            error: self.code,
            error_description: &self.description,
        })
        .unwrap_or_default()
    }

    /// 500: a mistake of ours. The log has the cause under the request's id.
    #[must_use]
    pub fn internal() -> Self {
        let description =
            "the service made a mistake; its log tells which under this response's X-Request-Id";
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "server_error",
            description,
        )
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

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}: {}",
            self.status.as_u16(),
            self.code,
            self.description
        )
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        if let Some(challenge) = self.challenge {
            response.insert_header((
                header::WWW_AUTHENTICATE,
                match challenge {
                    Challenge::Bare => r#"Bearer realm="lanyard""#,
                    Challenge::InvalidToken => r#"Bearer realm="lanyard", error="invalid_token""#,
                },
            ));
        }
        if let Some(wait) = self.retry_after {
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            response.insert_header((header::RETRY_AFTER, seconds.max(1)));
        }
        if let Some(allow) = self.allow {
            response.insert_header((header::ALLOW, allow));
        }
        if let Some(codings) = self.accept_encoding {
            response.insert_header((header::ACCEPT_ENCODING, codings));
        }
        response.json(ErrorBody {
            error: self.code,
            error_description: &self.description,
        })
    }
}
