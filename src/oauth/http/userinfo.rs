//! `GET, POST /oauth/userinfo` (OpenID Connect Core, section 5.3).

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, WWW_AUTHENTICATE};

use super::answers::{add_nonce, failed, issuer, refusal};
use super::protected_resource::point_to_description;
use crate::access::Scope;
use crate::authn::dpop::{self, ProofError};
use crate::authn::{self, Refused, Scheme};
use crate::base::Timestamp;
use crate::http::{Anyone, ApiError, Call, ErrorBody};
use crate::oauth::error::{BEARER_CHALLENGE, OAuthError, Place};
use crate::oauth::paths::USERINFO;
use crate::oauth::userinfo::{AccessToken, UserInfo, userinfo as verb};
use crate::oauth::{ErrorCode, Failure};

const BEARER: Place = Place::Resource(Scheme::Bearer);

/// Returns the claims about the operator behind the access token, as far as its scopes allow.
#[utoipa::path(get, path = USERINFO, tag = "OAuth",
    responses((status = 200, body = UserInfo),
        (status = 401, description = "The access token is missing, invalid or expired", body = ErrorBody),
        (status = 403, description = "The access token lacks the scope openid", body = ErrorBody)))]
pub(super) async fn userinfo(call: Call<Anyone>) -> Result<HttpResponse, ApiError> {
    let mut response = answer(&call).await?;
    point_to_description(issuer(&call.app)?, &mut response);
    Ok(response)
}

/// Returns the same claims. The access token is in a header; the body is not read.
#[utoipa::path(post, path = USERINFO, tag = "OAuth",
    responses((status = 200, body = UserInfo),
        (status = 401, description = "The access token is missing, invalid or expired", body = ErrorBody),
        (status = 403, description = "The access token lacks the scope openid", body = ErrorBody)))]
pub(super) async fn post_userinfo(call: Call<Anyone>) -> Result<HttpResponse, ApiError> {
    let mut response = answer(&call).await?;
    point_to_description(issuer(&call.app)?, &mut response);
    Ok(response)
}

async fn answer(call: &Call<Anyone>) -> Result<HttpResponse, ApiError> {
    let credential = match authn::presented(call.headers()) {
        Ok(Some(credential)) => credential,
        Ok(None) | Err(Refused::WrongScheme) => {
            // Without a token the challenge names no error (RFC 6750, section 3).
            let mut response = refusal(&OAuthError::invalid_token(), BEARER, None);
            let challenge = HeaderValue::from_static(BEARER_CHALLENGE);
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
            return Ok(response);
        }
        Err(Refused::Ambiguous) => return Err(Refused::Ambiguous.into()),
        Err(_) => return Ok(refusal(&OAuthError::invalid_token(), BEARER, None)),
    };
    let (issuer, now) = (issuer(&call.app)?, call.app.clock.now());
    let token = AccessToken {
        credential,
        proof: dpop::read(call.headers()),
        method: call.method(),
    };
    let outcome = verb(&call.app, issuer, &token, now).await;
    let label = match &outcome {
        Ok(_) => "answered",
        Err(failure) => failure.outcome(),
    };
    call.app.metrics.oauth_request(USERINFO, "none", label);
    let mut response = match outcome {
        Ok(claims) => HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "no-store"))
            .json(claims),
        Err(failure) => return refused(call, failure, credential.scheme, now),
    };
    if credential.scheme == Scheme::Dpop {
        add_nonce(&call.app, &mut response, now);
    }
    Ok(response)
}

/// Returns the answer to a failure. Its challenge names the scheme that the token should be sent
/// with.
fn refused(
    call: &Call<Anyone>,
    failure: Failure,
    sent: Scheme,
    now: Timestamp,
) -> Result<HttpResponse, ApiError> {
    let Failure::Refused(error) = failure else {
        return failed(failure, Place::Resource(sent));
    };
    let place = if error == ProofError::Unproven.into() {
        Place::Resource(Scheme::Dpop)
    } else {
        Place::Resource(sent)
    };
    let scope = (error.code == ErrorCode::InsufficientScope).then_some(Scope::OPENID);
    let mut response = refusal(&error, place, scope);
    if place == Place::Resource(Scheme::Dpop) {
        add_nonce(&call.app, &mut response, now);
    }
    Ok(response)
}
