//! `authorization_code` (RFC 6749, section 4.1.3): a code is exchanged once.
//!
//! [`crate::grant::Code::redeem`] decides; [`store::settle_codes`] carries it out in one conditional
//! statement, in the transaction that writes what the code yields. A redemption that finds the code
//! used up revokes what it yielded, also if both redemptions run at once.

use super::answer::TokenAnswer;
use super::grants::invalid_grant;
use super::new_grant::Prepared;
use super::refresh_token::end_family;
use super::request::{Judgement, Request, active};
use super::write_in_groups::{Condition, Written};
use crate::access::{ScopeRequest, narrow_scopes};
use crate::audit::Action;
use crate::base::{Digest, Sequence};
use crate::grant::store::{self, Grant, Settle, StoredCode};
use crate::grant::{CodeState, Redeem, Redemption};
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::failure::Failure;
use crate::operator::Operator;
use crate::token::{Claims, TokenUse};

/// How often a code is read again because another redemption was quicker, or because this node had
/// to catch up.
const ATTEMPTS: usize = 4;

pub(super) async fn redeem(request: &Request<'_>) -> Result<TokenAnswer, Failure> {
    let parameters = request.parameters;
    let text = parameters.one("code")?.ok_or_else(|| {
        OAuthError::new(ErrorCode::InvalidRequest, "The parameter code is missing")
    })?;
    let digest = Digest::of(text);
    let attempt = Redemption {
        client: request.caller.id(),
        redirect_uri: parameters.one("redirect_uri")?,
        verifier: parameters.one("code_verifier")?,
        dpop_jkt: request.proof.jkt(),
        now: request.now,
    };
    let organization = request.organization();
    for _ in 0..ATTEMPTS {
        let rev = request.applied();
        let codes = &request.app.token_groups.codes;
        let found = codes.run((organization, digest)).await?;
        let (found, operator) = found.ok_or_else(invalid_grant)?;
        match found.code.redeem(&attempt) {
            Redeem::Refuse => return Err(invalid_grant()),
            Redeem::Replay => {
                let of = claims(request, &found);
                end_family(request, found.grant, of, Action::GrantRevoked).await?;
                return Err(invalid_grant());
            }
            Redeem::Burn => {
                let burnt = Settle {
                    organization,
                    digest,
                    state: CodeState::Burnt,
                    kept_until: found.code.expires_at,
                    now: request.now,
                };
                let burn = move |conn: &mut _| store::settle_code(conn, &burnt);
                if request.app.db.write(burn).await? {
                    return Err(invalid_grant());
                }
            }
            Redeem::Yield => {
                if let Judgement::ReadAgain = request.judge(claims(request, &found)).await? {
                    continue;
                }
                let operator = active(operator)?;
                if let Some(answer) =
                    redeem_for_tokens(request, digest, found, &operator, rev).await?
                {
                    return Ok(answer);
                }
            }
        }
    }
    Err(invalid_grant())
}

/// Returns the claims by which a code is judged: those that its access token would have. So what
/// revokes the operator's or the client's tokens revokes the code too.
fn claims(request: &Request<'_>, found: &StoredCode) -> Claims {
    Claims {
        jti: found.grant.0,
        organization: request.organization(),
        rev: found.rev,
        issued_at: request.now,
        token_use: TokenUse::Access {
            client: request.caller.id().tag(),
            grant: Some(found.grant),
            operator: Some(found.operator),
            expires_at: found.code.expires_at,
        },
    }
}

/// Makes the tokens and uses the code up. Returns `None` if another redemption was quicker.
async fn redeem_for_tokens(
    request: &Request<'_>,
    digest: Digest,
    found: StoredCode,
    operator: &Operator,
    rev: Sequence,
) -> Result<Option<TokenAnswer>, Failure> {
    let resources = request.resources_of(&found.resources)?;
    let scopes = narrow_scopes(
        &found.scopes,
        &ScopeRequest {
            scopes: None,
            client: &request.caller.settings().scopes,
            behind: request.behind(operator),
        },
    )?;
    // The code compared the key with `dpop_jkt` of its request, if that had one.
    let binding = request.bind(found.code.dpop_jkt.as_deref()).await?;
    let grant = Grant {
        organization: request.organization(),
        id: found.grant,
        client: found.code.client,
        operator: found.operator,
        scopes: found.scopes,
        resources: found.resources,
        nonce: found.nonce,
        auth_time: found.auth_time,
        amr: found.amr,
        sid: found.sid,
        dpop_jkt: found.code.dpop_jkt,
        created_at: request.now,
        last_used_at: request.now,
        expires_at: request.now,
        ended_at: None,
    };
    let prepared = Prepared::new(request, grant, operator, (scopes, resources), binding, rev)?;
    let written = Written {
        condition: Condition::Code(Settle {
            organization: request.organization(),
            digest,
            state: CodeState::Redeemed,
            kept_until: prepared.expires_at(),
            now: request.now,
        }),
        rows: prepared.rows(&request.origin_of(operator.id)),
    };
    let mine = request.app.token_groups.writes.run(written).await?;
    Ok(mine.then(|| prepared.answer(request)))
}
