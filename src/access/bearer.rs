//! The bearer of a credential, as rules see it.

use super::scope::ScopeSet;
use crate::base::OrganizationId;
use crate::base::words::words;

words! {
    /// The kind of a credential.
    pub enum BearerKind {
        /// An operator token.
        Operator = "operator",
        /// A session of `/auth/login`.
        Session = "session",
        /// An access token of OAuth.
        AccessToken = "access_token",
        /// An API key.
        ApiKey = "api_key",
        /// A company token.
        Company = "company",
    }
}

/// What the bearer of a valid credential is and may do now, as far as rules decide by it.
#[derive(Debug, Clone, Copy)]
pub struct Bearer<'a> {
    /// The kind of the credential.
    pub kind: BearerKind,
    /// The organization that it belongs to.
    pub organization: OrganizationId,
    /// The role, as free text; `None` if it has none.
    pub role: Option<&'a str>,
    /// The scopes.
    pub scopes: &'a ScopeSet,
    /// Whether it is a test key.
    pub is_test: bool,
    /// The resources that an access token is for; empty for other kinds.
    pub audience: &'a [String],
}
