//! `/api/company/organization`: the organization's own record.

use actix_web::HttpResponse;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::base::{OrganizationId, Timestamp};
use crate::http::json_member::{Object, given, settable};
use crate::http::{ApiError, Call, Company, JsonBody, OptionalJson};
use crate::organization::{KeyAlertsChange, Profile, ProfileChange, ProfileError, change, read};
use crate::revocation;
use crate::revocation::http::add_receipt;

const ORGANIZATION: &str = "/api/company/organization";

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

/// The alerts that the organization receives about the use of its API keys.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct KeyAlertsView {
    /// Whether a use from a network that was not seen in 90 days is an alert.
    new_network: bool,
    /// After how many days without use the next use is an alert; 0 for never.
    silence_days: i64,
    /// An hour with more uses than this many times the mean of 7 days is an alert; 0 for never.
    rate_factor: i64,
    /// An hour with this many uses or fewer is no alert.
    rate_floor: i64,
}

/// The organization.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrganizationView {
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
    key_alerts: KeyAlertsView,
    /// Who may sign in to the console: `anyone`, or `operators` only. It is set in the console and by the
    /// command line.
    console_sign_in: &'static str,
    created_at: Timestamp,
}

impl OrganizationView {
    fn new(app: &App, profile: Profile) -> Self {
        let seconds = |span: std::time::Duration| i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
        let organization = profile.organization;
        let (policy, alerts) = (organization.policy, organization.key_alerts);
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
            key_alerts: KeyAlertsView {
                new_network: alerts.new_network,
                silence_days: alerts.silence_days(),
                rate_factor: alerts.rate_factor(),
                rate_floor: alerts.rate_floor(),
            },
            console_sign_in: organization.console_sign_in.as_str(),
            created_at: organization.created_at,
        }
    }
}

impl From<ProfileError> for ApiError {
    fn from(fault: ProfileError) -> Self {
        match fault {
            ProfileError::Name | ProfileError::Policy(_) => {
                Self::invalid_request(fault.to_string())
            }
            ProfileError::Changed | ProfileError::NoAdminWithFactor => {
                Self::conflict(fault.to_string())
            }
            ProfileError::Unknown => Self::not_found(),
            ProfileError::Database(error) => error.into(),
        }
    }
}

/// Returns the organization of the company token.
#[utoipa::path(get, path = ORGANIZATION, tag = "Company", responses((status = 200, body = OrganizationView)))]
pub(super) async fn organization(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let profile = read(&call.app, call.who.0.organization).await?;
    Ok(HttpResponse::Ok().json(OrganizationView::new(&call.app, profile)))
}

/// A change of the token policy. A member that is absent stays as it is; null resets it to the
/// default.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenPolicyChange {
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

/// A change of the alerts that the organization receives about the use of its API keys. A member
/// that is absent stays as it is; null resets it to the default.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct KeyAlertsMembers {
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<bool>)]
    new_network: Option<Option<bool>>,
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 3650)]
    silence_days: Option<Option<i64>>,
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<i64>, minimum = 0)]
    rate_factor: Option<Option<i64>>,
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<i64>, minimum = 0)]
    rate_floor: Option<Option<i64>>,
}

impl From<KeyAlertsMembers> for KeyAlertsChange {
    fn from(members: KeyAlertsMembers) -> Self {
        Self {
            new_network: members.new_network,
            silence_days: members.silence_days,
            rate_factor: members.rate_factor,
            rate_floor: members.rate_floor,
        }
    }
}

/// A change of the organization. A member that is absent stays as it is.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ChangeOrganization {
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
    /// Null resets every member of it to the default.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<KeyAlertsMembers>)]
    key_alerts: Option<Option<Object<KeyAlertsMembers>>>,
}

impl JsonBody for ChangeOrganization {}

/// Changes the organization's name and token policy, whether roles limit what operators grant, and
/// the alerts that it receives about the use of its API keys.
#[utoipa::path(patch, path = ORGANIZATION, tag = "Company", request_body = ChangeOrganization,
    responses((status = 200, body = OrganizationView)))]
pub(super) async fn change_organization(
    call: Call<Company, OptionalJson<ChangeOrganization>>,
) -> Result<HttpResponse, ApiError> {
    let origin = call.origin();
    let ChangeOrganization {
        name,
        token_policy,
        cap_scopes_by_role,
        key_alerts,
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
        key_alerts: match key_alerts {
            None => KeyAlertsChange::default(),
            Some(None) => KeyAlertsChange::TO_DEFAULTS,
            Some(Some(Object(members))) => members.into(),
        },
        console_sign_in: None,
        version: None,
    };
    let (profile, written) = change(&call.app, call.who.0.organization, wanted, origin).await?;
    let mut answer = HttpResponse::Ok();
    if narrows {
        let done = revocation::settle(&call.app.db, &call.app.nodes.feed, written).await?;
        add_receipt(&mut answer, &done);
    }
    Ok(answer.json(OrganizationView::new(&call.app, profile)))
}
