//! How the client wants its answer: a code, in the query of its redirect URI. There is nothing else
//! (RFC 9700, section 2.1.2).

use super::request::Source;
use crate::client::{ClientSettings, GrantType};
use crate::grant::Challenge;
use crate::oauth::{ErrorCode, OAuthError, Parameters, pkce};

/// `request` (RFC 9101) and unsigned requests of clients that must push theirs.
pub(super) fn form(
    parameters: &Parameters<'_>,
    client: &ClientSettings,
    source: Source,
) -> Result<(), OAuthError> {
    if parameters.has("request") {
        return Err(OAuthError::new(
            ErrorCode::RequestNotSupported,
            "Request objects are not supported",
        ));
    }
    if source == Source::Pushed && parameters.has("request_uri") {
        return Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            "A pushed request must not have a request_uri",
        ));
    }
    if source == Source::Browser && client.require.par {
        return Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            "This client must push its requests (RFC 9126)",
        ));
    }
    Ok(())
}

/// `response_type` and `response_mode`.
pub(super) fn kind(parameters: &Parameters<'_>) -> Result<(), OAuthError> {
    match parameters.one("response_type")? {
        Some("code") => {}
        Some(_) => {
            let description = "response_type must be code";
            return Err(OAuthError::new(
                ErrorCode::UnsupportedResponseType,
                description,
            ));
        }
        None => {
            return Err(OAuthError::new(
                ErrorCode::InvalidRequest,
                "response_type is missing",
            ));
        }
    }
    match parameters.one("response_mode")? {
        None | Some("query") => Ok(()),
        Some(_) => Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            "response_mode must be query",
        )),
    }
}

/// Whether the client may use codes at all.
pub(super) fn grant(client: &ClientSettings) -> Result<(), OAuthError> {
    if client.may_use(GrantType::AuthorizationCode) {
        return Ok(());
    }
    let description = "This client may not use authorization codes";
    Err(OAuthError::new(ErrorCode::UnauthorizedClient, description))
}

/// The PKCE challenge, without which nothing goes for public clients (RFC 9700, section 2.1.1).
pub(super) fn challenge(
    parameters: &Parameters<'_>,
    client: &ClientSettings,
) -> Result<Option<Challenge>, OAuthError> {
    let refused =
        |error: pkce::ChallengeError| OAuthError::new(ErrorCode::InvalidRequest, error.to_string());
    match pkce::read(parameters).map_err(refused)? {
        None if client.must_use_pkce() => Err(OAuthError::new(
            ErrorCode::InvalidRequest,
            "code_challenge is missing (RFC 7636)",
        )),
        challenge => Ok(challenge),
    }
}
