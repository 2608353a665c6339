//! The answer to a registration (RFC 7591, section 3.2.1): everything that was registered.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::base::ClientId;
use crate::client::{Authentication, GrantType, RedirectUri, manage};

/// A client that was registered.
// It has no `Debug`: the secret must not reach a log.
#[derive(Serialize, ToSchema)]
pub struct RegisteredClient {
    /// The id of the client.
    #[schema(value_type = String)]
    client_id: ClientId,
    /// When it was registered (seconds since 1970).
    client_id_issued_at: i64,
    /// The secret, if it has one. It is in this answer and in no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret: Option<String>,
    /// When the secret expires: 0, because it does not. Left out if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_expires_at: Option<i64>,
    /// Shown on the consent page.
    client_name: String,
    redirect_uris: Vec<String>,
    post_logout_redirect_uris: Vec<String>,
    grant_types: Vec<&'static str>,
    response_types: Vec<&'static str>,
    token_endpoint_auth_method: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    jwks: Option<Box<RawValue>>,
    /// What it may ask for. Left out if that is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    id_token_signed_response_alg: &'static str,
    subject_type: &'static str,
    require_pushed_authorization_requests: bool,
    dpop_bound_access_tokens: bool,
}

impl RegisteredClient {
    /// Returns the answer. `method` is the word by which the client asked for its method.
    pub(super) fn new(added: &manage::Changed, method: &'static str) -> Self {
        let client = &added.registered.client;
        let settings = &client.settings;
        let texts = |uris: &[RedirectUri]| uris.iter().map(|uri| uri.as_str().to_owned()).collect();
        let by_code = settings.grants.contains(&GrantType::AuthorizationCode);
        let secret = added.secret.as_ref().map(|secret| secret.text().to_owned());
        Self {
            client_id: client.id.clone(),
            client_id_issued_at: client.created_at.as_seconds(),
            client_secret_expires_at: secret.as_ref().map(|_| 0),
            client_secret: secret,
            client_name: settings.name.clone(),
            redirect_uris: texts(&settings.redirect_uris),
            post_logout_redirect_uris: texts(&settings.post_logout_redirect_uris),
            grant_types: settings
                .grants
                .iter()
                .map(|grant| grant.parameter())
                .collect(),
            response_types: by_code.then_some("code").into_iter().collect(),
            token_endpoint_auth_method: method,
            jwks: match &settings.authentication {
                Authentication::PrivateKeyJwt(jwks) => {
                    RawValue::from_string(jwks.as_str().to_owned()).ok()
                }
                Authentication::Secret | Authentication::Public => None,
            },
            scope: Some(settings.scopes.to_string()).filter(|scope| !scope.is_empty()),
            id_token_signed_response_alg: "RS256",
            subject_type: "public",
            require_pushed_authorization_requests: settings.require.par,
            dpop_bound_access_tokens: settings.require.dpop,
        }
    }
}
