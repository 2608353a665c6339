//! `/api/company/…`: logging in, the organization's own record, rotating and revoking company
//! tokens.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Login, RevokeError, RotateError, Rotated, log_in, revoke, rotate};
use crate::app::App;
use crate::base::{OrganizationId, Timestamp};
use crate::db;
use crate::http::json_member::{self, Object, given, settable};
use crate::http::{
    Anyone, ApiError, Call, Company, ErrorBody, Json, JsonBody, OptionalJson, Routes, Surface,
    endpoints,
};
use crate::login::LoginError;
use crate::organization::{Profile, ProfileChange, ProfileError, change, read};
use crate::revocation;
use crate::revocation::http::{add_receipt, receipt};

const ORGANIZATION: &str = "/api/company/organization";

/// The routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(
        Surface::Flat,
        endpoints![
            get_token,
            rotate_token,
            revoke_token,
            organization,
            change_organization,
        ],
    )
}

/// A login.
#[derive(Deserialize, ToSchema)]
#[schema(as = LogIn)]
pub struct GetToken {
    /// The organization's login, in any case.
    login: String,
    /// Its password.
    #[schema(value_type = String, format = Password)]
    #[serde(deserialize_with = "json_member::secret")]
    password: SecretString,
}

impl JsonBody for GetToken {}

impl From<LoginError> for ApiError {
    fn from(fault: LoginError) -> Self {
        match fault {
            LoginError::Refused => Self::invalid_credentials(),
            LoginError::Throttled(wait) => Self::rate_limited(wait),
            LoginError::Busy => Self::unavailable(),
            LoginError::Stale => Self::stale(),
            LoginError::Database(error) => error.into(),
        }
    }
}

/// Issues a company token for a login and a password.
#[utoipa::path(post, path = "/api/company/get-token", tag = "Company", request_body = GetToken, security(()),
    responses((status = 200, body = String, content_type = "application/json", description = "The company token, a bare JSON string"),
        (status = 401, description = "Login or password is wrong, or the organization is suspended", body = ErrorBody),
        (status = 429, description = "Too many attempts: `Retry-After` says when to try again", body = ErrorBody)))]
pub async fn get_token(call: Call<Anyone, Json<GetToken>>) -> Result<HttpResponse, ApiError> {
    let origin = call.origin();
    let GetToken { login, password } = call.body.0;
    let token = log_in(&call.app, Login { login, password }, origin).await?;
    Ok(HttpResponse::Ok().insert_header(NO_STORE).json(token))
}

const NO_STORE: (HeaderName, HeaderValue) = (CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// The policy of an organization's tokens.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct TokenPolicyView {
    /// The longest life of an operator token (seconds).
    operator_token_max_seconds: i64,
    /// The life of a company token (seconds); null if it has no end.
    company_token_lifetime_seconds: Option<i64>,
    /// How often the company token is to be rotated (days).
    rotation_period_days: i64,
    /// How long a rotated company token stays valid (seconds).
    rotation_grace_seconds: i64,
    /// Whether a company token that is due ends after the grace.
    enforce_rotation: bool,
}

/// The state of the rotation of the company token.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_field_names, reason = "the contract's names")]
struct RotationView {
    /// When it was last rotated; null if it never was.
    last_rotated_at: Option<Timestamp>,
    /// When it is to be rotated again.
    due_at: Timestamp,
    /// When the grace after that ends.
    grace_ends_at: Timestamp,
    /// The number of company tokens that are valid and due and were not rotated.
    due_tokens: usize,
}

/// The organization.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizationView {
    id: OrganizationId,
    login: String,
    name: String,
    /// `active` or `suspended`.
    status: &'static str,
    /// The number of operators that are not deleted.
    operator_count: i64,
    token_policy: TokenPolicyView,
    rotation: RotationView,
    /// Whether an operator can be granted only the scopes of its role.
    cap_scopes_by_role: bool,
    created_at: Timestamp,
}

impl OrganizationView {
    fn new(app: &App, profile: Profile) -> Self {
        let seconds = |span: std::time::Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
        let organization = profile.organization;
        let policy = organization.policy;
        let terms = policy.terms(&app.settings.company_tokens);
        let due_at = terms.due(organization.rotated_at.unwrap_or(organization.created_at));
        Self {
            id: organization.id,
            login: organization.login,
            name: organization.name,
            status: organization.status.as_str(),
            operator_count: profile.operator_count,
            token_policy: TokenPolicyView {
                operator_token_max_seconds: seconds(policy.operator_token_cap()),
                company_token_lifetime_seconds: policy.company_token_lifetime_seconds,
                rotation_period_days: seconds(terms.period) / 86_400,
                rotation_grace_seconds: seconds(terms.grace),
                enforce_rotation: policy.enforce_rotation,
            },
            rotation: RotationView {
                last_rotated_at: organization.rotated_at,
                due_at,
                grace_ends_at: due_at.plus(terms.grace),
                due_tokens: profile.due_tokens,
            },
            cap_scopes_by_role: organization.cap_scopes_by_role,
            created_at: organization.created_at,
        }
    }
}

impl From<ProfileError> for ApiError {
    fn from(fault: ProfileError) -> Self {
        match fault {
            ProfileError::Name => Self::invalid_request(
                "name must have 1 to 200 characters, at least one of them visible, and no control characters",
            ),
            ProfileError::Policy(fault) => Self::invalid_request(fault.to_string()),
            ProfileError::Unknown => Self::not_found(),
            ProfileError::Database(error) => error.into(),
        }
    }
}

