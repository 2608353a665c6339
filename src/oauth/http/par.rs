//! `POST /oauth/par` (RFC 9126).

use actix_web::http::header::{CACHE_CONTROL, PRAGMA};
use actix_web::{HttpRequest, HttpResponse};

use super::answers::{add_nonce, client, failed, issuer};
use super::form::OAuthForm;
use crate::base::Timestamp;
use crate::http::{Anyone, ApiError, Body, Call, ErrorBody};
use crate::oauth::authorize::PARAMETERS;
use crate::oauth::error::Place;
use crate::oauth::par::{PushedAnswer, push as verb};
use crate::oauth::paths::PAR;
use crate::oauth::{Endpoint, Failure, read_proof};

/// The parameters of client authentication, besides `client_id`.
const CREDENTIALS: [&str; 3] = ["client_secret", "client_assertion", "client_assertion_type"];

/// The parameters of the authorization endpoint, and those of client authentication.
pub(super) struct RequestToPush(OAuthForm);

impl Body for RequestToPush {
    // It is stored, so it may be less than other forms. A longer one is 413, as RFC 9126, section
    // 2.3, has it.
    const LIMIT: Option<usize> = Some(32 * 1024);

    fn parse(request: &HttpRequest, bytes: &[u8]) -> Result<Self, ApiError> {
        let known = |name: &str| PARAMETERS.contains(&name) || CREDENTIALS.contains(&name);
        OAuthForm::read(request, bytes, known).map(Self)
    }
}

/// The parameters of an authorization request, of which these are the usual ones.
#[derive(utoipa::ToSchema)]
#[allow(dead_code, reason = "it describes the form")]
pub(super) struct PushForm {
    /// `code`.
    response_type: String,
    /// A redirect URI of the client.
    redirect_uri: Option<String>,
    /// The scopes, separated by spaces.
    scope: Option<String>,
    /// It comes back with the answer.
    state: Option<String>,
    /// The PKCE challenge (RFC 7636).
    code_challenge: Option<String>,
    /// `S256`.
    code_challenge_method: Option<String>,
    /// The client's id, unless it is in an `Authorization: Basic` header.
    client_id: Option<String>,
    /// The client's secret.
    client_secret: Option<String>,
}

/// Stores an authorization request (RFC 9126). The browser is then sent to the authorization endpoint
/// with `client_id` and `request_uri` only. The client authenticates as at the token endpoint.
#[utoipa::path(post, path = PAR, tag = "OAuth", security(()),
    request_body(content = PushForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 201, body = PushedAnswer),
        (status = 401, description = "The client failed to authenticate", body = ErrorBody),
        (status = 429, description = "Too many requests of the client wait for a browser", body = ErrorBody)))]
pub(super) async fn push(call: Call<Anyone, RequestToPush>) -> Result<HttpResponse, ApiError> {
    let endpoint = Endpoint {
        issuer: issuer(&call.app)?,
        path: PAR,
    };
    let now = call.app.clock.now();
    let outcome = carry_out(&call, &endpoint, now).await;
    let label = match &outcome {
        Ok(_) => "pushed",
        Err(failure) => failure.outcome(),
    };
    call.app.metrics.oauth_request(PAR, "none", label);
    let mut response = match outcome {
        Ok(answer) => HttpResponse::Created()
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((PRAGMA, "no-cache"))
            .json(answer),
        Err(failure) => failed(failure, Place::Client)?,
    };
    add_nonce(&call.app, &mut response, now);
    Ok(response)
}

async fn carry_out(
    call: &Call<Anyone, RequestToPush>,
    endpoint: &Endpoint<'_>,
    now: Timestamp,
) -> Result<PushedAnswer, Failure> {
    let parameters = call.body.0.parameters();
    // A proof that is refused leaves a client assertion unused.
    let proof = read_proof(&call.app, call.headers(), call.method(), endpoint, now)?;
    let caller = client(call, &parameters, endpoint, now).await?;
    let (app, issuer, address) = (&call.app, endpoint.issuer, call.origin().address);
    verb(
        app,
        issuer,
        &caller,
        address,
        &parameters,
        proof.as_ref(),
        now,
    )
    .await
}
