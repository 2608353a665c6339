//! The table of grants.

use super::answer::TokenAnswer;
use super::request::Request;
use super::{
    authorization_code, client_credentials, device_code, password, refresh_token, token_exchange,
};
use crate::client::GrantType;
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::failure::Failure;

/// The parameters that the endpoint and its grants read, besides those of client authentication.
pub const PARAMETERS: [&str; 18] = [
    "grant_type",
    "scope",
    "resource",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "device_code",
    "username",
    "password",
    "method",
    "audience",
    "subject_token",
    "subject_token_type",
    "actor_token",
    "actor_token_type",
    "requested_token_type",
    "operator_id",
];

/// The grants that work, in the order of the metadata document.
pub const GRANTS: [GrantType; 6] = [
    GrantType::AuthorizationCode,
    GrantType::RefreshToken,
    GrantType::ClientCredentials,
    GrantType::Password,
    GrantType::DeviceCode,
    GrantType::TokenExchange,
];

/// Returns the grant that a request names.
///
/// # Errors
/// Returns `invalid_request` if it names none, and `unsupported_grant_type` if there is no such
/// grant.
pub fn grant_of(grant_type: Option<&str>) -> Result<GrantType, OAuthError> {
    let named = grant_type.ok_or_else(|| {
        OAuthError::new(
            ErrorCode::InvalidRequest,
            "The parameter grant_type is missing",
        )
    })?;
    GrantType::from_parameter(named)
        .filter(|grant| GRANTS.contains(grant))
        .ok_or_else(unsupported)
}

fn unsupported() -> OAuthError {
    OAuthError::new(
        ErrorCode::UnsupportedGrantType,
        "There is no grant of this type; the metadata document lists the grants",
    )
}

/// Exchanges what a client presents for tokens.
///
/// # Errors
/// Returns the [`Failure`].
pub async fn redeem(request: &Request<'_>, grant: GrantType) -> Result<TokenAnswer, Failure> {
    if !request.caller.settings().may_use(grant) {
        return Err(OAuthError::new(
            ErrorCode::UnauthorizedClient,
            "This client may not use this grant; add it to the grants of the client",
        )
        .into());
    }
    match grant {
        GrantType::AuthorizationCode => authorization_code::redeem(request).await,
        GrantType::RefreshToken => refresh_token::redeem(request).await,
        GrantType::ClientCredentials => client_credentials::redeem(request).await,
        GrantType::Password => password::redeem(request).await,
        GrantType::DeviceCode => device_code::redeem(request).await,
        GrantType::TokenExchange => token_exchange::redeem(request).await,
    }
}

/// Returns `invalid_grant`. The description is the same for every reason, so that it does not reveal
/// what exists.
pub(super) fn invalid_grant() -> Failure {
    OAuthError::new(
        ErrorCode::InvalidGrant,
        "What was presented is unknown, expired, used up or another client's",
    )
    .into()
}
