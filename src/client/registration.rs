//! The registration of a client: the members that were given, and whether they are allowed. The API,
//! the command line and dynamic registration use the same function, and so does a change, which is
//! applied to the registration of the present client.

mod change;
mod faults;
mod member;
mod validate;

pub use validate::LONGEST_LIFE;

use std::fmt;

use super::redirect_uri;
use crate::access::ScopeSet;

/// The members of a client as they were given. `None` if a member was not given; it then has its
/// default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a member of the API")]
#[allow(
    missing_docs,
    reason = "each is the member of its name; the contract is that of `ClientSettings`"
)]
pub struct Registration {
    pub name: Option<String>,
    pub auth_method: Option<String>,
    pub jwks: Option<String>,
    pub redirect_uris: Vec<String>,
    pub post_logout_redirect_uris: Vec<String>,
    pub redirect_match: Option<String>,
    pub allow_insecure_redirect: bool,
    pub grants: Option<Vec<String>>,
    pub scopes: Vec<String>,
    pub audience: Vec<String>,
    pub profile: Option<String>,
    pub token_format: Option<String>,
    pub algorithm: Option<String>,
    pub access_token_seconds: Option<i64>,
    pub refresh_token_seconds: Option<i64>,
    pub require_pkce: bool,
    pub require_par: bool,
    pub dpop_bound: bool,
    pub consent: Option<String>,
    pub operator_id: Option<i64>,
    pub refresh_retry: Option<String>,
    pub refresh_grace_seconds: Option<i64>,
    pub introspect: Option<String>,
}

/// What the organization has, as far as a registration may name it.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The scopes it has defined, with those that are always there; the scopes of OpenID Connect
    /// may be left out.
    pub scopes: &'a ScopeSet,
    /// The URIs of its resources.
    pub resources: &'a [String],
    /// Whether the operator that the registration names is one of its operators and not deleted.
    pub operator: bool,
}

/// A member that cannot be what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationError {
    /// The member, as the API names it; with its place in an array, such as `redirectUris[1]`.
    pub member: String,
    /// What it must be, such as "must be https".
    pub rule: String,
}

impl RegistrationError {
    pub(super) fn new(member: impl Into<String>, rule: impl Into<String>) -> Self {
        Self {
            member: member.into(),
            rule: rule.into(),
        }
    }

    /// Whether the fault is a redirect URI: dynamic registration has a code of its own for that
    /// (RFC 7591, section 3.2.2).
    #[must_use]
    pub fn is_redirect_uri(&self) -> bool {
        self.member.starts_with("redirectUris") || self.member.starts_with("postLogoutRedirectUris")
    }
}

impl fmt::Display for RegistrationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.member, self.rule)
    }
}

impl std::error::Error for RegistrationError {}

/// Whether a text can be the URI of a resource: absolute, in ASCII, without a fragment (RFC 8707,
/// section 2).
#[must_use]
pub fn is_resource_uri(text: &str) -> bool {
    text.len() <= redirect_uri::LONGEST
        && redirect_uri::is_uri(text)
        && !text.contains('#')
        && url::Url::parse(text).is_ok()
}

#[cfg(test)]
mod tests;
