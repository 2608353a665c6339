//! `POST /oauth/revoke` (RFC 7009).

use actix_web::HttpResponse;

use super::answers::{client, failed, issuer, origin};
use super::form::OAuthForm;
use super::introspect::TokenToLookAt;
use crate::http::{Anyone, ApiError, Call, ErrorBody};
use crate::oauth::error::{ErrorCode, OAuthError, Place};
use crate::oauth::paths::REVOKE;
use crate::oauth::{Endpoint, Failure, revoke as verb};
use crate::revocation::Receipt;
use crate::revocation::http::add_receipt;

/// Revokes a token of the client (RFC 7009): a refresh token with its family. The revocation is in
/// force on every node when the call returns. For a token that is unknown or another client's nothing
/// happens, and the answer is 200 as well.
#[utoipa::path(post, path = REVOKE, tag = "OAuth", security(()),
    request_body(content = TokenToLookAt, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "The token is revoked, or it is unknown"),
        (status = 401, description = "The client failed to authenticate", body = ErrorBody)))]
pub(super) async fn revoke(call: Call<Anyone, OAuthForm>) -> Result<HttpResponse, ApiError> {
    let outcome = carry_out(&call, issuer(&call.app)?).await;
    let label = match &outcome {
        Ok(Some(_)) => "revoked",
        Ok(None) => "nothing",
        Err(failure) => failure.outcome(),
    };
    call.app.metrics.oauth_request(REVOKE, "none", label);
    match outcome {
        Ok(Some(receipt)) => {
            let mut answer = HttpResponse::Ok();
            add_receipt(&mut answer, &receipt);
            Ok(answer.finish())
        }
        Ok(None) => Ok(HttpResponse::Ok().finish()),
        Err(failure) => failed(failure, Place::Client),
    }
}

async fn carry_out(
    call: &Call<Anyone, OAuthForm>,
    issuer: &str,
) -> Result<Option<Receipt>, Failure> {
    let now = call.app.clock.now();
    let parameters = call.body.parameters();
    let endpoint = Endpoint {
        issuer,
        path: REVOKE,
    };
    let caller = client(call, &parameters, &endpoint, now).await?;
    let origin = origin(call, &caller);
    let token = parameters.one("token")?.ok_or_else(|| {
        OAuthError::new(ErrorCode::InvalidRequest, "The parameter token is missing")
    })?;
    verb::revoke(&call.app, issuer, &caller, token, &origin, now).await
}
