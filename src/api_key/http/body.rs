//! The bodies of requests about keys.

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use crate::api_key::manage::{Members, NewKey};
use crate::api_key::{Environment, Prefix};
use crate::base::Timestamp;
use crate::http::JsonBody;
use crate::http::json_member::{given, settable};

/// The members of a new key.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub(super) struct CreateKey {
    /// 1 to 200 characters, for the people who manage it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = true, min_length = 1, max_length = 200)]
    name: Option<String>,
    /// `live` or `test`; `live` if it is absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    environment: Option<Environment>,
    /// `ak` or `sk`; `ak` if it is absent.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    prefix: Option<Prefix>,
    /// Defined scopes of the organization.
    #[serde(default)]
    scopes: Option<Vec<String>>,
    /// A defined role of the organization.
    #[serde(default)]
    role: Option<String>,
    /// The operator that the key is bound to.
    #[serde(default)]
    operator_id: Option<i64>,
    /// RFC 3339; null for never.
    #[serde(default, deserialize_with = "instant")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Option<Timestamp>>,
    /// Addresses and networks; none for every address.
    #[serde(default)]
    allowed_ips: Option<Vec<String>>,
    /// Whether the key has a signing secret, with which requests can be signed (RFC 9421).
    #[serde(default)]
    signing: Option<bool>,
    /// Whether its requests must be signed; then it has a signing secret in any case.
    #[serde(default)]
    require_signature: Option<bool>,
}

impl JsonBody for CreateKey {}

impl From<CreateKey> for NewKey {
    fn from(body: CreateKey) -> Self {
        Self {
            members: Members {
                name: body.name,
                scopes: body.scopes,
                role: Some(body.role),
                expires_at: body.expires_at,
                allowed: body.allowed_ips,
                require_signature: body.require_signature,
            },
            environment: body.environment,
            prefix: body.prefix,
            operator: body.operator_id,
            signing: body.signing == Some(true),
        }
    }
}

/// The changes of a key: what is absent stays.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub(super) struct ChangeKey {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    name: Option<String>,
    /// Defined scopes of the organization.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Vec<String>, required = false)]
    scopes: Option<Vec<String>>,
    /// A defined role of the organization, or null.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>)]
    role: Option<Option<String>>,
    /// RFC 3339; null for never.
    #[serde(default, deserialize_with = "instant")]
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Option<Timestamp>>,
    /// Addresses and networks; none for every address.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Vec<String>, required = false)]
    allowed_ips: Option<Vec<String>>,
    /// Whether its requests must be signed. The key must have been made with `signing`.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = bool, required = false)]
    require_signature: Option<bool>,
    #[serde(default, deserialize_with = "fixed")]
    #[schema(ignore)]
    #[allow(dead_code, reason = "it is read to be refused")]
    signing: (),
    #[serde(default, deserialize_with = "fixed")]
    #[schema(ignore)]
    #[allow(dead_code, reason = "it is read to be refused")]
    environment: (),
    #[serde(default, deserialize_with = "fixed")]
    #[schema(ignore)]
    #[allow(dead_code, reason = "it is read to be refused")]
    prefix: (),
    #[serde(default, deserialize_with = "fixed")]
    #[schema(ignore)]
    #[allow(dead_code, reason = "it is read to be refused")]
    operator_id: (),
}

impl JsonBody for ChangeKey {}

impl From<ChangeKey> for Members {
    fn from(body: ChangeKey) -> Self {
        Self {
            name: body.name,
            scopes: body.scopes,
            role: body.role,
            expires_at: body.expires_at,
            allowed: body.allowed_ips,
            require_signature: body.require_signature,
        }
    }
}

/// Reads an instant that may be null.
fn instant<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<Timestamp>>, D::Error> {
    let text: Option<String> = Option::deserialize(deserializer)?;
    let at = text.map(|text| Timestamp::parse(&text)).transpose();
    at.map(Some).map_err(serde::de::Error::custom)
}

/// Refuses the member.
fn fixed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<(), D::Error> {
    serde::de::IgnoredAny::deserialize(deserializer)?;
    Err(serde::de::Error::custom(
        "cannot be changed; make another key",
    ))
}

/// How a key is rotated.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub(super) struct RotateKey {
    /// How long the present text and signing secret stay valid (seconds): a day if it is absent; 0 ends it at once.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 604_800)]
    pub(super) overlap_seconds: Option<i64>,
}

impl JsonBody for RotateKey {}

/// Why a key is quarantined.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
pub(super) struct QuarantineKey {
    /// For the audit log; at most 500 characters.
    #[serde(default)]
    pub(super) reason: Option<String>,
}

impl JsonBody for QuarantineKey {}
