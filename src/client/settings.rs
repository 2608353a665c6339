//! The settings of a client: what may be changed of it, and what follows from them for a request.

use serde::{Deserialize, Serialize};

use super::{
    AccessAlgorithm, AuthMethod, ConsentRule, GrantType, IntrospectRule, Jwks, Profile,
    RedirectMatch, RedirectUri, RefreshRetry, TokenFormat,
};
use crate::access::ScopeSet;
use crate::base::OperatorId;

/// How a client authenticates, with the keys if it has any.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Authentication {
    /// By a secret.
    Secret,
    /// It does not authenticate.
    Public,
    /// By a signature of one of these keys.
    PrivateKeyJwt(Jwks),
}

impl Authentication {
    /// Returns the method's word.
    #[must_use]
    pub const fn method(&self) -> AuthMethod {
        match self {
            Self::Secret => AuthMethod::ClientSecret,
            Self::Public => AuthMethod::None,
            Self::PrivateKeyJwt(_) => AuthMethod::PrivateKeyJwt,
        }
    }
}

/// What access tokens of a client are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessTokens {
    /// Their form.
    pub format: TokenFormat,
    /// What signs those that are JWTs.
    pub algorithm: AccessAlgorithm,
    /// How long they are valid (seconds).
    pub seconds: u32,
}

/// What refresh tokens of a client are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefreshTokens {
    /// How long each is valid (seconds).
    pub seconds: u32,
    /// How long a used one yields its successor again.
    pub retry: RefreshRetry,
    /// The grace (seconds). `None` if the setting `oauth.refresh_grace` applies.
    pub grace_seconds: Option<u32>,
}

/// What a client must do beyond what the RFCs require of every client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Requirements {
    /// PKCE, though the client is confidential.
    pub pkce: bool,
    /// Pushed authorization requests (RFC 9126).
    pub par: bool,
    /// DPoP (RFC 9449).
    pub dpop: bool,
}

/// What may be changed of a client. [`Registration::validate`](super::Registration::validate) makes
/// it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientSettings {
    /// Shown on the consent page.
    pub name: String,
    /// How it authenticates.
    pub authentication: Authentication,
    /// Where authorization may lead.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where signing out may lead.
    pub post_logout_redirect_uris: Vec<RedirectUri>,
    /// How a request's redirect URI is compared.
    pub redirect_match: RedirectMatch,
    /// Whether `http` off loopback may be registered.
    pub allow_insecure_redirect: bool,
    /// What it may exchange for tokens, in the order given.
    pub grants: Vec<GrantType>,
    /// The scopes that it may request.
    pub scopes: ScopeSet,
    /// The resources it may name (RFC 8707); `*` stands for all of the organization.
    pub audience: Vec<String>,
    /// Its dialect.
    pub profile: Profile,
    /// Its access tokens.
    pub access: AccessTokens,
    /// Its refresh tokens.
    pub refresh: RefreshTokens,
    /// What it must do beyond the RFCs.
    pub require: Requirements,
    /// Whether operators must consent.
    pub consent: ConsentRule,
    /// The operator it stands for with `client_credentials` (guide 001).
    pub operator: Option<OperatorId>,
    /// Whose tokens it may introspect.
    pub introspect: IntrospectRule,
}

/// The `audience` that stands for every resource of the organization.
pub const EVERY_RESOURCE: &str = "*";

impl ClientSettings {
    /// Whether the client has no credential (RFC 6749, section 2.1).
    #[must_use]
    pub const fn is_public(&self) -> bool {
        matches!(self.authentication, Authentication::Public)
    }

    /// Whether it may use a grant: it was given it, and is not too public for it.
    #[must_use]
    pub fn may_use(&self, grant: GrantType) -> bool {
        self.grants.contains(&grant) && !(self.is_public() && grant.is_confidential())
    }

    /// Whether it must send a PKCE challenge: every public client must.
    #[must_use]
    pub const fn must_use_pkce(&self) -> bool {
        self.require.pkce || self.is_public()
    }

    /// Whether a redirect URI of a request is the client's.
    #[must_use]
    pub fn has_redirect_uri(&self, asked: &str) -> bool {
        let mut uris = self.redirect_uris.iter();
        uris.any(|uri| uri.admits(asked, self.redirect_match, self.is_public()))
    }

    /// Returns the redirect URI that a request may leave out: the only one registered, if the match
    /// is exact.
    #[must_use]
    pub fn default_redirect_uri(&self) -> Option<&RedirectUri> {
        match (self.redirect_match, self.redirect_uris.as_slice()) {
            (RedirectMatch::Exact, [only]) => Some(only),
            _ => None,
        }
    }

    /// Whether a URI is registered for after sign-out, character by character.
    #[must_use]
    pub fn has_post_logout_redirect_uri(&self, asked: &str) -> bool {
        let mut uris = self.post_logout_redirect_uris.iter();
        uris.any(|uri| uri.as_str() == asked)
    }

    /// Whether it may name a resource. `resources` are those of the organization.
    #[must_use]
    pub fn may_name_resource(&self, resource: &str, resources: &[String]) -> bool {
        let listed = |name: &str| self.audience.iter().any(|own| own == name);
        let exists = resources.iter().any(|uri| uri == resource);
        exists && (listed(resource) || listed(EVERY_RESOURCE))
    }
}
