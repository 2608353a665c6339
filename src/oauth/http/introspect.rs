//! `POST /oauth/introspect` (RFC 7662).

use actix_web::HttpResponse;
use actix_web::http::header::{AUTHORIZATION, HeaderMap};

use super::answers::{NOT_STORED, ascii, client, failed, issuer, nothing_in_the_query};
use super::form::OAuthForm;
use crate::base::{OrganizationId, Timestamp};
use crate::db::Party;
use crate::http::{Anyone, ApiError, Call, ErrorBody, with_catch_up};
use crate::oauth::error::{ErrorCode, OAuthError, Place};
use crate::oauth::introspect::{Introspection, Introspector};
use crate::oauth::paths::INTROSPECT;
use crate::oauth::{Endpoint, Failure, introspect as verb};
use crate::token::Kind;
use crate::validate::Refusal;

/// The token that the call is about.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "it describes the form")]
pub(super) struct TokenToLookAt {
    /// The token.
    token: String,
    /// A hint, which is not needed.
    token_type_hint: Option<String>,
    /// The client's id, unless it is in an `Authorization` header.
    client_id: Option<String>,
    /// The client's secret.
    client_secret: Option<String>,
}

/// Returns what a token is (RFC 7662). The caller is a confidential client, or the holder of a
/// company token.
#[utoipa::path(post, path = INTROSPECT, tag = "OAuth", security((), ("token" = [])),
    request_body(content = TokenToLookAt, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = serde_json::Value),
        (status = 401, description = "The caller failed to authenticate", body = ErrorBody)))]
pub(super) async fn introspect(call: Call<Anyone, OAuthForm>) -> Result<HttpResponse, ApiError> {
    let issuer = issuer(&call.app)?;
    let now = call.app.clock.now();
    let outcome = match bearer(call.headers()) {
        Some(token) => {
            let organization = company(&call, token, now).await?;
            Party::Organization(organization).enter();
            as_company(&call, issuer, organization, now).await
        }
        None => as_client(&call, issuer, now).await,
    };
    let label = match &outcome {
        Ok(answer) if answer.is_active() => "active",
        Ok(_) => "inactive",
        Err(failure) => failure.outcome(),
    };
    call.app.metrics.oauth_request(INTROSPECT, "none", label);
    match outcome {
        Ok(answer) => {
            let mut response = HttpResponse::Ok();
            for header in NOT_STORED {
                response.insert_header(header);
            }
            Ok(response.json(answer))
        }
        Err(failure) => failed(failure, Place::Client),
    }
}

/// Returns the token of the only `Authorization` header, if its scheme is Bearer.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION);
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = ascii(value)?.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Returns the organization of a company token.
///
/// # Errors
/// 401 if it is not valid, 403 if it is another kind of token.
async fn company(
    call: &Call<Anyone, OAuthForm>,
    token: &str,
    now: Timestamp,
) -> Result<OrganizationId, ApiError> {
    let validator = &call.app.tokens.validator;
    let claims = with_catch_up(&call.app, || {
        let verdict = validator.validate(token, now);
        verdict.map_err(|refusal| match refusal {
            Refusal::Stale => ApiError::stale(),
            Refusal::Ahead(claims) => ApiError::ahead(claims.rev),
            Refusal::Invalid | Refusal::Expired(_) | Refusal::Revoked(_) => {
                ApiError::invalid_token()
            }
        })
    })
    .await?;
    if claims.kind() != Kind::Company {
        return Err(ApiError::forbidden(
            "this needs a client or a company token",
        ));
    }
    call.app.tokens.uses.note(&claims, now);
    Ok(claims.organization)
}

async fn as_company(
    call: &Call<Anyone, OAuthForm>,
    issuer: &str,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<Introspection, Failure> {
    nothing_in_the_query(call.query_string())?;
    look(call, issuer, Introspector::Company(organization), now).await
}

async fn as_client(
    call: &Call<Anyone, OAuthForm>,
    issuer: &str,
    now: Timestamp,
) -> Result<Introspection, Failure> {
    let endpoint = Endpoint {
        issuer,
        path: INTROSPECT,
    };
    let caller = client(call, &call.body.parameters(), &endpoint, now).await?;
    if caller.settings().is_public() {
        return Err(OAuthError::invalid_client().into());
    }
    look(call, issuer, Introspector::Client(&caller), now).await
}

async fn look(
    call: &Call<Anyone, OAuthForm>,
    issuer: &str,
    by: Introspector<'_>,
    now: Timestamp,
) -> Result<Introspection, Failure> {
    let token = call.body.parameters().one("token")?.ok_or_else(|| {
        OAuthError::new(ErrorCode::InvalidRequest, "The parameter token is missing")
    })?;
    verb::introspect(&call.app, issuer, by, token, now).await
}
