//! OAuth clients: what a client is, which redirect URIs are its own, and its secrets.

pub mod jwks;
pub mod redirect_uri;
pub mod registration;
pub mod secret;

pub use jwks::Jwks;
pub use redirect_uri::{RedirectUri, RedirectUriError};
pub use registration::{Known, Registration, RegistrationError};
pub use secret::{ClientSecret, SecretDigest, Secrets};

use crate::access::ScopeSet;
use crate::base::words::words;
use crate::base::{ClientId, OperatorId, OrganizationId, Timestamp};
use crate::token::Algorithm;

words! {
    /// How a client proves who it is (`token_endpoint_auth_method`, RFC 7591, section 2).
    pub enum AuthMethod {
        /// A secret, as Basic or in the body.
        ClientSecret = "client_secret",
        /// Not at all: a public client.
        None = "none",
        /// A JWT signed by one of its keys (RFC 7523).
        PrivateKeyJwt = "private_key_jwt",
    }
}

words! {
    /// What a client may exchange for tokens.
    pub enum GrantType {
        /// RFC 6749, section 4.1.
        AuthorizationCode = "authorization_code",
        /// RFC 6749, section 6.
        RefreshToken = "refresh_token",
        /// RFC 6749, section 4.4.
        ClientCredentials = "client_credentials",
        /// RFC 6749, section 4.3. RFC 9700 forbids it; guide 001 needs it.
        Password = "password",
        /// RFC 8628.
        DeviceCode = "device_code",
        /// RFC 8693.
        TokenExchange = "token_exchange",
    }
}

impl GrantType {
    /// Returns the value of the parameter `grant_type`.
    #[must_use]
    pub const fn parameter(self) -> &'static str {
        match self {
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::TokenExchange => "urn:ietf:params:oauth:grant-type:token-exchange",
            other => other.as_str(),
        }
    }

    /// Returns the grant that a parameter `grant_type` names; `None` if there is no such grant.
    #[must_use]
    pub fn from_parameter(text: &str) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|grant| grant.parameter() == text)
    }

    /// Whether only confidential clients may use it: there, the client's own credential is all that
    /// is asked for.
    #[must_use]
    pub const fn is_confidential(self) -> bool {
        matches!(self, Self::ClientCredentials | Self::TokenExchange)
    }
}

words! {
    /// Which dialect a client speaks.
    pub enum Profile {
        /// The RFCs.
        Standard = "standard",
        /// Guide 001: JWTs by RS256, whose `aud` is the client.
        SuiteCrm = "suitecrm",
        /// Guide 003: opaque tokens that live a year.
        Psdm = "psdm",
    }
}

words! {
    /// What an access token looks like.
    pub enum TokenFormat {
        /// RFC 9068.
        Jwt = "jwt",
        /// 32 hexadecimal digits that say nothing.
        Opaque = "opaque",
    }
}

words! {
    /// What signs a client's access tokens. There is no HS256: nobody else could verify it.
    pub enum AccessAlgorithm {
        /// ECDSA on P-256.
        Es256 = "ES256",
        /// RSASSA-PKCS1-v1_5.
        Rs256 = "RS256",
        /// Ed25519.
        EdDsa = "EdDSA",
    }
}

impl From<AccessAlgorithm> for Algorithm {
    fn from(algorithm: AccessAlgorithm) -> Self {
        match algorithm {
            AccessAlgorithm::Es256 => Self::Es256,
            AccessAlgorithm::Rs256 => Self::Rs256,
            AccessAlgorithm::EdDsa => Self::EdDsa,
        }
    }
}

words! {
    /// How a redirect URI of a request is compared with the registered ones.
    pub enum RedirectMatch {
        /// The same characters.
        Exact = "exact",
        /// The same registrable domain (guide 003).
        SameSite = "same-site",
    }
}

words! {
    /// Whether an operator is asked before a client gets a token.
    pub enum ConsentRule {
        /// For each scope it has not allowed yet.
        Ask = "ask",
        /// Not at all: the organization's own client.
        Skip = "skip",
    }
}

words! {
    /// How long a used refresh token yields its successor again.
    pub enum RefreshRetry {
        /// For the grace after its first use.
        Grace = "grace",
        /// Until the successor itself was used: for processes that share one stored token.
        UntilUsed = "until-used",
    }
}

words! {
    /// Whose tokens a client may introspect.
    pub enum IntrospectRule {
        /// Its own and those with its id in `aud`.
        Own = "own",
        /// Every token of the organization: a resource server.
        Organization = "organization",
    }
}

words! {
    /// Whether a client is there.
    pub enum ClientStatus {
        /// It is.
        Active = "active",
        /// It answers as an unknown one until it is enabled.
        Disabled = "disabled",
        /// It answers as an unknown one, for good.
        Deleted = "deleted",
    }
}

/// How a client proves who it is, with what that needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authentication {
    /// By a secret.
    Secret,
    /// Not at all.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessTokens {
    /// Their form.
    pub format: TokenFormat,
    /// What signs those that are JWTs.
    pub algorithm: AccessAlgorithm,
    /// How long they are valid (seconds).
    pub seconds: u32,
}

/// What refresh tokens of a client are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefreshTokens {
    /// How long each is valid (seconds).
    pub seconds: u32,
    /// How long a used one yields its successor again.
    pub retry: RefreshRetry,
    /// The grace (seconds); `None`: the setting `oauth.refresh_grace`.
    pub grace_seconds: Option<u32>,
}

/// What a client is asked for beyond what the RFCs ask of everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Requirements {
    /// PKCE, though the client is confidential.
    pub pkce: bool,
    /// Pushed authorization requests (RFC 9126).
    pub par: bool,
    /// DPoP (RFC 9449).
    pub dpop: bool,
}

/// What may be changed of a client. [`Registration::validate`] makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientSettings {
    /// Shown on the consent page.
    pub name: String,
    /// How it proves who it is.
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
    /// What it may ask for.
    pub scopes: ScopeSet,
    /// The resources it may name (RFC 8707); `*` stands for all of the organization.
    pub audience: Vec<String>,
    /// Its dialect.
    pub profile: Profile,
    /// Its access tokens.
    pub access: AccessTokens,
    /// Its refresh tokens.
    pub refresh: RefreshTokens,
    /// What more it is asked for.
    pub require: Requirements,
    /// Whether operators are asked.
    pub consent: ConsentRule,
    /// The operator it stands for with `client_credentials` (guide 001).
    pub operator: Option<OperatorId>,
    /// Whose tokens it may introspect.
    pub introspect: IntrospectRule,
}

/// A client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its organization.
    pub organization: OrganizationId,
    /// Its id.
    pub id: ClientId,
    /// Whether it is there.
    pub status: ClientStatus,
    /// What may be changed of it.
    pub settings: ClientSettings,
    /// When it was added.
    pub created_at: Timestamp,
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

impl Client {
    /// Whether it is there at all; else it answers as an unknown client.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self.status, ClientStatus::Active)
    }
}
