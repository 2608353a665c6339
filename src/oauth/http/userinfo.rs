//! `GET, POST /oauth/userinfo` (OpenID Connect Core, section 5.3).

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};

use super::answers::{failed, issuer, refusal};
use super::protected_resource::point_to_description;
use crate::access::Scope;
use crate::authn::{self, Refused};
use crate::http::{Anyone, ApiError, Call, ErrorBody};
use crate::oauth::error::{BEARER_CHALLENGE, OAuthError, Place, Scheme};
use crate::oauth::paths::USERINFO;
use crate::oauth::userinfo::{UserInfo, userinfo as verb};
use crate::oauth::{ErrorCode, Failure};

const PLACE: Place = Place::Resource(Scheme::Bearer);

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
    let token = match authn::presented(call.headers()) {
        Ok(Some(token)) => token,
        Ok(None) | Err(Refused::WrongScheme) => {
            // Without a token the challenge names no error (RFC 6750, section 3).
            let mut response = refusal(&OAuthError::invalid_token(), PLACE, None);
            let challenge = actix_web::http::header::HeaderValue::from_static(BEARER_CHALLENGE);
            response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
            return Ok(response);
        }
        Err(Refused::Ambiguous) => return Err(Refused::Ambiguous.into()),
        Err(_) => return Ok(refusal(&OAuthError::invalid_token(), PLACE, None)),
    };
    let issuer = issuer(&call.app)?;
    let outcome = verb(&call.app, issuer, token, call.app.clock.now()).await;
    let label = match &outcome {
        Ok(_) => "answered",
        Err(failure) => failure.outcome(),
    };
    call.app.metrics.oauth_request(USERINFO, "none", label);
    match outcome {
        Ok(claims) => Ok(HttpResponse::Ok()
            .insert_header((CACHE_CONTROL, "no-store"))
            .json(claims)),
        Err(Failure::Refused(error)) => {
            let scope = (error.code == ErrorCode::InsufficientScope).then_some(Scope::OPENID);
            Ok(refusal(&error, PLACE, scope))
        }
        Err(failure) => failed(failure, PLACE),
    }
}
