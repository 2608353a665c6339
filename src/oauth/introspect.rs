//! Introspection (RFC 7662): what a token is, for a caller that may know it.
//!
//! JWTs and opaque tokens are answered from memory, refresh tokens from the database. A token that
//! the caller may not know gets the same answer as an unknown one, and one that is no JWT in the same
//! time.

mod answer;
mod introspector;

pub use answer::Introspection;
pub use introspector::Introspector;

use std::borrow::Cow;
use std::sync::Arc;

use self::answer::{Described, Now};
use super::failure::Failure;
use super::valid_token::{ValidAccess, ValidToken, rights_now, valid_refresh, valid_token};
use crate::app::App;
use crate::base::Timestamp;
use crate::token::{AccessClaims, Claims, Kind, SessionClaims, TokenUse, actor_of, payload};

/// Returns what a token is.
///
/// # Errors
/// Returns [`Failure::Stale`] if this node cannot decide, and [`Failure::Database`].
pub async fn introspect(
    app: &Arc<App>,
    issuer: &str,
    by: Introspector<'_>,
    text: &str,
    now: Timestamp,
) -> Result<Introspection, Failure> {
    match valid_token(app, issuer, text, now).await? {
        Some(ValidToken::Access(valid))
            if !text.contains('.') && !by.may_know(&valid.claims, Some(&valid.access.aud)) =>
        {
            // The same steps as for a text that is no opaque token.
            app.clients.opaque_tokens.look_up(&app.db, text).await?;
            about_refresh(app, issuer, by, text, now).await
        }
        Some(ValidToken::Access(valid)) => about_access(app, by, valid).await,
        Some(ValidToken::Other(claims)) => about_own(app, by, &claims, text).await,
        // Every JWT has a dot, and no refresh token has one.
        None if text.contains('.') => Ok(Introspection::Inactive),
        None => about_refresh(app, issuer, by, text, now).await,
    }
}

async fn about_access(
    app: &Arc<App>,
    by: Introspector<'_>,
    ValidAccess { claims, access }: ValidAccess,
) -> Result<Introspection, Failure> {
    if !by.may_know(&claims, Some(&access.aud)) {
        return Ok(Introspection::Inactive);
    }
    let now = match access.operator_id {
        None => None,
        behind @ Some(_) => {
            let (organization, granted) = (claims.organization, &access.scopes);
            let (scopes, operator) = rights_now(app, organization, granted, behind).await?;
            Some(Now {
                scope: AccessClaims::scope_members(scopes).0,
                username: operator.and_then(|operator| operator.username),
            })
        }
    };
    Ok(Introspection::Access { access, now })
}

/// Returns what a company token, an operator token or a session is. Only callers that may know every
/// token of the organization learn it.
async fn about_own(
    app: &Arc<App>,
    by: Introspector<'_>,
    claims: &Claims,
    text: &str,
) -> Result<Introspection, Failure> {
    if !by.knows_all() || !by.may_know(claims, None) {
        return Ok(Introspection::Inactive);
    }
    let operator = match claims.operator() {
        Some(id) => {
            let operators = &app.tokens.operators;
            operators.get(&app.db, claims.organization, id).await?
        }
        None => None,
    };
    let subject = match claims.token_use {
        TokenUse::Session { operator, .. } => SessionClaims::subject(operator),
        _ => claims
            .operator()
            .map_or_else(|| claims.organization.to_string(), |id| id.to_string()),
    };
    Ok(Introspection::Other(Box::new(Described {
        scope: None,
        client_id: None,
        username: operator
            .and_then(|operator| operator.username)
            .map(Cow::Owned),
        token_type: Some("Bearer"),
        exp: claims.expires_at().map(Timestamp::as_seconds),
        iat: claims.issued_at.as_seconds(),
        nbf: None,
        sub: subject.into(),
        aud: None,
        iss: app.tokens.validator.issuer().to_owned().into(),
        jti: claims.jti,
        token_use: claims.kind(),
        organization_id: claims.organization,
        operator_id: claims.operator(),
        cnf: None,
        act: payload(text)
            .ok()
            .as_deref()
            .and_then(actor_of)
            .map(Cow::Owned),
    })))
}

async fn about_refresh(
    app: &Arc<App>,
    issuer: &str,
    by: Introspector<'_>,
    text: &str,
    now: Timestamp,
) -> Result<Introspection, Failure> {
    let organization = by.organization();
    let found = valid_refresh(app, organization, text, now).await?;
    let Some((_, token, grant)) = found.filter(|(claims, ..)| by.may_know(claims, None)) else {
        return Ok(Introspection::Inactive);
    };
    let behind = Some(grant.operator);
    let (scopes, operator) = rights_now(app, organization, &grant.scopes, behind).await?;
    Ok(Introspection::Other(Box::new(Described {
        scope: AccessClaims::scope_members(scopes).0.map(Cow::Owned),
        client_id: Some(Cow::Owned(grant.client)),
        username: operator
            .and_then(|operator| operator.username)
            .map(Cow::Owned),
        token_type: None,
        exp: Some(token.expires_at.as_seconds()),
        iat: token.issued_at.as_seconds(),
        nbf: None,
        sub: grant.operator.to_string().into(),
        aud: None,
        iss: issuer.to_owned().into(),
        jti: token.jti,
        token_use: Kind::Refresh,
        organization_id: organization,
        operator_id: Some(grant.operator),
        cnf: None,
        act: None,
    })))
}
