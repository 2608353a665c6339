//! What the bearer of a credential is and may do now. Rights are worked out when they are used, and
//! never read from a token. `/v1/profile` and forward-auth use this.

use std::sync::Arc;

use super::Principal;
use crate::access::{Bearer, BearerKind, BehindToken, Roles, Scope, ScopeSet, scopes_now};
use crate::api_key::Environment;
use crate::api_key::verify::Verified;
use crate::app::App;
use crate::base::{ApiKeyId, OrganizationId};
use crate::db;
use crate::grant::{KnownAccess, is_opaque};
use crate::operator::OperatorStatus;
use crate::organization::Definitions;
use crate::token::{Claims, SessionClaims, TokenUse};

/// What the bearer of a credential is and may do now.
#[derive(Debug, Clone)]
pub struct Rights {
    /// The kind of the credential.
    pub kind: BearerKind,
    /// The organization that it belongs to.
    pub organization: OrganizationId,
    /// `user_123` for an operator, also behind an access token; else the client's id, the key's id,
    /// or `company_7`.
    pub subject: String,
    /// The role, as free text. `None` if there is none.
    pub role: Option<String>,
    /// The scopes.
    pub scopes: ScopeSet,
    /// What an API key is for; `live` for every other credential.
    pub environment: Environment,
    /// The id of the API key. `None` for other credentials.
    pub key: Option<ApiKeyId>,
    /// What an access token says of itself. `None` for other credentials.
    pub access: Option<Arc<KnownAccess>>,
    /// What the organization defined.
    pub definitions: Arc<Definitions>,
}

impl Rights {
    /// Returns the rights of a valid token. `text` is the token as it was sent. `None` if it gives
    /// none any more, or is of a kind that is no credential.
    ///
    /// If the records are in memory, the future is ready when it is first polled.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub async fn of_token(
        app: &App,
        principal: &Principal,
        text: &str,
    ) -> db::Result<Option<Self>> {
        let (claims, organization) = (principal.token(), principal.organization);
        let definitions = app.clients.definitions.get(&app.db, organization).await?;
        let Some(definitions) = definitions else {
            return Ok(None);
        };
        let operator = match claims.operator() {
            Some(id) => app.tokens.operators.get(&app.db, organization, id).await?,
            None => None,
        };
        // The tokens of other operators are revoked.
        let active = operator.filter(|operator| operator.status == OperatorStatus::Active);
        let granted = match claims.token_use {
            TokenUse::Access { .. } => granted(app, claims, text).await?,
            _ => None,
        };
        let role = active.and_then(|operator| operator.role);
        Ok(Self::of_claims(claims, granted, role, definitions))
    }

    /// Returns the rights that follow from the records. `role` is that of the operator now. `None`
    /// if the token is of a kind that is no credential.
    #[must_use]
    pub fn of_claims(
        claims: &Claims,
        granted: Option<Arc<KnownAccess>>,
        role: Option<String>,
        definitions: Arc<Definitions>,
    ) -> Option<Self> {
        let of_role = || definitions.roles.scopes_of(role.as_deref());
        let (kind, subject, scopes) = match claims.token_use {
            TokenUse::Company { .. } => {
                let all = ScopeSet::parse(Scope::ADMIN).unwrap_or_default();
                let subject = format!("company_{}", claims.organization);
                (BearerKind::Company, subject, all)
            }
            TokenUse::Operator { operator, .. } => {
                let subject = SessionClaims::subject(operator);
                (BearerKind::Operator, subject, of_role())
            }
            TokenUse::Session { operator, .. } => {
                let subject = SessionClaims::subject(operator);
                (BearerKind::Session, subject, of_role())
            }
            TokenUse::Access { operator, .. } => {
                let granted = granted.as_ref()?;
                let behind = match operator {
                    None => BehindToken::Client,
                    Some(_) => BehindToken::Operator {
                        role: role.as_deref(),
                        roles: &definitions.roles,
                        cap: definitions.cap_scopes_by_role,
                    },
                };
                let subject =
                    operator.map_or_else(|| granted.client_id.to_string(), SessionClaims::subject);
                let scopes = scopes_now(&granted.scopes, behind);
                (BearerKind::AccessToken, subject, scopes)
            }
            TokenUse::Refresh { .. } | TokenUse::Console { .. } => return None,
        };
        let role = match kind {
            BearerKind::Company => Some(Roles::ADMIN.to_owned()),
            _ => role,
        };
        Some(Self {
            kind,
            organization: claims.organization,
            subject,
            role,
            scopes,
            environment: Environment::Live,
            key: None,
            access: granted,
            definitions,
        })
    }

    /// Returns the rights of an API key.
    #[must_use]
    pub fn of_key(verified: &Verified) -> Self {
        let (key, rights) = (&verified.stored.key, &verified.rights);
        Self {
            kind: BearerKind::ApiKey,
            organization: key.organization,
            subject: key.id.to_string(),
            role: rights.role.clone(),
            scopes: rights.scopes.clone(),
            environment: rights.environment,
            key: Some(key.id),
            access: None,
            definitions: Arc::clone(&verified.definitions),
        }
    }

    /// Returns the role, if the organization defines it.
    #[must_use]
    pub fn defined_role(&self) -> Option<&str> {
        let role = self.role.as_deref();
        role.filter(|role| self.definitions.roles.get(Some(role)).is_some())
    }

    /// Returns the bearer as rules see it.
    #[must_use]
    pub fn bearer(&self) -> Bearer<'_> {
        let audience = self.access.as_ref().map(|granted| granted.aud.values());
        Bearer {
            kind: self.kind,
            organization: self.organization,
            role: self.role.as_deref(),
            scopes: &self.scopes,
            is_test: self.environment == Environment::Test,
            audience: audience.unwrap_or_default(),
        }
    }
}

/// Returns what an access token says. It is valid.
async fn granted(app: &App, claims: &Claims, text: &str) -> db::Result<Option<Arc<KnownAccess>>> {
    let Some(issuer) = app.tokens.validator.oauth_issuer() else {
        return Ok(None);
    };
    if is_opaque(text) {
        let found = app
            .clients
            .opaque_tokens
            .find(&app.db, text, issuer)
            .await?;
        return Ok(found.map(|found| Arc::clone(&found.access)));
    }
    Ok(app.clients.known_tokens.read(claims.jti, text).ok())
}
