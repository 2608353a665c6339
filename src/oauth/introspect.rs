//! Introspection (RFC 7662): what a token is, for a caller that may know it.
//!
//! JWTs and opaque tokens are answered from memory, refresh tokens from the database. To a caller
//! that may not know a token it is as if there were none.

use std::sync::Arc;

use serde::Serialize;

use super::caller::{Caller, catch_up};
use super::failure::Failure;
use crate::access::{BehindToken, ScopeSet, scopes_now};
use crate::app::App;
use crate::base::{ClientId, Digest, OperatorId, OrganizationId, Timestamp, TokenId};
use crate::client::IntrospectRule;
use crate::db;
use crate::grant::store;
use crate::operator::{Operator, OperatorStatus};
use crate::token::{AccessClaims, Actor, Audience, Claims, Confirmation, Kind, TokenUse, payload};
use crate::validate::Refusal;

/// Who asks.
#[derive(Clone, Copy)]
pub enum Asker<'a> {
    /// The holder of a company token: it may know every token of its organization.
    Company(OrganizationId),
    /// A client.
    Client(&'a Caller),
}

impl Asker<'_> {
    fn organization(&self) -> OrganizationId {
        match self {
            Self::Company(organization) => *organization,
            Self::Client(caller) => caller.registered.client.organization,
        }
    }

    /// Whether the asker may know every token of its organization.
    fn knows_all(&self) -> bool {
        match self {
            Self::Company(_) => true,
            Self::Client(caller) => caller.settings().introspect == IntrospectRule::Organization,
        }
    }

    /// Whether the asker may know a token. `audience` is that of an access token.
    fn may_know(&self, claims: &Claims, audience: Option<&Audience>) -> bool {
        if claims.organization != self.organization() {
            return false;
        }
        let Self::Client(caller) = self else {
            return true;
        };
        self.knows_all()
            || claims.client() == Some(caller.id().tag())
            || audience.is_some_and(|audience| audience.contains(caller.id().as_str()))
    }
}

/// The answer. Members that a token does not have are left out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Introspection {
    active: bool,
    #[serde(flatten)]
    token: Option<Described>,
}

/// What an active token is.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Described {
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<ClientId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
    sub: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<Audience>,
    iss: String,
    jti: TokenId,
    token_use: Kind,
    organization_id: OrganizationId,
    #[serde(skip_serializing_if = "Option::is_none")]
    operator_id: Option<OperatorId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cnf: Option<Confirmation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    act: Option<Actor>,
}

impl Introspection {
    /// Whether the token is active.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        self.active
    }
}

/// Returns the name that an operator signs in with.
fn username(operator: &Operator) -> Option<String> {
    operator.profile.username.clone()
}

/// The answer about everything that is not active or not to be known.
const INACTIVE: Introspection = Introspection {
    active: false,
    token: None,
};

/// An access token that is valid now.
pub(super) struct ValidAccess {
    /// The claims that decided.
    pub(super) claims: Claims,
    /// All its claims.
    pub(super) access: AccessClaims<'static>,
}

/// Answers what a token is.
///
/// # Errors
/// Returns [`Failure::Stale`] if this node cannot decide, and [`Failure::Database`].
pub async fn introspect(
    app: &Arc<App>,
    issuer: &str,
    asker: Asker<'_>,
    text: &str,
    now: Timestamp,
) -> Result<Introspection, Failure> {
    if let Some(claims) = signed(app, text, now).await? {
        return match claims.kind() {
            Kind::Access => {
                let access = read(text)?;
                about_access(app, asker, ValidAccess { claims, access }).await
            }
            _ => about_own(app, asker, &claims).await,
        };
    }
    if let Some(valid) = opaque(app, issuer, text, now).await? {
        return about_access(app, asker, valid).await;
    }
    about_refresh(app, issuer, asker, text, now).await
}

/// Returns the claims of a token that this service signed and that is valid. `None` for anything
/// else.
async fn signed(app: &Arc<App>, text: &str, now: Timestamp) -> Result<Option<Claims>, Failure> {
    let validator = &app.tokens.validator;
    let mut verdict = validator.validate(text, now);
    if let Err(Refusal::Ahead(claims)) = verdict {
        catch_up(app, claims.rev).await?;
        verdict = validator.validate(text, now);
    }
    settled(verdict)
}