/// Returns the organization of the company token.
#[utoipa::path(get, path = ORGANIZATION, tag = "Company", responses((status = 200, body = OrganizationView)))]
pub async fn organization(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let profile = read(&call.app, call.who.0.organization).await?;
    Ok(HttpResponse::Ok().json(OrganizationView::new(&call.app, profile)))
}

/// A change of the token policy. A member that is absent stays as it is; null resets it to the
/// default.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TokenPolicyChange {
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 86400)]
    operator_token_max_seconds: Option<Option<i64>>,
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<i64>)]
    company_token_lifetime_seconds: Option<Option<i64>>,
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<i64>)]
    rotation_period_days: Option<Option<i64>>,
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<i64>)]
    rotation_grace_seconds: Option<Option<i64>>,
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<bool>)]
    enforce_rotation: Option<Option<bool>>,
}

impl TokenPolicyChange {
    const fn to_defaults() -> Self {
        Self {
            operator_token_max_seconds: Some(None),
            company_token_lifetime_seconds: Some(None),
            rotation_period_days: Some(None),
            rotation_grace_seconds: Some(None),
            enforce_rotation: Some(None),
        }
    }
}

/// A change of the organization. A member that is absent stays as it is.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeOrganization {
    /// 1 to 200 characters, at least one of them visible.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Null resets every member of it to the default.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<TokenPolicyChange>)]
    token_policy: Option<Option<Object<TokenPolicyChange>>>,
    /// Whether an operator can be granted only the scopes of its role. The default is no.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<bool>)]
    cap_scopes_by_role: Option<Option<bool>>,
}

impl JsonBody for ChangeOrganization {}

/// Changes the organization's name and token policy, and whether roles limit what operators grant.
#[utoipa::path(patch, path = ORGANIZATION, tag = "Company", request_body = ChangeOrganization,
    responses((status = 200, body = OrganizationView)))]
pub async fn change_organization(
    call: Call<Company, OptionalJson<ChangeOrganization>>,
) -> Result<HttpResponse, ApiError> {
    let origin = call.origin();
    let ChangeOrganization {
        name,
        token_policy,
        cap_scopes_by_role,
    } = call.body.0;
    let narrows = cap_scopes_by_role == Some(Some(true));
    let policy = match token_policy {
        None => TokenPolicyChange::default(),
        Some(None) => TokenPolicyChange::to_defaults(),
        Some(Some(Object(policy))) => policy,
    };
    let wanted = ProfileChange {
        name,
        operator_token_max_seconds: policy.operator_token_max_seconds,
        company_token_lifetime_seconds: policy.company_token_lifetime_seconds,
        rotation_period_days: policy.rotation_period_days,
        rotation_grace_seconds: policy.rotation_grace_seconds,
        enforce_rotation: policy.enforce_rotation,
        cap_scopes_by_role,
    };
    let (profile, done) = change(&call.app, call.who.0.organization, wanted, origin).await?;
    let mut answer = HttpResponse::Ok();
    if narrows {
        let done = match done {
            Some(done) => done,
            None => revocation::already(&call.app.db, &call.app.nodes.feed).await?,
        };
        add_receipt(&mut answer, &done);
    }
    Ok(answer.json(OrganizationView::new(&call.app, profile)))
}

impl From<RotateError> for ApiError {
    fn from(fault: RotateError) -> Self {
        match fault {
            RotateError::Revoked => Self::token_revoked(),
            RotateError::Expired => Self::token_expired(),
            RotateError::SuccessorInvalid => Self::conflict(
                "this token was rotated before, and its successor is revoked or over; log in for a new one",
            ),
            RotateError::Unknown => Self::conflict(
                "the ledger does not have this token, so it cannot be rotated; log in for a new one",
            ),
            RotateError::Key(why) => db::Error::Internal(why.to_string()).into(),
            RotateError::Database(error) => error.into(),
        }
    }
}

/// Issues a successor of the company token. The presented token stays valid until the instant in
/// the header `Previous-Token-Expires-At`. Until then, another call with it returns the same
/// successor. Tokens derived from either stay valid.
#[utoipa::path(post, path = "/api/company/rotate-token", tag = "Company",
    responses((status = 200, body = String, content_type = "application/json", description = "The successor, a bare JSON string"),
        (status = 409, description = "The token has a successor that is not valid, or is in no ledger", body = ErrorBody)))]
pub async fn rotate_token(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let Rotated {
        text,
        previous_ends_at,
    } = rotate(&call.app, call.who.0.token(), call.origin()).await?;
    Ok(HttpResponse::Ok()
        .insert_header(NO_STORE)
        .insert_header(("previous-token-expires-at", previous_ends_at.to_string()))
        .json(text))
}

/// The token to be revoked.
#[derive(Default, Deserialize, ToSchema)]
pub struct RevokeToken {
    /// The token; absent or null for the presented one.
    pub token: Option<String>,
}

impl JsonBody for RevokeToken {}

impl From<RevokeError> for ApiError {
    fn from(fault: RevokeError) -> Self {
        match fault {
            RevokeError::Unknown => Self::not_found(),
            RevokeError::Database(error) => error.into(),
        }
    }
}

/// Revokes a company token and every operator token derived from it. Once this answers, no node
/// accepts them.
#[utoipa::path(post, path = "/api/company/revoke-token", tag = "Company", request_body = RevokeToken,
    responses((status = 204), (status = 404, description = "There is no such token", body = ErrorBody)))]
pub async fn revoke_token(
    call: Call<Company, OptionalJson<RevokeToken>>,
) -> Result<HttpResponse, ApiError> {
    let done = revoke(
        &call.app,
        call.who.0.token(),
        call.body.0.token.as_deref(),
        call.origin(),
    )
    .await?;
    Ok(receipt(&done))
}
