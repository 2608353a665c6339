//! What a client learns about Lanyard's own API as a resource (RFC 9728, section 2): which
//! authorization server issues tokens for it, and how they are sent.

use serde::Serialize;

use super::metadata::Offered;
use crate::access::Scope;
use crate::jose::SigningAlgorithm;

/// The document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "each is the member of its name")]
pub struct ProtectedResource {
    pub resource: String,
    pub resource_name: &'static str,
    pub authorization_servers: [String; 1],
    pub scopes_supported: Vec<&'static str>,
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
            resource_name: "Lanyard",
            authorization_servers: [offered.issuer.to_owned()],
            scopes_supported: Scope::IDENTITY.to_vec(),
            bearer_methods_supported: ["header"],
            dpop_signing_alg_values_supported: if offered.dpop {
                SigningAlgorithm::NAMES.to_vec()
            } else {
                Vec::new()
            },
        }
    }
}