fn settled(verdict: Result<Claims, Refusal>) -> Result<Option<Claims>, Failure> {
    match verdict {
        Ok(claims) => Ok(Some(claims)),
        Err(Refusal::Stale | Refusal::Ahead(_)) => Err(Failure::Stale),
        Err(Refusal::Invalid | Refusal::Expired(_) | Refusal::Revoked(_)) => Ok(None),
    }
}

/// Returns an access token that is valid, be it a JWT or opaque. `None` for anything else.
///
/// # Errors
/// Returns the errors of [`introspect`].
pub(super) async fn valid_access(
    app: &Arc<App>,
    issuer: &str,
    text: &str,
    now: Timestamp,
) -> Result<Option<ValidAccess>, Failure> {
    match signed(app, text, now).await? {
        Some(claims) if claims.kind() == Kind::Access => {
            let access = read(text)?;
            Ok(Some(ValidAccess { claims, access }))
        }
        Some(_) => Ok(None),
        None => opaque(app, issuer, text, now).await,
    }
}

/// Reads the payload of an access token whose signature was checked.
fn read(text: &str) -> Result<AccessClaims<'static>, Failure> {
    let bytes = payload(text).unwrap_or_default();
    let access = serde_json::from_slice::<AccessClaims<'_>>(&bytes);
    let access = access.map_err(|why| db::Error::Internal(why.to_string()))?;
    Ok(access.into_owned())
}

async fn opaque(
    app: &Arc<App>,
    issuer: &str,
    text: &str,
    now: Timestamp,
) -> Result<Option<ValidAccess>, Failure> {
    let validator = &app.tokens.validator;
    let lease = validator.take_lease();
    let tokens = &app.clients.opaque_tokens;
    let Some(found) = tokens.find(&app.db, text, issuer).await? else {
        return Ok(None);
    };
    let mut verdict = validator.judge(lease, found.claims, now);
    if let Err(Refusal::Ahead(claims)) = verdict {
        catch_up(app, claims.rev).await?;
        verdict = validator.judge(validator.take_lease(), found.claims, now);
    }
    Ok(settled(verdict)?.map(|claims| ValidAccess {
        claims,
        access: found.access.clone(),
    }))
}

/// Returns the scopes of an access token that count now, and the operator behind it. The operator is
/// `None` if the client acts for itself.
///
/// # Errors
/// Returns [`Failure::Database`].
pub(super) async fn rights_now(
    app: &Arc<App>,
    valid: &ValidAccess,
) -> Result<(ScopeSet, Option<Arc<Operator>>), Failure> {
    let ValidAccess { claims, access } = valid;
    let Some(id) = access.operator_id else {
        return Ok((access.scopes.clone(), None));
    };
    let organization = claims.organization;
    let operator = app.tokens.operators.get(&app.db, organization, id).await?;
    let definitions = app.clients.definitions.get(&app.db, organization).await?;
    let active = operator.filter(|operator| operator.status == OperatorStatus::Active);
    let (Some(operator), Some(definitions)) = (active, definitions) else {
        return Ok((ScopeSet::default(), None));
    };
    let behind = BehindToken::Operator {
        role: operator.profile.role.as_deref(),
        roles: &definitions.roles,
        cap: definitions.cap_scopes_by_role,
    };
    Ok((scopes_now(&access.scopes, behind), Some(operator)))
}

async fn about_access(
    app: &Arc<App>,
    asker: Asker<'_>,
    valid: ValidAccess,
) -> Result<Introspection, Failure> {
    if !asker.may_know(&valid.claims, Some(&valid.access.aud)) {
        return Ok(INACTIVE);
    }
    let (scopes, operator) = rights_now(app, &valid).await?;
    let access = valid.access;
    Ok(active(Described {
        scope: AccessClaims::scope_members(scopes).0,
        client_id: Some(access.client_id),
        username: operator.as_deref().and_then(username),
        token_type: Some("Bearer"),
        exp: Some(access.exp),
        iat: access.iat,
        nbf: Some(access.nbf),
        sub: access.sub.into_owned(),
        aud: Some(access.aud),
        iss: access.iss.into_owned(),
        jti: access.jti,
        token_use: Kind::Access,
        organization_id: access.organization_id,
        operator_id: access.operator_id,
        cnf: access.cnf,
        act: access.act,
    }))
}

