//! The kinds of tokens. API keys are among them: they are issued, presented and revoked too.

use super::{ApiKeyNumber, AppNumber, GrantNumber, TokenNumber};

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Company,
    Operator {
        operator: i64,
        parent: TokenNumber,
    },
    /// A session of `/auth/login`.
    Session {
        operator: i64,
    },
    /// An access token; without a grant if the client acts for itself.
    Access {
        app: AppNumber,
        grant: Option<(GrantNumber, i64)>,
    },
    /// A refresh token, of a grant and its operator.
    Refresh {
        app: AppNumber,
        grant: (GrantNumber, i64),
    },
    /// A text of an API key, and the operator that the key is bound to.
    ApiKey {
        key: ApiKeyNumber,
        bound: Option<i64>,
    },
    /// A signing secret of an API key.
    Secret {
        key: ApiKeyNumber,
        bound: Option<i64>,
    },
}

impl Kind {
    /// Returns whether introspection is what shows its state, and not validation.
    pub(crate) fn is_introspected(self) -> bool {
        matches!(
            self,
            Self::Session { .. } | Self::Access { .. } | Self::Refresh { .. }
        )
    }

    /// Returns whether it is a text of an API key.
    pub(crate) fn is_key_text(self) -> bool {
        matches!(self, Self::ApiKey { .. })
    }

    /// Returns whether it is a signing secret.
    pub(crate) fn is_secret(self) -> bool {
        matches!(self, Self::Secret { .. })
    }

    /// Returns whether a client of a service sends it as its credential.
    pub(crate) fn is_sent(self) -> bool {
        !matches!(self, Self::Refresh { .. } | Self::Secret { .. })
    }

    /// Returns the API key to which it belongs.
    pub(crate) fn api_key(self) -> Option<ApiKeyNumber> {
        match self {
            Self::ApiKey { key, .. } | Self::Secret { key, .. } => Some(key),
            _ => None,
        }
    }

    /// Returns the operator to which its API key is bound. The key is refused while the operator is
    /// inactive, and stays when the operator's tokens are revoked.
    pub(crate) fn bound(self) -> Option<i64> {
        match self {
            Self::ApiKey { bound, .. } | Self::Secret { bound, .. } => bound,
            _ => None,
        }
    }

    /// Returns the operator for which it stands.
    pub(crate) fn operator(self) -> Option<i64> {
        match self {
            Self::Company | Self::ApiKey { .. } | Self::Secret { .. } => None,
            Self::Operator { operator, .. } | Self::Session { operator } => Some(operator),
            Self::Access { grant, .. } => grant.map(|(_, operator)| operator),
            Self::Refresh { grant, .. } => Some(grant.1),
        }
    }

    /// Returns the OAuth client that received it.
    pub(crate) fn app(self) -> Option<AppNumber> {
        match self {
            Self::Access { app, .. } | Self::Refresh { app, .. } => Some(app),
            _ => None,
        }
    }

    /// Returns the grant from which it follows.
    pub(crate) fn grant(self) -> Option<GrantNumber> {
        match self {
            Self::Access { grant, .. } => grant.map(|(grant, _)| grant),
            Self::Refresh { grant, .. } => Some(grant.0),
            _ => None,
        }
    }
}
