//! What the endpoints have in common: the client that calls, and the answer to a failure.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    AUTHORIZATION, CACHE_CONTROL, HeaderMap, HeaderName, HeaderValue, PRAGMA, WWW_AUTHENTICATE,
};

use crate::app::App;
use crate::audit::{Actor, Origin};
use crate::authn::{CredentialHeader, Headers};
use crate::base::Timestamp;
use crate::http::{Anyone, ApiError, Call, DPOP_NONCE};
use crate::issue::IssueError;
use crate::ledger::WriteError;
use crate::oauth::error::{ErrorCode, OAuthError, Place};
use crate::oauth::{Caller, Endpoint, Failure, Parameters, authenticate, client_auth};

/// Returns the answer to an error.
pub(super) fn refusal(error: &OAuthError, place: Place, scope: Option<&str>) -> HttpResponse {
    let status = StatusCode::from_u16(error.status(place));
    let mut response = HttpResponse::build(status.unwrap_or(StatusCode::BAD_REQUEST));
    if let Some(challenge) = error.challenge(place, scope) {
        response.insert_header((WWW_AUTHENTICATE, challenge));
    }
    response
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((PRAGMA, "no-cache"))
        .json(error.body())
}

/// Returns the answer to a failure.
///
/// # Errors
/// Returns the error of one that is not the caller's fault.
pub(super) fn failed(failure: Failure, place: Place) -> Result<HttpResponse, ApiError> {
    Err(match failure {
        Failure::Refused(error) => return Ok(refusal(&error, place, None)),
        Failure::Throttled(wait) => ApiError::rate_limited(wait),
        Failure::Stale => ApiError::stale(),
        Failure::Database(why) => why.into(),
        Failure::Busy | Failure::Issue(IssueError::Ledger(WriteError::Full)) => {
            ApiError::unavailable()
        }
        Failure::Issue(why @ (IssueError::Ledger(_) | IssueError::NoSigner(_))) => {
            tracing::warn!(%why, "a token was not issued");
            ApiError::unavailable()
        }
        Failure::Issue(why) => {
            tracing::error!(%why, "a token was not issued");
            ApiError::internal()
        }
    })
}

/// `Cache-Control: no-store`, with `Pragma: no-cache` for old caches (RFC 6749, section 5.1).
pub(super) const NOT_STORED: [(HeaderName, HeaderValue); 2] = [
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (PRAGMA, HeaderValue::from_static("no-cache")),
];

/// The headers in which an endpoint accepts a bearer token: the guides' own headers are read on no
/// path of OAuth but userinfo.
pub(super) struct AuthorizationOnly<'a>(pub(super) &'a HeaderMap);

impl Headers for AuthorizationOnly<'_> {
    fn values(&self, header: CredentialHeader) -> impl Iterator<Item = &[u8]> {
        let read = matches!(header, CredentialHeader::Authorization);
        self.0.values(header).filter(move |_| read)
    }
}

/// Adds the nonce that the next proof must have, if proofs must have one (RFC 9449, section 8).
pub(super) fn add_nonce(app: &App, response: &mut HttpResponse, now: Timestamp) {
    let nonce = app.tokens.dpop_nonces.as_ref().map(|nonces| nonces.at(now));
    let value = nonce.and_then(|nonce| HeaderValue::try_from(nonce.to_string()).ok());
    if let Some(value) = value {
        response.headers_mut().insert(DPOP_NONCE, value);
    }
}

/// Returns the values of the `Authorization` headers.
///
/// # Errors
/// Returns `invalid_client` if one is not ASCII.
fn authorization(headers: &HeaderMap) -> Result<Vec<&str>, OAuthError> {
    let values = headers.get_all(AUTHORIZATION);
    let text = |value| ascii(value).ok_or_else(OAuthError::invalid_client);
    values.map(text).collect()
}

/// Returns a header's value as text. `None` if it is not ASCII. Servers accept no control characters
/// in a value except tabs.
pub(super) fn ascii(value: &HeaderValue) -> Option<&str> {
    // `is_ascii` checks many bytes at once, `HeaderValue::to_str` one by one.
    let bytes = value.as_bytes();
    let text = bytes.is_ascii().then(|| std::str::from_utf8(bytes).ok());
    text.flatten()
}

/// Refuses parameters in the query: they would stand in logs (RFC 6749, section 2.3.1). Guide 003's
/// `method` is no secret.
pub(super) fn nothing_in_the_query(query: &str) -> Result<(), OAuthError> {
    if query.is_empty() {
        return Ok(());
    }
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    if pairs.any(|(name, value)| name != "method" && !value.is_empty()) {
        return Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            "Parameters must be in the body, not in the query",
        ));
    }
    Ok(())
}

/// Returns the client that calls `endpoint`.
///
/// # Errors
/// Returns the [`Failure`].
pub(super) async fn client<B>(
    call: &Call<Anyone, B>,
    parameters: &Parameters<'_>,
    endpoint: &Endpoint<'_>,
    now: Timestamp,
) -> Result<Caller, Failure> {
    nothing_in_the_query(call.query_string())?;
    let presented = client_auth::read(&authorization(call.headers())?, parameters)?;
    authenticate(&call.app, &presented, endpoint, now).await
}

/// Returns the origin of what a client does.
pub(super) fn origin<B>(call: &Call<Anyone, B>, caller: &Caller) -> Origin {
    Origin {
        actor: Actor::Client(caller.id().clone()),
        ..call.origin()
    }
}

/// Returns `oauth.issuer`. The routes exist only if there is one.
///
/// # Errors
/// 404 if there is none.
pub(super) fn issuer(app: &Arc<App>) -> Result<&str, ApiError> {
    app.settings
        .oauth_issuer
        .as_deref()
        .ok_or_else(ApiError::not_found)
}
