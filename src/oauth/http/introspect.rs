//! `POST /oauth/introspect` (RFC 7662).

use actix_web::HttpResponse;
use actix_web::http::header::HeaderMap;
use actix_web::web::Bytes;

use super::answers::{AuthorizationOnly, NOT_STORED, client, failed, issuer, nothing_in_the_query};
use super::form::OAuthForm;
use crate::authn::{self, Authenticator, Outcome, Refused, RequestLine, Scheme};
use crate::base::{OrganizationId, Timestamp};
use crate::db::Party;
use crate::http::{Anyone, ApiError, Call, ErrorBody, catch_up_to, ok_json};
use crate::oauth::error::{ErrorCode, OAuthError, Place};
use crate::oauth::introspect::{Introspection, Introspector};
use crate::oauth::paths::INTROSPECT;
use crate::oauth::{Endpoint, Failure, introspect as verb};
use crate::token::Kind;

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
    let outcome = if has_bearer(call.headers()) {
        let company = company(&call, now).await;
        let organization = company.inspect_err(|error| {
            let outcome = error.code().as_str();
            call.app.metrics.oauth_request(INTROSPECT, "none", outcome);
        })?;
        Party::Organization(organization).enter();
        as_company(&call, issuer, organization, now).await
    } else {
        as_client(&call, issuer, now).await
    };
    let label = match &outcome {
        Ok(answer) if answer.is_active() => "active",
        Ok(_) => "inactive",
        Err(failure) => failure.outcome(),
    };
    call.app.metrics.oauth_request(INTROSPECT, "none", label);
    match outcome {
        Ok(answer) => {
            let mut response = ok_json(Bytes::copy_from_slice(&answer.to_json()));
            for (name, value) in NOT_STORED {
                response.headers_mut().insert(name, value);
            }
            Ok(response)
        }
        Err(failure) => failed(failure, Place::Client),
    }
}

/// Whether the only credential is a bearer token. All else is judged as a client's credential.
fn has_bearer(headers: &HeaderMap) -> bool {
    let headers = AuthorizationOnly(headers);
    let presented = authn::presented(&headers);
    matches!(presented, Ok(Some(credential)) if credential.scheme == Scheme::Bearer)
}

/// Returns the organization of a company token.
///
/// # Errors
/// 401 if it is not valid, 403 if it is another kind of token.
async fn company(
    call: &Call<Anyone, OAuthForm>,
    now: Timestamp,
) -> Result<OrganizationId, ApiError> {
    let by = Authenticator {
        validator: &call.app.tokens.validator,
        uses: &call.app.tokens.uses,
        app: &call.app,
        address: &|| call.address(),
    };
    let line = RequestLine {
        method: call.method(),
        origin: None,
        path: INTROSPECT,
    };
    let headers = AuthorizationOnly(call.headers());
    let mut outcome = authn::authenticate(by, line, &headers, now).outcome().await;
    if let Outcome::Refused(Refused::Ahead(rev)) = outcome {
        catch_up_to(&call.app, rev).await?;
        outcome = authn::authenticate(by, line, &headers, now).outcome().await;
    }
    match outcome {
        Outcome::Principal(principal) if principal.token().kind() == Kind::Company => {
            Ok(principal.organization)
        }
        Outcome::Principal(_) => Err(ApiError::forbidden(
            "this needs a client or a company token",
        )),
        Outcome::Refused(cannot @ (Refused::Stale | Refused::Unavailable | Refused::Ahead(_))) => {
            Err(cannot.into())
        }
        Outcome::Refused(_) | Outcome::ApiKey(_) | Outcome::Signed(_) | Outcome::NotRequested => {
            Err(ApiError::invalid_token())
        }
    }
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
