//! Errors about the caller: credentials, rights and rates.

use std::borrow::Cow;
use std::time::Duration;

use actix_web::http::StatusCode;

use super::{ApiError, Challenge, Code};
use crate::authn::dpop::ProofError;
use crate::authn::signature::SignatureError;

impl ApiError {
    /// 401: a login was refused.
    #[must_use]
    pub fn invalid_credentials() -> Self {
        let (status, code) = (StatusCode::UNAUTHORIZED, Code::InvalidCredentials);
        Self::new(status, code, "login or password is wrong").challenging(Challenge::Bare)
    }

    /// 401: the code that stands for a login was refused.
    #[must_use]
    pub fn refused_code(description: &'static str) -> Self {
        let (status, code) = (StatusCode::UNAUTHORIZED, Code::InvalidCredentials);
        Self::new(status, code, description).challenging(Challenge::Bare)
    }

    /// 401: no credential was presented.
    pub fn missing_token(description: impl Into<Cow<'static, str>>) -> Self {
        let (status, code) = (StatusCode::UNAUTHORIZED, Code::InvalidToken);
        Self::new(status, code, description).challenging(Challenge::Bare)
    }

    /// 401: the token presented is malformed, or this service did not issue it.
    #[must_use]
    pub fn invalid_token() -> Self {
        let (status, code) = (StatusCode::UNAUTHORIZED, Code::InvalidToken);
        let description = "the token is not valid; get a new one";
        Self::new(status, code, description).challenging(Challenge::InvalidToken)
    }

    /// 401: the token presented has expired.
    #[must_use]
    pub fn token_expired() -> Self {
        let (status, code) = (StatusCode::UNAUTHORIZED, Code::TokenExpired);
        let description = "the token has expired; get a new one";
        Self::new(status, code, description).challenging(Challenge::InvalidToken)
    }

    /// 401: the token presented is bound to a key, and its proof is missing or wrong; or it is bound
    /// to none.
    #[must_use]
    pub fn unproven(error: ProofError) -> Self {
        let (status, code) = (StatusCode::UNAUTHORIZED, Code::InvalidToken);
        Self {
            unproven: Some(Box::new(error)),
            ..Self::new(status, code, error.to_string()).challenging(Challenge::Dpop)
        }
    }

    /// 401: the signature of the request is wrong, or the API key presented needs one.
    #[must_use]
    pub fn invalid_signature(error: &SignatureError) -> Self {
        let (status, code) = (StatusCode::UNAUTHORIZED, Code::InvalidSignature);
        Self::new(status, code, error.to_string()).challenging(Challenge::InvalidToken)
    }

    /// The token presented was revoked: 403 on the flat surface (guide 002), 401 on the others.
    #[must_use]
    pub fn token_revoked() -> Self {
        let (status, code) = (StatusCode::FORBIDDEN, Code::TokenRevoked);
        Self::new(status, code, "the token was revoked; get a new one")
    }

    /// 403: the credential is valid, but not for this request.
    pub fn forbidden(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, Code::Forbidden, description)
    }

    /// 429: the caller has made too many attempts.
    #[must_use]
    pub fn rate_limited(retry_after: Duration) -> Self {
        let description =
            "too many attempts; retry after the number of seconds in the Retry-After header";
        Self::too_many(description, retry_after)
    }

    /// 429: the caller has its maximum of something open.
    pub fn too_many(description: impl Into<Cow<'static, str>>, retry_after: Duration) -> Self {
        let (status, code) = (StatusCode::TOO_MANY_REQUESTS, Code::RateLimited);
        Self::new(status, code, description).retried_after(retry_after)
    }
}