/// Company tokens, operator tokens and sessions: only for those who may know all.
async fn about_own(
    app: &Arc<App>,
    asker: Asker<'_>,
    claims: &Claims,
) -> Result<Introspection, Failure> {
    if !asker.knows_all() || !asker.may_know(claims, None) {
        return Ok(INACTIVE);
    }
    let operator = match claims.operator() {
        Some(id) => {
            let operators = &app.tokens.operators;
            operators.get(&app.db, claims.organization, id).await?
        }
        None => None,
    };
    let subject = match claims.token_use {
        TokenUse::Session { operator, .. } => crate::token::SessionClaims::subject(operator),
        _ => claims
            .operator()
            .map_or_else(|| claims.organization.to_string(), |id| id.to_string()),
    };
    Ok(active(Described {
        scope: None,
        client_id: None,
        username: operator.as_deref().and_then(username),
        token_type: Some("Bearer"),
        exp: claims.expires_at().map(Timestamp::as_seconds),
        iat: claims.issued_at.as_seconds(),
        nbf: None,
        sub: subject,
        aud: None,
        iss: app.tokens.validator.issuer().to_owned(),
        jti: claims.jti,
        token_use: claims.kind(),
        organization_id: claims.organization,
        operator_id: claims.operator(),
        cnf: None,
        act: None,
    }))
}

async fn about_refresh(
    app: &Arc<App>,
    issuer: &str,
    asker: Asker<'_>,
    text: &str,
    now: Timestamp,
) -> Result<Introspection, Failure> {
    let (organization, digest) = (asker.organization(), Digest::of(text));
    let validator = &app.tokens.validator;
    let lease = validator.take_lease();
    let found = app
        .db
        .read(move |conn| {
            let Some(token) = store::find_refresh_token(conn, organization, digest)? else {
                return Ok(None);
            };
            let grant = store::find_grant(conn, organization, token.grant)?;
            Ok::<_, db::Error>(grant.map(|grant| (token, grant)))
        })
        .await?;
    let Some((token, grant)) = found else {
        return Ok(INACTIVE);
    };
    if token.used.is_some() || grant.ended_at.is_some() {
        return Ok(INACTIVE);
    }
    let claims = Claims {
        jti: token.jti,
        organization,
        rev: token.rev,
        issued_at: token.issued_at,
        token_use: TokenUse::Refresh {
            client: grant.client.tag(),
            grant: grant.id,
            operator: grant.operator,
            expires_at: token.expires_at,
        },
    };
    if !asker.may_know(&claims, None) {
        return Ok(INACTIVE);
    }
    let mut verdict = validator.judge(lease, claims, now);
    if let Err(Refusal::Ahead(claims)) = verdict {
        catch_up(app, claims.rev).await?;
        verdict = validator.judge(validator.take_lease(), claims, now);
    }
    if settled(verdict)?.is_none() {
        return Ok(INACTIVE);
    }
    let operators = &app.tokens.operators;
    let operator = operators.get(&app.db, organization, grant.operator).await?;
    Ok(active(Described {
        scope: AccessClaims::scope_members(grant.scopes).0,
        client_id: Some(grant.client),
        username: operator.as_deref().and_then(username),
        token_type: None,
        exp: Some(token.expires_at.as_seconds()),
        iat: token.issued_at.as_seconds(),
        nbf: None,
        sub: grant.operator.to_string(),
        aud: None,
        iss: issuer.to_owned(),
        jti: token.jti,
        token_use: Kind::Refresh,
        organization_id: organization,
        operator_id: Some(grant.operator),
        cnf: None,
        act: None,
    }))
}

const fn active(token: Described) -> Introspection {
    Introspection {
        active: true,
        token: Some(token),
    }
}
