//! The registration of a client that exists: a change is applied to it, and the result is validated
//! like a new one.

use super::Registration;
use crate::client::{AuthMethod, Authentication, ClientSettings, Profile, RedirectUri};

impl Registration {
    /// Sets the profile. The members for which another profile has other defaults get those.
    pub fn set_profile(&mut self, profile: Option<String>) {
        fn or_standard(profile: Option<&str>) -> &str {
            profile.unwrap_or(Profile::Standard.as_str())
        }
        if or_standard(profile.as_deref()) != or_standard(self.profile.as_deref()) {
            self.token_format = None;
            self.algorithm = None;
            self.access_token_seconds = None;
            self.refresh_token_seconds = None;
        }
        self.profile = profile;
    }

    /// Sets how the client proves who it is. Its keys are removed if the method has none.
    pub fn set_auth_method(&mut self, method: Option<String>) {
        if method.as_deref() != Some(AuthMethod::PrivateKeyJwt.as_str()) {
            self.jwks = None;
        }
        self.auth_method = method;
    }
}

impl From<&ClientSettings> for Registration {
    fn from(client: &ClientSettings) -> Self {
        let texts = |uris: &[RedirectUri]| uris.iter().map(|uri| uri.as_str().to_owned()).collect();
        let word = |word: &str| Some(word.to_owned());
        Self {
            name: Some(client.name.clone()),
            auth_method: word(client.authentication.method().as_str()),
            jwks: match &client.authentication {
                Authentication::PrivateKeyJwt(jwks) => Some(jwks.as_str().to_owned()),
                Authentication::Secret | Authentication::Public => None,
            },
            redirect_uris: texts(&client.redirect_uris),
            post_logout_redirect_uris: texts(&client.post_logout_redirect_uris),
            redirect_match: word(client.redirect_match.as_str()),
            allow_insecure_redirect: client.allow_insecure_redirect,
            grants: Some(
                client
                    .grants
                    .iter()
                    .map(|grant| grant.as_str().to_owned())
                    .collect(),
            ),
            scopes: client
                .scopes
                .iter()
                .map(|scope| scope.as_str().to_owned())
                .collect(),
            audience: client.audience.clone(),
            profile: word(client.profile.as_str()),
            token_format: word(client.access.format.as_str()),
            algorithm: word(client.access.algorithm.as_str()),
            access_token_seconds: Some(client.access.seconds.into()),
            refresh_token_seconds: Some(client.refresh.seconds.into()),
            require_pkce: client.require.pkce,
            require_par: client.require.par,
            dpop_bound: client.require.dpop,
            consent: word(client.consent.as_str()),
            operator_id: client.operator.map(|operator| operator.0),
            refresh_retry: word(client.refresh.retry.as_str()),
            refresh_grace_seconds: client.refresh.grace_seconds.map(Into::into),
            introspect: word(client.introspect.as_str()),
        }
    }
}
