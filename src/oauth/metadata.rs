//! The metadata document (RFC 8414, section 2; OpenID Connect Discovery, section 3). It is the same
//! at both of its addresses, and names only what works.

use serde::Serialize;

use super::{authorize, paths};
use crate::access::Scope;
use crate::client::{AuthMethod, GrantType};
use crate::jose::SigningAlgorithm;

/// What this service offers. It follows from the settings.
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is one thing that can be switched off"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offered<'a> {
    /// The issuer: an origin, to which paths are appended.
    pub issuer: &'a str,
    /// The path of the JWK set.
    pub jwks_path: &'a str,
    /// The grants that work.
    pub grants: &'a [GrantType],
    /// Whether clients may authenticate by `private_key_jwt`.
    pub private_key_jwt: bool,
    /// Whether requests may be pushed (RFC 9126).
    pub par: bool,
    /// Whether tokens may be bound to keys (RFC 9449).
    pub dpop: bool,
    /// Whether clients may register themselves (RFC 7591).
    pub registration: bool,
}

/// The document.
#[allow(clippy::struct_excessive_bools, reason = "the document has them")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "each is the member of its name")]
pub struct Metadata {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    pub revocation_endpoint: String,
    pub introspection_endpoint: String,
    pub userinfo_endpoint: String,
    pub end_session_endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pushed_authorization_request_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_authorization_endpoint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration_endpoint: Option<String>,
    pub jwks_uri: String,
    pub scopes_supported: Vec<&'static str>,
    pub response_types_supported: Vec<&'static str>,
    pub response_modes_supported: Vec<&'static str>,
    pub grant_types_supported: Vec<&'static str>,
    pub token_endpoint_auth_methods_supported: Vec<&'static str>,
    pub revocation_endpoint_auth_methods_supported: Vec<&'static str>,
    pub introspection_endpoint_auth_methods_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub token_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revocation_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub introspection_endpoint_auth_signing_alg_values_supported: Vec<&'static str>,
    pub code_challenge_methods_supported: Vec<&'static str>,
    pub subject_types_supported: Vec<&'static str>,
    pub id_token_signing_alg_values_supported: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dpop_signing_alg_values_supported: Vec<&'static str>,
    pub prompt_values_supported: Vec<&'static str>,
    pub claims_supported: Vec<&'static str>,
    pub ui_locales_supported: Vec<&'static str>,
    pub authorization_response_iss_parameter_supported: bool,
    pub request_parameter_supported: bool,
    pub request_uri_parameter_supported: bool,
    pub claims_parameter_supported: bool,
    pub require_pushed_authorization_requests: bool,
}

impl Metadata {
    /// Returns the document.
    #[must_use]
    pub fn new(offered: &Offered<'_>) -> Self {
        let url = |path: &str| format!("{}{path}", offered.issuer);
        let device = offered.grants.contains(&GrantType::DeviceCode);
        let signed = |there: bool| {
            if there {
                SigningAlgorithm::NAMES.to_vec()
            } else {
                Vec::new()
            }
        };
        let assertions = signed(offered.private_key_jwt);
        let confidential = auth_methods(offered, false);
        Self {
            issuer: offered.issuer.to_owned(),
            authorization_endpoint: url(paths::AUTHORIZE),
            token_endpoint: url(paths::TOKEN),
            revocation_endpoint: url(paths::REVOKE),
            introspection_endpoint: url(paths::INTROSPECT),
            userinfo_endpoint: url(paths::USERINFO),
            end_session_endpoint: url(paths::END_SESSION),
            pushed_authorization_request_endpoint: offered.par.then(|| url(paths::PAR)),
            device_authorization_endpoint: device.then(|| url(paths::DEVICE_AUTHORIZATION)),
            registration_endpoint: offered.registration.then(|| url(paths::REGISTER)),
            jwks_uri: url(offered.jwks_path),
            scopes_supported: Scope::IDENTITY.to_vec(),
            response_types_supported: vec!["code"],
            response_modes_supported: vec!["query"],
            grant_types_supported: offered
                .grants
                .iter()
                .map(|grant| grant.parameter())
                .collect(),
            token_endpoint_auth_methods_supported: auth_methods(offered, true),
            // Public clients revoke too (RFC 7009, section 2.1); they do not introspect.
            revocation_endpoint_auth_methods_supported: auth_methods(offered, true),
            introspection_endpoint_auth_methods_supported: confidential,
            token_endpoint_auth_signing_alg_values_supported: assertions.clone(),
            revocation_endpoint_auth_signing_alg_values_supported: assertions.clone(),
            introspection_endpoint_auth_signing_alg_values_supported: assertions,
            code_challenge_methods_supported: vec!["S256"],
            subject_types_supported: vec!["public"],
            id_token_signing_alg_values_supported: vec!["RS256"],
            dpop_signing_alg_values_supported: signed(offered.dpop),
            prompt_values_supported: authorize::PROMPT_VALUES.to_vec(),
            claims_supported: CLAIMS.to_vec(),
            ui_locales_supported: vec!["en", "zh-CN", "zh", "vi"],
            authorization_response_iss_parameter_supported: true,
            request_parameter_supported: false,
            request_uri_parameter_supported: false,
            claims_parameter_supported: false,
            require_pushed_authorization_requests: false,
        }
    }
}

