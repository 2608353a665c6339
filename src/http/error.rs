//! Errors as values. The surface that the route belongs to decides how a client sees one
//! ([`super::Surface`]).

mod code;
mod credential;
mod request;
mod service;

pub use code::Code;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};

use super::Surface;
use crate::authn::dpop::ProofError;
use crate::base::Sequence;

/// An error that is sent to a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// The status on the flat surface.
    pub(super) status: StatusCode,
    pub(super) code: Code,
    /// What was wrong and what to do, in words for people.
    pub(super) description: Cow<'static, str>,
    pub(super) challenge: Option<Challenge>,
    /// How long the client should wait before it retries. `None` if it should not retry.
    pub(super) retry_after: Option<Duration>,
    /// The methods that the path supports.
    pub(super) allow: Option<&'static str>,
    /// The content codings that a body may have.
    pub(super) accept_encoding: Option<&'static str>,
    /// Why the credential lacks its proof (RFC 9449, section 7.1). Few errors have it, so it takes
    /// little room in the others.
    pub(super) unproven: Option<Box<ProofError>>,
    /// The sequence of the feed that the node must apply first.
    ahead: Option<Sequence>,
}

/// The value of `WWW-Authenticate` (RFC 6750, section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Challenge {
    /// No credential was presented.
    Bare,
    /// The credential presented is not valid.
    InvalidToken,
    /// The credential lacks its proof ([`ApiError::unproven`]).
    Dpop,
}

impl ApiError {
    fn new(status: StatusCode, code: Code, description: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            code,
            description: description.into(),
            challenge: None,
            retry_after: None,
            allow: None,
            accept_encoding: None,
            unproven: None,
            ahead: None,
        }
    }

    fn challenging(self, challenge: Challenge) -> Self {
        Self {
            challenge: Some(challenge),
            ..self
        }
    }

    fn retried_after(self, wait: Duration) -> Self {
        Self {
            retry_after: Some(wait),
            ..self
        }
    }

    /// Returns the same error for one row of a list: its description begins with the index.
    #[must_use]
    pub fn at(self, index: usize) -> Self {
        Self {
            description: format!("[{index}]: {}", self.description).into(),
            ..self
        }
    }

    /// Returns the code.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// Returns the sequence of the feed that this node must apply before it can answer. `None` if
    /// the error is final.
    #[must_use]
    pub const fn needs(&self) -> Option<Sequence> {
        self.ahead
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}: {}",
            self.status.as_u16(),
            self.code.as_str(),
            self.description
        )
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// Returns the response of the flat surface. The trace of a route on another surface replaces
    /// it.
    fn error_response(&self) -> HttpResponse {
        Surface::Flat.render(self)
    }
}
