//! What the API shows of a client.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::base::{ClientId, OperatorId, Timestamp};
use crate::client::manage::{Changed, Rotated};
use crate::client::secret::StoredSecret;
use crate::client::{Authentication, ClientSettings, RedirectUri, Registered};

/// A secret of a client, without its text.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_field_names, reason = "the contract's names")]
pub(super) struct SecretView {
    created_at: Timestamp,
    /// When it ends; null for the newer one.
    expires_at: Option<Timestamp>,
    /// When a client last proved itself with it, as far as that is recorded.
    last_used_at: Option<Timestamp>,
}

impl From<&StoredSecret> for SecretView {
    fn from(secret: &StoredSecret) -> Self {
        Self {
            created_at: secret.created_at,
            expires_at: secret.expires_at,
            last_used_at: secret.last_used_at,
        }
    }
}

/// A client.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Client)]
#[allow(clippy::struct_excessive_bools, reason = "each is a member of the API")]
pub(super) struct ClientView {
    #[schema(value_type = String)]
    id: ClientId,
    name: String,
    /// `active`, `disabled` or `deleted`.
    status: &'static str,
    /// `client_secret`, `none` or `private_key_jwt`.
    auth_method: &'static str,
    /// The public keys of `private_key_jwt` (RFC 7517); else null.
    #[schema(value_type = Option<Object>)]
    jwks: Option<Value>,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    /// `exact` or `same-site`.
    redirect_match: &'static str,
    allow_insecure_redirect: bool,
    grants: Vec<&'static str>,
    scopes: Vec<String>,
    audience: Vec<String>,
    /// `standard`, `suitecrm` or `psdm`.
    profile: &'static str,
    /// `jwt` or `opaque`.
    token_format: &'static str,
    /// `ES256`, `RS256` or `EdDSA`.
    algorithm: &'static str,
    access_token_seconds: u32,
    refresh_token_seconds: u32,
    require_pkce: bool,
    require_par: bool,
    dpop_bound: bool,
    /// `ask` or `skip`.
    consent: &'static str,
    operator_id: Option<OperatorId>,
    /// `grace` or `until-used`.
    refresh_retry: &'static str,
    /// Null stands for the setting `oauth.refresh_grace`.
    refresh_grace_seconds: Option<u32>,
    /// `own` or `organization`.
    introspect: &'static str,
    /// Those that are valid, the newer one first.
    secrets: Vec<SecretView>,
    created_at: Timestamp,
}

impl ClientView {
    pub(super) fn new(registered: &Registered, now: Timestamp) -> Self {
        let Registered {
            client, secrets, ..
        } = registered;
        let ClientSettings {
            name,
            authentication,
            redirect_uris,
            post_logout_redirect_uris,
            redirect_match,
            allow_insecure_redirect,
            grants,
            scopes,
            audience,
            profile,
            access,
            refresh,
            require,
            consent,
            operator,
            introspect,
        } = &client.settings;
        let texts = |uris: &[RedirectUri]| uris.iter().map(|uri| uri.as_str().to_owned()).collect();
        Self {
            id: client.id.clone(),
            name: name.clone(),
            status: client.status.as_str(),
            auth_method: authentication.method().as_str(),
            jwks: match authentication {
                Authentication::PrivateKeyJwt(jwks) => serde_json::from_str(jwks.as_str()).ok(),
                Authentication::Secret | Authentication::Public => None,
            },
            redirect_uris: texts(redirect_uris),
            post_logout_redirect_uris: texts(post_logout_redirect_uris),
            redirect_match: redirect_match.as_str(),
            allow_insecure_redirect: *allow_insecure_redirect,
            grants: grants.iter().map(|grant| grant.as_str()).collect(),
            scopes: scopes
                .iter()
                .map(|scope| scope.as_str().to_owned())
                .collect(),
            audience: audience.clone(),
            profile: profile.as_str(),
            token_format: access.format.as_str(),
            algorithm: access.algorithm.as_str(),
            access_token_seconds: access.seconds,
            refresh_token_seconds: refresh.seconds,
            require_pkce: require.pkce,
            require_par: require.par,
            dpop_bound: require.dpop,
            consent: consent.as_str(),
            operator_id: *operator,
            refresh_retry: refresh.retry.as_str(),
            refresh_grace_seconds: refresh.grace_seconds,
            introspect: introspect.as_str(),
            secrets: secrets.valid(now).map(SecretView::from).collect(),
            created_at: client.created_at,
        }
    }
}

/// A client with its new secret.
#[derive(Serialize, ToSchema)]
#[schema(as = NewClient)]
pub(super) struct NewClientView {
    #[serde(flatten)]
    client: ClientView,
    /// The secret, which is shown only once; null if the client has none.
    secret: Option<String>,
}

impl NewClientView {
    pub(super) fn new(changed: &Changed, now: Timestamp) -> Self {
        let secret = changed.secret.as_ref();
        Self {
            client: ClientView::new(&changed.registered, now),
            secret: secret.map(|secret| secret.text().to_owned()),
        }
    }
}

/// Another secret of a client.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = RotatedSecret)]
pub(super) struct RotatedView {
    #[schema(value_type = String)]
    id: ClientId,
    /// The secret, which is shown only once.
    secret: String,
    /// When the one before it ends; null if it has ended.
    previous_secret_expires_at: Option<Timestamp>,
}

impl RotatedView {
    pub(super) fn new(id: ClientId, rotated: &Rotated) -> Self {
        Self {
            id,
            secret: rotated.secret.text().to_owned(),
            previous_secret_expires_at: rotated.previous_expires_at,
        }
    }
}
