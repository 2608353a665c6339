//! `POST /oauth/token`, and the paths at which guides 001 and 003 ask for tokens.

use actix_web::HttpResponse;

use super::answers::{NOT_STORED, add_nonce, client, failed, issuer, origin};
use super::form::{FormOrJson, OAuthForm};
use crate::base::Timestamp;
use crate::client::GrantType;
use crate::http::{Anyone, ApiError, Call, ErrorBody};
use crate::oauth::error::{ErrorCode, OAuthError, Place};
use crate::oauth::paths::{ACCESS_TOKEN, ROUTER, TOKEN};
use crate::oauth::token::{self, Request, RequestProof, TokenAnswer};
use crate::oauth::{Endpoint, Failure, Parameters, read_proof};

/// The parameters of a request for tokens.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "it describes the form")]
pub(super) struct TokenForm {
    /// `authorization_code`, `refresh_token`, `client_credentials`, `password`,
    /// `urn:ietf:params:oauth:grant-type:device_code` or
    /// `urn:ietf:params:oauth:grant-type:token-exchange`.
    grant_type: String,
    /// The scopes, separated by spaces.
    scope: Option<String>,
    /// The client's id, unless it is in an `Authorization: Basic` header.
    client_id: Option<String>,
    /// The client's secret.
    client_secret: Option<String>,
    /// In place of a secret: `urn:ietf:params:oauth:client-assertion-type:jwt-bearer`.
    client_assertion_type: Option<String>,
    /// The assertion, a JWT that the client signed (RFC 7523).
    client_assertion: Option<String>,
}

/// Exchanges what a client presents for tokens (RFC 6749, section 3.2).
#[utoipa::path(post, path = TOKEN, tag = "OAuth", security(()),
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = TokenAnswer),
        (status = 401, description = "The client failed to authenticate", body = ErrorBody),
        (status = 429, description = "Too many wrong passwords", body = ErrorBody)))]
pub(super) async fn token(call: Call<Anyone, OAuthForm>) -> Result<HttpResponse, ApiError> {
    answer(&call, call.body.parameters(), TOKEN, None).await
}

/// Exchanges what a client presents for tokens, as guide 001 calls it: the body may also be JSON.
#[utoipa::path(post, path = ACCESS_TOKEN, tag = "OAuth", security(()),
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = TokenAnswer),
        (status = 401, description = "The client failed to authenticate", body = ErrorBody),
        (status = 429, description = "Too many wrong passwords", body = ErrorBody)))]
pub(super) async fn access_token(call: Call<Anyone, FormOrJson>) -> Result<HttpResponse, ApiError> {
    answer(&call, call.body.0.parameters(), ACCESS_TOKEN, None).await
}

/// The one method of guide 003's router.
const REFRESH: &str = "psdm.auth.token.refresh";

/// Refreshes a token, as guide 003 calls it.
#[utoipa::path(post, path = ROUTER, tag = "OAuth", security(()),
    params(("method" = String, Query, description = "`psdm.auth.token.refresh`")),
    request_body(content = TokenForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = TokenAnswer),
        (status = 401, description = "The client failed to authenticate", body = ErrorBody)))]
pub(super) async fn router(call: Call<Anyone, OAuthForm>) -> Result<HttpResponse, ApiError> {
    let parameters = call.body.parameters();
    let method = call.query(&["method"])?.get("method").map(str::to_owned);
    let named = match (method, parameters.one("method")) {
        (Some(method), Ok(None)) => Some(method),
        (None, Ok(Some(method))) => Some(method.to_owned()),
        (Some(one), Ok(Some(other))) if one == other => Some(one),
        _ => None,
    };
    if named.as_deref() != Some(REFRESH) {
        let description = "The parameter method must be psdm.auth.token.refresh";
        let error = OAuthError::new(ErrorCode::InvalidRequest, description);
        return failed(error.into(), Place::Client);
    }
    answer(&call, parameters, ROUTER, Some(GrantType::RefreshToken)).await
}

/// Returns the answer. `implied` is the grant that the path implies; `None` if it implies none.
async fn answer<B>(
    call: &Call<Anyone, B>,
    parameters: Parameters<'_>,
    endpoint: &'static str,
    implied: Option<GrantType>,
) -> Result<HttpResponse, ApiError> {
    let issuer = issuer(&call.app)?;
    let mut grant = None;
    let now = call.app.clock.now();
    let at = Endpoint {
        issuer,
        path: endpoint,
    };
    let outcome = issue(call, &at, parameters, now, implied, &mut grant).await;
    let label = match &outcome {
        Ok(_) => "issued",
        Err(failure) => failure.outcome(),
    };
    let named = grant.map_or("none", GrantType::as_str);
    call.app.metrics.oauth_request(endpoint, named, label);
    let mut response = match outcome {
        Ok(tokens) => {
            let mut response = HttpResponse::Ok();
            for header in NOT_STORED {
                response.insert_header(header);
            }
            response.json(tokens)
        }
        Err(failure) => failed(failure, Place::Client)?,
    };
    add_nonce(&call.app, &mut response, now);
    Ok(response)
}

/// Issues the tokens. `named` receives the grant as soon as it is known, for the metrics.
async fn issue<B>(
    call: &Call<Anyone, B>,
    endpoint: &Endpoint<'_>,
    parameters: Parameters<'_>,
    now: Timestamp,
    implied: Option<GrantType>,
    named: &mut Option<GrantType>,
) -> Result<TokenAnswer, Failure> {
    // A proof that is refused leaves a client assertion unused.
    let proof = read_proof(&call.app, call.headers(), call.method(), endpoint, now)?;
    let caller = client(call, &parameters, endpoint, now).await?;
    let origin = origin(call, &caller);
    let given = parameters.one("grant_type")?;
    let grant = match (implied, given) {
        (Some(implied), None) => implied,
        _ => token::grant_of(given)?,
    };
    if implied.is_some_and(|implied| implied != grant) {
        let description = "This path refreshes tokens and has no other grant";
        return Err(OAuthError::new(ErrorCode::InvalidRequest, description).into());
    }
    *named = Some(grant);
    let request = Request {
        app: &call.app,
        issuer: endpoint.issuer,
        caller: &caller,
        parameters,
        proof: &RequestProof::new(proof),
        origin: &origin,
        now,
    };
    token::redeem(&request, grant).await
}
