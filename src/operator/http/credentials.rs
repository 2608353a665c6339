//! `/api/company/operators/{id}/credentials` and `…/totp`: what an operator signs in with.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::id;
use crate::http::{ApiError, Call, Company, ErrorBody, Json, JsonBody, json_member};
use crate::operator::{Change, manage, password, second_factor};
use crate::revocation;
use crate::revocation::http::{add_receipt, receipt};

const CREDENTIALS: &str = "/api/company/operators/{id}/credentials";
const TOTP: &str = "/api/company/operators/{id}/totp";

/// What an operator signs in with.
#[derive(Deserialize, ToSchema)]
pub struct Credentials {
    /// Visible characters without `/`. Usernames and emails of an organization are one name space.
    #[schema(min_length = 1, max_length = 200)]
    username: String,
    /// 1 to 72 bytes in UTF-8.
    #[schema(value_type = String, format = Password)]
    #[serde(deserialize_with = "json_member::secret")]
    password: SecretString,
}

impl JsonBody for Credentials {}

/// Sets the username and the password of an operator. Its sessions have ended when this answers;
/// its tokens stay.
#[utoipa::path(put, path = CREDENTIALS, tag = "Operators", params(("id" = i64, Path)),
    request_body = Credentials, responses((status = 204),
        (status = 409, description = "Another operator has the username, or the operator is deleted", body = ErrorBody)))]
pub async fn set(call: Call<Company, Json<Credentials>>) -> Result<HttpResponse, ApiError> {
    let (origin, id) = (call.origin(), id(&call)?);
    let organization = call.who.0.organization;
    let Credentials { username, password } = call.body.0;
    let hash = password::hash(&call.app, organization, password).await?;
    let change = Change {
        username: Some(Some(username)),
        password: Some(Some(hash)),
        ..Change::default()
    };
    let now = call.app.clock.now();
    let (_, done) = revocation::enforce(&call.app.db, call.app.nodes.feed.clone(), move |conn| {
        manage::change(conn, organization, id, change, &origin, now)
    })
    .await?;
    Ok(receipt(&done))
}

/// Removes the username and the password of an operator, which then cannot sign in. Its sessions
/// have ended when this answers; its tokens stay.
#[utoipa::path(delete, path = CREDENTIALS, tag = "Operators", params(("id" = i64, Path)),
    responses((status = 204)))]
pub async fn remove(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (origin, id) = (call.origin(), id(&call)?);
    let organization = call.who.0.organization;
    let change = Change {
        username: Some(None),
        password: Some(None),
        ..Change::default()
    };
    let now = call.app.clock.now();
    let (_, done) = revocation::enforce(&call.app.db, call.app.nodes.feed.clone(), move |conn| {
        manage::change(conn, organization, id, change, &origin, now)
    })
    .await?;
    Ok(receipt(&done))
}

/// A new second factor.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TotpView {
    /// The secret that is typed into an authenticator app, in base32.
    secret: String,
    /// The same as a URI, which apps read from a QR code.
    uri: String,
    /// Each is good once in place of a code of the app.
    recovery_codes: Vec<String>,
}

/// Gives an operator a new second factor, in force at once. The secret and the recovery codes are
/// shown this once. A former second factor is replaced.
#[utoipa::path(post, path = TOTP, tag = "Operators", params(("id" = i64, Path)),
    responses((status = 200, body = TotpView),
        (status = 409, description = "The operator is deleted", body = ErrorBody)))]
pub async fn set_totp(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (origin, id) = (call.origin(), id(&call)?);
    let (organization, now) = (call.who.0.organization, call.app.clock.now());
    let keys = call.app.tokens.keys.clone();
    let factor = call
        .app
        .db
        .write(move |conn| second_factor::set(conn, keys.masters(), organization, id, &origin, now))
        .await?;
    let done = revocation::already(&call.app.db, &call.app.nodes.feed).await?;
    let codes = factor.recovery_codes.iter();
    let no_store = (CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let mut answer = HttpResponse::Ok();
    add_receipt(&mut answer, &done);
    Ok(answer.insert_header(no_store).json(TotpView {
        secret: factor.secret.text().to_string(),
        uri: factor
            .secret
            .uri(&factor.issuer, &factor.account)
            .to_string(),
        recovery_codes: codes.map(|code| code.text().to_owned()).collect(),
    }))
}

/// Removes the second factor of an operator, with its recovery codes.
#[utoipa::path(delete, path = TOTP, tag = "Operators", params(("id" = i64, Path)),
    responses((status = 204)))]
pub async fn remove_totp(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let (origin, id) = (call.origin(), id(&call)?);
    let (organization, now) = (call.who.0.organization, call.app.clock.now());
    call.app
        .db
        .write(move |conn| second_factor::remove(conn, organization, id, &origin, now))
        .await?;
    let done = revocation::already(&call.app.db, &call.app.nodes.feed).await?;
    Ok(receipt(&done))
}
