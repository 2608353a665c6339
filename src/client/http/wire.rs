//! The members of a client as a body has them.

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::client::{ClientStatus, Registration};
use crate::http::JsonBody;
use crate::http::json_member::{given, settable};

/// The members of a new client, and the changes of a client: what is absent stays, null is the
/// default. Other members are ignored.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClientMembers {
    /// 1 to 200 characters, shown on the consent page. Required for a new client.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    name: Option<String>,
    /// `client_secret`, `none` (a public client) or `private_key_jwt`.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>)]
    auth_method: Option<Option<String>>,
    /// The public keys of `private_key_jwt` (RFC 7517).
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<Object>)]
    jwks: Option<Option<Map<String, Value>>>,
    /// Absolute URIs.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<Vec<String>>)]
    redirect_uris: Option<Option<Vec<String>>>,
    /// Absolute URIs.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<Vec<String>>)]
    post_logout_redirect_uris: Option<Option<Vec<String>>>,
    /// `exact` or `same-site`.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>)]
    redirect_match: Option<Option<String>>,
    /// Whether `http` redirect URIs off loopback may be registered.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<bool>)]
    allow_insecure_redirect: Option<Option<bool>>,
    /// `authorization_code`, `refresh_token`, `client_credentials`, `password`, `device_code`,
    /// `token_exchange`.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<Vec<String>>)]
    grants: Option<Option<Vec<String>>>,
    /// What it may ask for: defined scopes of the organization, and those of OpenID Connect.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<Vec<String>>)]
    scopes: Option<Option<Vec<String>>>,
    /// The resources that it may name (RFC 8707); `*` stands for all of the organization.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<Vec<String>>)]
    audience: Option<Option<Vec<String>>>,
    /// `standard`, `suitecrm` or `psdm`.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>)]
    profile: Option<Option<String>>,
    /// `jwt` or `opaque`.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>)]
    token_format: Option<Option<String>>,
    /// `ES256`, `RS256` or `EdDSA`.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>)]
    algorithm: Option<Option<String>>,
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 31_536_000)]
    access_token_seconds: Option<Option<i64>>,
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<i64>, minimum = 1, maximum = 31_536_000)]
    refresh_token_seconds: Option<Option<i64>>,
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<bool>)]
    require_pkce: Option<Option<bool>>,
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<bool>)]
    require_par: Option<Option<bool>>,
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<bool>)]
    dpop_bound: Option<Option<bool>>,
    /// `ask` or `skip`.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>)]
    consent: Option<Option<String>>,
    /// The operator that its own tokens stand for.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<i64>)]
    operator_id: Option<Option<i64>>,
    /// `grace` or `until-used`.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>)]
    refresh_retry: Option<Option<String>>,
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<i64>, minimum = 0, maximum = 86_400)]
    refresh_grace_seconds: Option<Option<i64>>,
    /// `own` or `organization`.
    #[serde(default, deserialize_with = "settable")]
    #[schema(value_type = Option<String>)]
    introspect: Option<Option<String>>,
    /// `active` or `disabled`.
    #[serde(default, deserialize_with = "activity")]
    #[schema(value_type = String, required = false, pattern = "^(active|disabled)$")]
    pub(super) status: Option<bool>,
}

impl JsonBody for ClientMembers {}

/// Reads `active` as `true` and `disabled` as `false`. A client becomes `deleted` only by DELETE.
fn activity<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.parse() {
        Ok(ClientStatus::Active) => Ok(Some(true)),
        Ok(ClientStatus::Disabled) => Ok(Some(false)),
        Ok(ClientStatus::Deleted) | Err(_) => Err(serde::de::Error::custom(
            "must be active or disabled; DELETE the client to delete it",
        )),
    }
}

impl ClientMembers {
    /// Returns whether the body names a member that can take something away from a client
    /// ([`crate::client::ClientSettings::is_narrower_than`]). The status is not among them.
    pub(super) const fn can_narrow(&self) -> bool {
        self.auth_method.is_some()
            || self.jwks.is_some()
            || self.redirect_uris.is_some()
            || self.post_logout_redirect_uris.is_some()
            || self.redirect_match.is_some()
            || self.grants.is_some()
            || self.scopes.is_some()
            || self.audience.is_some()
            || self.require_pkce.is_some()
            || self.require_par.is_some()
            || self.dpop_bound.is_some()
            || self.consent.is_some()
            || self.operator_id.is_some()
            || self.refresh_retry.is_some()
            || self.refresh_grace_seconds.is_some()
            || self.introspect.is_some()
    }

    /// Writes the members that were given into a registration.
    pub(super) fn apply(self, registration: &mut Registration) {
        fn set<T>(member: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *member = value;
            }
        }
        fn or_default<T: Default>(value: Option<Option<T>>) -> Option<T> {
            value.map(Option::unwrap_or_default)
        }
        let wanted = registration;
        // These two first: they reset members that the body may set.
        if let Some(profile) = self.profile {
            wanted.set_profile(profile);
        }
        if let Some(method) = self.auth_method {
            wanted.set_auth_method(method);
        }
        set(&mut wanted.name, self.name.map(Some));
        let text = |jwks: Map<String, Value>| Value::Object(jwks).to_string();
        set(&mut wanted.jwks, self.jwks.map(|jwks| jwks.map(text)));
        set(&mut wanted.redirect_uris, or_default(self.redirect_uris));
        let post_logout = or_default(self.post_logout_redirect_uris);
        set(&mut wanted.post_logout_redirect_uris, post_logout);
        set(&mut wanted.redirect_match, self.redirect_match);
        let insecure = or_default(self.allow_insecure_redirect);
        set(&mut wanted.allow_insecure_redirect, insecure);
        set(&mut wanted.grants, self.grants);
        set(&mut wanted.scopes, or_default(self.scopes));
        set(&mut wanted.audience, or_default(self.audience));
        set(&mut wanted.token_format, self.token_format);
        set(&mut wanted.algorithm, self.algorithm);
        set(&mut wanted.access_token_seconds, self.access_token_seconds);
        set(
            &mut wanted.refresh_token_seconds,
            self.refresh_token_seconds,
        );
        set(&mut wanted.require_pkce, or_default(self.require_pkce));
        set(&mut wanted.require_par, or_default(self.require_par));
        set(&mut wanted.dpop_bound, or_default(self.dpop_bound));
        set(&mut wanted.consent, self.consent);
        set(&mut wanted.operator_id, self.operator_id);
        set(&mut wanted.refresh_retry, self.refresh_retry);
        set(
            &mut wanted.refresh_grace_seconds,
            self.refresh_grace_seconds,
        );
        set(&mut wanted.introspect, self.introspect);
    }
}

/// How a secret is replaced.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RotateSecret {
    /// How long the present secret stays valid (seconds): 7 days if it is absent; 0 ends it at
    /// once.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 2_592_000)]
    pub(super) grace_seconds: Option<i64>,
}

impl JsonBody for RotateSecret {}