const CLAIMS: [&str; 18] = [
    "iss",
    "sub",
    "aud",
    "azp",
    "iat",
    "exp",
    "auth_time",
    "nonce",
    "at_hash",
    "amr",
    "sid",
    "name",
    "preferred_username",
    "role",
    "tier",
    "email",
    "email_verified",
    "organization_id",
];

/// Returns the methods by the names of RFC 7591. A client may send its secret in either way.
fn auth_methods(offered: &Offered<'_>, public: bool) -> Vec<&'static str> {
    let mut methods = vec!["client_secret_basic", "client_secret_post"];
    if offered.private_key_jwt {
        methods.push(AuthMethod::PrivateKeyJwt.as_str());
    }
    if public {
        methods.push(AuthMethod::None.as_str());
    }
    methods
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(offered: &Offered<'_>) -> serde_json::Value {
        serde_json::to_value(Metadata::new(offered)).unwrap()
    }

    const LEAST: Offered<'_> = Offered {
        issuer: "https://id.example.com",
        jwks_path: "/.well-known/jwks.json",
        grants: &[GrantType::AuthorizationCode, GrantType::RefreshToken],
        private_key_jwt: false,
        par: false,
        dpop: false,
        registration: false,
    };

    #[test]
    fn every_url_begins_with_the_issuer() {
        let document = document(&LEAST);
        for (member, value) in document.as_object().unwrap() {
            if member.ends_with("_endpoint") || member.ends_with("_uri") {
                let url = value.as_str().unwrap();
                assert!(url.starts_with("https://id.example.com/"), "{member}");
            }
        }
        assert_eq!(document["issuer"], "https://id.example.com");
        assert_eq!(document["grant_types_supported"][1], "refresh_token");
        assert_eq!(document["request_uri_parameter_supported"], false);
        assert_eq!(
            document["authorization_response_iss_parameter_supported"],
            true
        );
    }

    #[test]
    fn what_does_not_work_is_not_named() {
        let conditional = [
            "pushed_authorization_request_endpoint",
            "device_authorization_endpoint",
            "registration_endpoint",
            "dpop_signing_alg_values_supported",
            "token_endpoint_auth_signing_alg_values_supported",
        ];
        let (least, all) = (
            document(&LEAST),
            document(&Offered {
                grants: &GrantType::ALL,
                private_key_jwt: true,
                par: true,
                dpop: true,
                registration: true,
                ..LEAST
            }),
        );
        for member in conditional {
            assert!(
                least.get(member).is_none() && all.get(member).is_some(),
                "{member}"
            );
        }
        let none = serde_json::json!("none");
        let has_none = |member: &str| all[member].as_array().unwrap().contains(&none);
        assert!(has_none("token_endpoint_auth_methods_supported"));
        assert!(!has_none("introspection_endpoint_auth_methods_supported"));
        assert!(all["grant_types_supported"].as_array().unwrap().len() == 6);
    }
}
