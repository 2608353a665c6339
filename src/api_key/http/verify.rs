//! `POST /api/v1/api-keys/verify` and `…/verify-many`: whether keys are valid, and what they may
//! do.

use std::net::IpAddr;

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::access::Scope;
use crate::api_key::verify::{Question, Verified, VerifyError, verify as check};
use crate::api_key::{Environment, KeyUse, Refused, Wanted};
use crate::app::App;
use crate::base::{ApiKeyId, OperatorId, OrganizationId, Timestamp};
use crate::http::json_member::Object;
use crate::http::{ApiError, Call, Json, JsonBody, KeyVerifier, Unparsed};

/// The most keys in one call.
const MOST: usize = 1_000;

/// After how many keys of a list the thread serves other requests.
const TURN: usize = 32;

/// A key, and what the caller needs of it.
// It has no `Debug`: its text must not reach a log.
#[derive(Deserialize, ToSchema)]
pub(super) struct VerifyKey {
    /// The text of the key.
    #[schema(value_type = String)]
    key: Value,
    /// The address from which it is used.
    #[serde(default)]
    address: Option<String>,
    /// The key must have all of these.
    #[serde(default)]
    scopes: Option<Vec<String>>,
    /// The key must have this role.
    #[serde(default)]
    role: Option<String>,
    /// `live` or `test`; `live` if it is absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    environment: Option<Environment>,
}

impl JsonBody for VerifyKey {}

/// Keys, and what the caller needs of each.
#[derive(Deserialize, ToSchema)]
pub(super) struct VerifyKeys {
    /// At most 1,000.
    #[schema(value_type = Vec<VerifyKey>)]
    keys: Vec<Object<VerifyKey>>,
}

impl JsonBody for VerifyKeys {
    const LIMIT: usize = 4 * 1024 * 1024;
}

/// Whether a key is valid.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum VerifyView {
    /// It is valid.
    Valid {
        valid: bool,
        #[schema(value_type = String)]
        id: ApiKeyId,
        name: String,
        organization_id: OrganizationId,
        operator_id: Option<OperatorId>,
        /// `live` or `test`.
        environment: &'static str,
        /// What it may do now, sorted.
        scopes: Vec<String>,
        role: Option<String>,
        expires_at: Option<Timestamp>,
    },
    /// It is refused.
    Invalid {
        valid: bool,
        /// `not_found`, `revoked`, `quarantined`, `expired`, `address_denied`,
        /// `signature_required`, `environment_mismatch`, `insufficient_scope` or `insufficient_role`.
        code: &'static str,
    },
}

impl From<Refused> for VerifyView {
    fn from(refused: Refused) -> Self {
        Self::Invalid {
            valid: false,
            code: refused.as_str(),
        }
    }
}

impl From<Verified> for VerifyView {
    fn from(verified: Verified) -> Self {
        let (key, rights) = (&verified.stored.key, verified.rights);
        let scopes = rights.scopes.iter();
        Self::Valid {
            valid: true,
            id: key.id,
            name: key.settings.name.clone(),
            organization_id: key.organization,
            operator_id: key.operator,
            environment: rights.environment.as_str(),
            scopes: scopes.map(|scope| scope.as_str().to_owned()).collect(),
            role: rights.role,
            expires_at: key.settings.expires_at,
        }
    }
}

/// Says whether a key of the organization is valid, and what it may do. This is a use of the key.
#[utoipa::path(post, path = "/api/v1/api-keys/verify", tag = "API keys", operation_id = "verify_api_key",
    request_body = VerifyKey, responses((status = 200, body = VerifyView)))]
pub(super) async fn verify(
    call: Call<KeyVerifier, Json<VerifyKey>>,
) -> Result<HttpResponse, ApiError> {
    let view = answer(&call.app, call.who.organization(), &call.body.0, call.now).await?;
    Ok(HttpResponse::Ok().json(view))
}

/// Verifies up to 1,000 keys: the answers are in the order of the keys.
#[utoipa::path(post, path = "/api/v1/api-keys/verify-many", tag = "API keys",
    operation_id = "verify_api_keys", request_body = VerifyKeys,
    responses((status = 200, body = Vec<VerifyView>)))]
pub(super) async fn verify_many(
    call: Call<KeyVerifier, Unparsed<VerifyKeys>>,
) -> Result<HttpResponse, ApiError> {
    let asker = call.who.organization();
    let VerifyKeys { keys } = call
        .body
        .parse_in_background(&call.app.requests.background, asker)
        .await?;
    if keys.len() > MOST {
        return Err(ApiError::invalid_request(format!(
            "keys must have at most {MOST} items"
        )));
    }
    let mut views = Vec::with_capacity(keys.len());
    for (index, Object(key)) in keys.iter().enumerate() {
        if index % TURN == TURN - 1 {
            tokio::task::yield_now().await;
        }
        let view = answer(&call.app, asker, key, call.now).await;
        views.push(view.map_err(|error| error.at(index))?);
    }
    Ok(HttpResponse::Ok().json(views))
}

async fn answer(
    app: &App,
    asker: OrganizationId,
    wish: &VerifyKey,
    now: Timestamp,
) -> Result<VerifyView, ApiError> {
    let address: Option<IpAddr> =
        match &wish.address {
            None => None,
            Some(text) => Some(text.parse().map_err(|_| {
                ApiError::invalid_request("address must be an IPv4 or IPv6 address")
            })?),
        };
    let names = wish.scopes.iter().flatten();
    let scopes: Option<Vec<Scope>> = names.map(|name| name.parse().ok()).collect();
    let Value::String(text) = &wish.key else {
        return Ok(Refused::NotFound.into());
    };
    let wanted = Wanted {
        environment: wish.environment.unwrap_or(Environment::Live),
        scopes: scopes
            .as_deref()
            .ok_or_else(|| ApiError::invalid_request("scopes must be names of scopes"))?,
        role: wish.role.as_deref(),
    };
    let question = Question {
        asker: Some(asker),
        address,
        wanted: Some(wanted),
        now,
    };
    match check(app, text, question, KeyUse::Noted).await {
        Ok(verified) => Ok(verified.into()),
        Err(VerifyError::Refused(refused)) => Ok(refused.into()),
        Err(VerifyError::Stale) => Err(ApiError::stale()),
        Err(VerifyError::Database(error)) => Err(error.into()),
    }
}
