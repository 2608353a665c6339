//! What the API shows of a key.

use std::net::IpAddr;

use serde::Serialize;
use utoipa::ToSchema;

use crate::api_key::manage::Made;
use crate::api_key::{KeyStatus, LastRefusal, LastUse, StoredKey};
use crate::base::{ApiKeyId, OperatorId, OrganizationId, Timestamp};

/// When and why a key was last refused.
#[derive(Serialize, ToSchema)]
pub(super) struct RefusalView {
    at: Timestamp,
    /// The code of verify.
    reason: &'static str,
    #[schema(value_type = Option<String>)]
    address: Option<IpAddr>,
}

impl From<LastRefusal> for RefusalView {
    fn from(refusal: LastRefusal) -> Self {
        Self {
            at: refusal.at,
            reason: refusal.reason.as_str(),
            address: refusal.address,
        }
    }
}

/// An API key, without its text.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiKey)]
pub(super) struct KeyView {
    #[schema(value_type = String)]
    id: ApiKeyId,
    organization_id: OrganizationId,
    name: String,
    /// `live` or `test`.
    environment: &'static str,
    /// `ak` or `sk`.
    prefix: &'static str,
    /// The prefix and four characters of the text.
    start: String,
    /// The last four characters of the text, which are of its checksum.
    end: String,
    scopes: Vec<String>,
    role: Option<String>,
    operator_id: Option<OperatorId>,
    /// Null for never.
    expires_at: Option<Timestamp>,
    allowed_ips: Vec<String>,
    /// Whether it may be used from every address.
    any_address: bool,
    /// Whether it has a signing secret.
    signing: bool,
    /// Whether its requests must be signed.
    require_signature: bool,
    /// `active`, `quarantined`, `revoked` or `expired`.
    status: &'static str,
    /// When the text before the present one ends; null if it has ended, or there is none.
    previous_expires_at: Option<Timestamp>,
    created_at: Timestamp,
    /// As in the audit log.
    created_by: String,
    last_used_at: Option<Timestamp>,
    #[schema(value_type = Option<String>)]
    last_used_address: Option<IpAddr>,
    last_refusal: Option<RefusalView>,
}

impl KeyView {
    pub(super) fn new(stored: &StoredKey, last: LastUse, now: Timestamp) -> Self {
        let (key, settings) = (&stored.key, &stored.key.settings);
        let has_expired = settings.expires_at.is_some_and(|end| end <= now);
        let scopes = settings.scopes.iter();
        Self {
            id: key.id,
            organization_id: key.organization,
            name: settings.name.clone(),
            environment: key.environment.as_str(),
            prefix: key.prefix.as_str(),
            start: key.start.clone(),
            end: key.end.clone(),
            scopes: scopes.map(|scope| scope.as_str().to_owned()).collect(),
            role: settings.role.clone(),
            operator_id: key.operator,
            expires_at: settings.expires_at,
            allowed_ips: settings.allowed.texts().collect(),
            any_address: settings.allowed.is_any(),
            signing: key.signing,
            require_signature: settings.require_signature,
            status: match key.status {
                KeyStatus::Active if has_expired => "expired",
                status => status.as_str(),
            },
            previous_expires_at: stored.previous_ends_at(now),
            created_at: key.created_at,
            created_by: key.created_by.clone(),
            last_used_at: last.at,
            last_used_address: last.address,
            last_refusal: last.refusal.map(RefusalView::from),
        }
    }
}

/// An API key with its text and its signing secret, which are shown only once.
#[derive(Serialize, ToSchema)]
#[schema(as = NewApiKey)]
pub(super) struct MadeView {
    #[serde(flatten)]
    record: KeyView,
    /// The text.
    key: String,
    /// The signing secret, if the key has one. The HMAC key is all its characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_secret: Option<String>,
}

impl MadeView {
    pub(super) fn new(made: Made, now: Timestamp) -> Self {
        Self {
            key: made.text.text().to_owned(),
            signing_secret: made.secret.map(|secret| secret.text().to_owned()),
            record: KeyView::new(&made.stored, made.last, now),
        }
    }
}
