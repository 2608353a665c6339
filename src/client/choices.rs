//! The words of a client: what its settings may be, as the API, the command line and the database
//! write it.

use crate::base::words::words;
use crate::token::Algorithm;

words! {
    /// How a client proves who it is (`token_endpoint_auth_method`, RFC 7591, section 2).
    pub enum AuthMethod {
        /// A secret, as Basic or in the body.
        ClientSecret = "client_secret",
        /// None. The client is public.
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

    /// Whether only confidential clients may use it, because a request proves nothing but the
    /// client's own credential.
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
    /// Whether an operator must consent before a client gets a token.
    pub enum ConsentRule {
        /// For each scope that the operator has not allowed yet.
        Ask = "ask",
        /// Never. This is for the organization's own clients.
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
