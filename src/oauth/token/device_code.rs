//! `urn:ietf:params:oauth:grant-type:device_code` (RFC 8628, section 3.4): a device asks until an
//! operator has answered, and receives tokens once.
//!
//! [`crate::grant::DeviceCode::poll`] decides; [`store::note_device_poll`] and
//! [`store::redeem_device_code`] carry it out in one conditional statement each.

use super::answer::TokenAnswer;
use super::grants::invalid_grant;
use super::new_grant::Prepared;
use super::request::{Judgement, Request};
use super::write_in_groups::Rows;
use crate::access::{ScopeRequest, narrow_scopes};
use crate::base::{Digest, OperatorId, Sequence};
use crate::db;
use crate::grant::Poll;
use crate::grant::store::{self, Allowed, Grant, StoredDeviceCode};
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::failure::Failure;
use crate::token::{Claims, TokenUse};

/// How often a code is read again because another call was quicker, or because this node had to
/// catch up.
const ATTEMPTS: usize = 4;

pub(super) async fn redeem(request: &Request<'_>) -> Result<TokenAnswer, Failure> {
    let text = request.parameters.one("device_code")?.ok_or_else(|| {
        let description = "The parameter device_code is missing";
        OAuthError::new(ErrorCode::InvalidRequest, description)
    })?;
    let digest = Digest::of(text);
    let (organization, now) = (request.organization(), request.now);
    for _ in 0..ATTEMPTS {
        let rev = request.applied();
        let found = request
            .app
            .db
            .read(move |conn| store::find_device_code(conn, organization, digest))
            .await?
            .ok_or_else(invalid_grant)?;
        let outcome = found.code.poll(request.caller.id(), now);
        match outcome {
            Poll::Refuse => return Err(invalid_grant()),
            Poll::Expired => return Err(expired()),
            Poll::Denied => return Err(denied()),
            Poll::Wait | Poll::SlowDown => {
                if let Judgement::ReadAgain = judge(request, &found, found.rev, None).await? {
                    continue;
                }
                if note(request, &found, outcome).await? {
                    return Err(if outcome == Poll::Wait {
                        pending()
                    } else {
                        slow_down()
                    });
                }
            }
            Poll::Yield => {
                let allowed = found.allowed.clone().ok_or_else(invalid_grant)?;
                let operator = Some(allowed.operator);
                if let Judgement::ReadAgain = judge(request, &found, found.rev, None).await? {
                    continue;
                }
                let judged = judge(request, &found, allowed.rev, operator).await?;
                if let Judgement::ReadAgain = judged {
                    continue;
                }
                if let Some(answer) = redeem_for_tokens(request, found, allowed, rev).await? {
                    return Ok(answer);
                }
            }
        }
    }
    // Other calls with this code kept being quicker.
    Err(slow_down())
}

/// Judges a code as its access token would be judged, as of `rev`: so what revokes the tokens of the
/// client or of the operator revokes the code too. The code has two such sequences, because an
/// operator's tokens may have been revoked between the client's request and the answer, which is
/// later.
async fn judge(
    request: &Request<'_>,
    found: &StoredDeviceCode,
    rev: Sequence,
    operator: Option<OperatorId>,
) -> Result<Judgement, Failure> {
    let claims = Claims {
        jti: found.grant.0,
        organization: found.organization,
        rev,
        issued_at: request.now,
        token_use: TokenUse::Access {
            client: request.caller.id().tag(),
            grant: Some(found.grant),
            operator,
            expires_at: found.code.expires_at,
        },
    };
    request.judge(claims).await
}

/// Writes down a poll. Returns `false` if another call was quicker.
async fn note(
    request: &Request<'_>,
    found: &StoredDeviceCode,
    outcome: Poll,
) -> Result<bool, Failure> {
    let key = (found.organization, found.digest);
    let (seen, now) = (found.code.last_poll_at, request.now);
    let interval = found.code.clone().after(outcome, now).interval;
    let write = move |conn: &mut _| store::note_device_poll(conn, key, seen, interval, now);
    Ok(request.app.db.write(write).await?)
}

/// Makes the tokens and uses the code up. Returns `None` if another call was quicker.
async fn redeem_for_tokens(
    request: &Request<'_>,
    found: StoredDeviceCode,
    allowed: Allowed,
    rev: Sequence,
) -> Result<Option<TokenAnswer>, Failure> {
    let operator = request.operator(allowed.operator).await?;
    let resources = request.resources_of(&found.resources)?;
    let scopes = narrow_scopes(
        &allowed.scopes,
        &ScopeRequest {
            scopes: None,
            client: &request.caller.settings().scopes,
            behind: request.behind(&operator),
        },
    )?;
    // A device code is bound to no key. The grant begins with the key of this request, if any.
    let binding = request.bind(None).await?;
    let grant = Grant {
        organization: found.organization,
        id: found.grant,
        client: found.code.client,
        operator: allowed.operator,
        scopes: allowed.scopes,
        resources: found.resources,
        nonce: None,
        auth_time: allowed.auth_time,
        amr: allowed.amr,
        sid: allowed.sid,
        dpop_jkt: None,
        created_at: request.now,
        last_used_at: request.now,
        expires_at: request.now,
        ended_at: None,
    };
    let prepared = Prepared::new(request, grant, &operator, (scopes, resources), binding, rev)?;
    let rows = prepared.rows(&request.origin_of(operator.id));
    let (key, now) = ((found.organization, found.digest), request.now);
    let write = move |conn: &mut _| {
        let mine = store::redeem_device_code(conn, key, now)?;
        if mine {
            Rows::insert(conn, &[&rows])?;
        }
        Ok::<_, db::Error>(mine)
    };
    let mine = request.app.db.write(write).await?;
    Ok(mine.then(|| prepared.answer(request)))
}

fn pending() -> Failure {
    let description = "Nobody has answered yet; ask again after the interval";
    OAuthError::new(ErrorCode::AuthorizationPending, description).into()
}

fn slow_down() -> Failure {
    let description = "This is too soon after the last time; from now on wait 5 seconds longer";
    OAuthError::new(ErrorCode::SlowDown, description).into()
}

fn denied() -> Failure {
    let description = "The operator did not allow the request";
    OAuthError::new(ErrorCode::AccessDenied, description).into()
}

fn expired() -> Failure {
    let description = "The device code has expired; ask for a new one";
    OAuthError::new(ErrorCode::ExpiredToken, description).into()
}
