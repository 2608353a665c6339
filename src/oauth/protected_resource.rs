//! What a client learns about Lanyard's own API, or about a service behind a proxy, as a resource
//! (RFC 9728, section 2): which authorization server issues tokens for it, and how they are sent.

use serde::Serialize;

use super::metadata::Offered;
use crate::access::Scope;
use crate::jose::SigningAlgorithm;
use crate::organization::definitions::Resource;

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "each is the member of its name")]
pub struct ProtectedResource {
    pub resource: String,
    pub resource_name: String,
    pub authorization_servers: [String; 1],
    pub scopes_supported: Vec<String>,
    pub bearer_methods_supported: [&'static str; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dpop_signing_alg_values_supported: Vec<&'static str>,
}

impl ProtectedResource {
    /// Returns the document. The resource has the URL of the issuer, which is the `aud` of access
    /// tokens that are for no other resource.
    #[must_use]
    pub fn new(offered: &Offered<'_>) -> Self {
        Self {
            resource: offered.issuer.to_owned(),
            resource_name: "Lanyard".to_owned(),
            authorization_servers: [offered.issuer.to_owned()],
            scopes_supported: Scope::IDENTITY.map(str::to_owned).to_vec(),
            bearer_methods_supported: ["header"],
            dpop_signing_alg_values_supported: if offered.dpop {
                SigningAlgorithm::NAMES.to_vec()
            } else {
                Vec::new()
            },
        }
    }

    /// Returns the document of a service behind a proxy: a resource that an organization defined.
    #[must_use]
    pub fn of_service(offered: &Offered<'_>, resource: &Resource) -> Self {
        let scopes = resource.scopes.iter();
        Self {
            resource: resource.uri.clone(),
            resource_name: resource.name.clone(),
            scopes_supported: scopes.map(ToString::to_string).collect(),
            ..Self::new(offered)
        }
    }
}
