//! Tokens that a request presents: which token of this service a text is, whether it is valid, and
//! what it may do now. Introspection, userinfo and token exchange use this.

use std::sync::Arc;

use super::caller::catch_up;
use super::failure::Failure;
use crate::access::{BehindToken, ScopeSet, scopes_now};
use crate::app::App;
use crate::base::{Digest, OperatorId, OrganizationId, Timestamp};
use crate::db;
use crate::feed::LeaseSnapshot;
use crate::grant::KnownAccess;
use crate::grant::store::{self, Grant, StoredRefreshToken};
use crate::operator::{Behind, OperatorStatus};
use crate::token::{Claims, Kind, Lineage};
use crate::validate::Refusal;

/// A token that is valid now.
pub(super) enum ValidToken {
    /// An access token, be it a JWT or opaque.
    Access(ValidAccess),
    /// A company token, an operator token or a session.
    Other(Claims),
}

impl ValidToken {
    /// Returns the claims that decided.
    pub(super) const fn claims(&self) -> &Claims {
        match self {
            Self::Access(valid) => &valid.claims,
            Self::Other(claims) => claims,
        }
    }
}

/// An access token that is valid now.
pub(super) struct ValidAccess {
    /// The claims that decided.
    pub(super) claims: Claims,
    /// All its claims.
    pub(super) access: Arc<KnownAccess>,
}

/// Returns the token that a text is, if it is valid. Returns `None` for anything else, and for
/// refresh tokens ([`valid_refresh`]).
///
/// # Errors
/// Returns [`Failure::Stale`] if this node cannot decide, and [`Failure::Database`].
pub(super) async fn valid_token(
    app: &Arc<App>,
    issuer: &str,
    text: &str,
    now: Timestamp,
) -> Result<Option<ValidToken>, Failure> {
    let Some(claims) = signed(app, text, now).await? else {
        let found = opaque(app, issuer, text, now).await?;
        return Ok(found.map(ValidToken::Access));
    };
    Ok(Some(if claims.kind() == Kind::Access {
        let access = app.clients.known_tokens.read(claims.jti, text);
        let access = access.map_err(|_| {
            db::Error::Internal("a verified access token cannot be read".to_owned())
        })?;
        ValidToken::Access(ValidAccess { claims, access })
    } else {
        ValidToken::Other(claims)
    }))
}

/// Returns the claims of a token that this service signed, if it is valid. Returns `None` for
/// anything else.
async fn signed(app: &Arc<App>, text: &str, now: Timestamp) -> Result<Option<Claims>, Failure> {
    let validator = &app.tokens.validator;
    let mut verdict = validator.validate(text, now);
    if let Err(Refusal::Ahead(claims)) = verdict {
        catch_up(app, claims.rev).await?;
        verdict = validator.validate(text, now);
    }
    settled(verdict)
}

/// Judges the claims of a token that was found in the database. `lease` was taken before the
/// look-up. Returns `None` if the token is not valid.
async fn stored(
    app: &Arc<App>,
    lease: LeaseSnapshot,
    (claims, lineage): (Claims, &Lineage),
    now: Timestamp,
) -> Result<Option<Claims>, Failure> {
    let validator = &app.tokens.validator;
    let mut verdict = validator.judge_with(lease, claims, lineage, now);
    if let Err(Refusal::Ahead(claims)) = verdict {
        catch_up(app, claims.rev).await?;
        verdict = validator.judge_with(validator.take_lease(), claims, lineage, now);
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

async fn opaque(
    app: &Arc<App>,
    issuer: &str,
    text: &str,
    now: Timestamp,
) -> Result<Option<ValidAccess>, Failure> {
    let lease = app.tokens.validator.take_lease();
    let tokens = &app.clients.opaque_tokens;
    let Some(found) = tokens.find(&app.db, text, issuer).await? else {
        return Ok(None);
    };
    let judged = (found.claims, &found.access.ancestors);
    let valid = stored(app, lease, judged, now).await?;
    Ok(valid.map(|claims| ValidAccess {
        claims,
        access: Arc::clone(&found.access),
    }))
}

/// Returns the refresh token of the organization that a text is, with its claims and its grant, if
/// it is valid and was never used. Returns `None` for anything else.
///
/// # Errors
/// Returns the errors of [`valid_token`].
pub(super) async fn valid_refresh(
    app: &Arc<App>,
    organization: OrganizationId,
    text: &str,
    now: Timestamp,
) -> Result<Option<(Claims, StoredRefreshToken, Grant)>, Failure> {
    let digest = Digest::of(text);
    let lease = app.tokens.validator.take_lease();
    let found = app
        .db
        .read(move |conn| store::find_refresh_token_evenly(conn, organization, digest))
        .await?;
    let Some((token, grant)) = found else {
        return Ok(None);
    };
    if token.used.is_some() || grant.ended_at.is_some() {
        return Ok(None);
    }
    let judged = (token.claims(&grant), &Lineage::NONE);
    let valid = stored(app, lease, judged, now).await?;
    Ok(valid.map(|claims| (claims, token, grant)))
}

/// Returns which of a token's scopes are in force now, and the operator behind the token. The
/// operator is `None` if the client acts for itself, or if the operator is not active.
///
/// # Errors
/// Returns [`Failure::Database`].
pub(super) async fn rights_now(
    app: &Arc<App>,
    organization: OrganizationId,
    granted: &ScopeSet,
    operator: Option<OperatorId>,
) -> Result<(ScopeSet, Option<Behind>), Failure> {
    let Some(id) = operator else {
        return Ok((granted.clone(), None));
    };
    let operator = app.tokens.operators.get(&app.db, organization, id).await?;
    let definitions = app.clients.definitions.get(&app.db, organization).await?;
    let active = operator.filter(|operator| operator.status == OperatorStatus::Active);
    let (Some(operator), Some(definitions)) = (active, definitions) else {
        return Ok((ScopeSet::default(), None));
    };
    let behind = BehindToken::Operator {
        role: operator.role.as_deref(),
        roles: &definitions.roles,
        cap: definitions.cap_scopes_by_role,
    };
    let scopes = scopes_now(granted, behind);
    Ok((scopes, Some(operator)))
}
