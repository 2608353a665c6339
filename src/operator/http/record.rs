//! The record of an operator, as JSON.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::base::{OperatorId, OrganizationId, Timestamp};
use crate::http::json_member::{given, settable, settable_secret};
use crate::http::{ApiError, JsonBody};
use crate::operator::password::{self, NewPasswordError};
use crate::operator::{Change, Operator as Record, OperatorStatus};

/// An operator.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperatorView {
    id: OperatorId,
    organization_id: OrganizationId,
    name: String,
    /// The id that the chat platform gave the operator.
    external_id: Option<String>,
    email: Option<String>,
    role: Option<String>,
    /// The name that it signs in with.
    username: Option<String>,
    tier: Option<String>,
    avatar: Option<String>,
    /// Whether it has a second factor.
    second_factor: bool,
    /// `active`, `inactive` or `deleted`.
    status: &'static str,
    /// A number that every change makes greater.
    version: i64,
    created_at: Timestamp,
}

impl From<Record> for OperatorView {
    fn from(operator: Record) -> Self {
        Self {
            id: operator.id,
            organization_id: operator.organization,
            name: operator.profile.name,
            external_id: operator.profile.external_id,
            email: operator.profile.email,
            role: operator.profile.role,
            username: operator.profile.username,
            tier: operator.profile.tier,
            avatar: operator.profile.avatar,
            second_factor: operator.second_factor,
            version: operator.version.as_micros(),
            status: operator.status.as_str(),
            created_at: operator.created_at,
        }
    }
}

/// Reads `active` as `true` and `inactive` as `false`. An operator becomes `deleted` only by
/// DELETE.
pub(super) fn activity<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<bool>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.parse() {
        Ok(OperatorStatus::Active) => Ok(Some(true)),
        Ok(OperatorStatus::Inactive) => Ok(Some(false)),
        Ok(OperatorStatus::Deleted) | Err(_) => Err(serde::de::Error::custom(
            "must be active or inactive; DELETE the operator to delete it",
        )),
    }
}

/// A change of an operator, and the members of a new one. Other members are ignored: a caller
/// cannot set an id, an organization or a date.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeOperator {
    /// 1 to 200 characters, at least one of them visible. Required for a new operator.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    name: Option<String>,
    /// The id that the chat platform gave the operator. It is unique within the organization.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>)]
    external_id: Option<Option<String>>,
    /// Unique within the organization. Case and the composition of letters are ignored.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// The name of a role.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>, pattern = "^[A-Za-z0-9._:-]{1,64}$")]
    role: Option<Option<String>>,
    /// The name that the operator signs in with: visible characters without `/`. Usernames and
    /// emails of an organization are one name space.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    username: Option<Option<String>>,
    /// The password that it signs in with: 1 to 72 bytes in UTF-8.
    #[serde(default, deserialize_with = "settable_secret")]
    #[schema(value_type = Option<String>, format = Password)]
    password: Option<Option<SecretString>>,
    /// A word of the organization's own, such as a customer's plan.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 200)]
    tier: Option<Option<String>>,
    /// A picture, such as a URL.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 2048)]
    avatar: Option<Option<String>>,
    /// `active` or `inactive`.
    #[serde(default, deserialize_with = "activity")]
    #[schema(value_type = String, required = false, pattern = "^(active|inactive)$")]
    status: Option<bool>,
}

impl JsonBody for ChangeOperator {}

impl From<NewPasswordError> for ApiError {
    fn from(error: NewPasswordError) -> Self {
        match error {
            NewPasswordError::Invalid(why) => Self::invalid_request(why.to_string()),
            NewPasswordError::Busy => Self::unavailable(),
            NewPasswordError::Hash(why) => crate::db::Error::Internal(why).into(),
        }
    }
}

impl ChangeOperator {
    /// Returns the change, with the hash of the password.
    pub(super) async fn hashed(
        self,
        app: &App,
        organization: OrganizationId,
    ) -> Result<Change, ApiError> {
        let password = match self.password {
            Some(Some(text)) => Some(Some(password::hash(app, organization, text).await?)),
            Some(None) => Some(None),
            None => None,
        };
        Ok(Change {
            name: self.name,
            external_id: self.external_id,
            email: self.email,
            role: self.role,
            username: self.username,
            tier: self.tier,
            avatar: self.avatar,
            password,
            active: self.status,
        })
    }
}
