//! `refresh_token` (RFC 6749, section 6): a token is used once, and has one successor.
//!
//! [`crate::grant::Family::present`] decides; [`crate::grant::store::use_refresh_tokens`] carries it out in one
//! conditional statement, in the transaction that writes the successor.

use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::answer::TokenAnswer;
use super::grants::invalid_grant;
use super::request::{Judgement, Request, active};
use super::tokens::{self, AccessToken, RefreshToken, Subject};
use super::write_in_groups::{Condition, Rows, Written};
use crate::access::{ScopeRequest, narrow_scopes};
use crate::audit::Action;
use crate::base::{Digest, GrantId, Sequence, Timestamp};
use crate::client::RefreshRetry;
use crate::db::{self, Conn};
use crate::feed;
use crate::grant;
use crate::grant::refresh_successor::{Form, Salt};
use crate::grant::store::{Extend, FirstUseOf, Grant, StoredRefreshToken, Used};
use crate::grant::{Family, Present, RefreshToken as Presented, Retry};
use crate::oauth::error::{ErrorCode, OAuthError};
use crate::oauth::failure::Failure;
use crate::operator::Operator;
use crate::revocation;
use crate::token::Claims;

/// How often a token is read again because another call was quicker, or because this node had to
/// catch up.
const ATTEMPTS: usize = 6;

pub(super) async fn redeem(request: &Request<'_>) -> Result<TokenAnswer, Failure> {
    let text = request.parameters.one("refresh_token")?.ok_or_else(|| {
        let description = "The parameter refresh_token is missing";
        OAuthError::new(ErrorCode::InvalidRequest, description)
    })?;
    let (organization, digest) = (request.organization(), Digest::of(text));
    for _ in 0..ATTEMPTS {
        let rev = request.applied();
        let tokens = &request.app.token_groups.refresh_tokens;
        let found = tokens.run((organization, digest)).await?;
        let (token, grant, operator) = found.ok_or_else(invalid_grant)?;
        let present = family(&grant).present(
            &presented(&token),
            request.caller.id(),
            &retry(request),
            request.now,
        );
        let used = match (present, token.used) {
            (Present::Refuse(reason), _) => {
                tracing::debug!(grant = %grant.id, %reason, "a refresh token was refused");
                return Err(invalid_grant());
            }
            (Present::Reuse, _) => {
                let of = token.claims(&grant);
                end_family(request, grant.id, of, Action::RefreshReused).await?;
                return Err(invalid_grant());
            }
            (Present::First, _) => None,
            (Present::Again, used) => Some(used.ok_or_else(invalid_grant)?),
        };
        // For a used token its successor is judged, because the client receives the successor.
        let judged = match &used {
            None => token.claims(&grant),
            Some(used) => used.successor_row(&token).claims(&grant),
        };
        if let Judgement::ReadAgain = request.judge(judged).await? {
            continue;
        }
        let turn = Turn::prepare(request, &grant, active(operator)?, rev).await?;
        let answer = match used {
            None => turn.first(text, &token).await?,
            Some(used) => turn.again(text, &used).await?,
        };
        if let Some(answer) = answer {
            return Ok(answer);
        }
    }
    Err(invalid_grant())
}

fn family(grant: &Grant) -> Family {
    Family {
        client: grant.client.clone(),
        ended: grant.ended_at.is_some(),
    }
}

fn presented(token: &StoredRefreshToken) -> Presented {
    Presented {
        expires_at: token.expires_at,
        used: token.used.map(|used| used.first),
    }
}

/// Returns how long a used token of the client yields its successor again.
fn retry(request: &Request<'_>) -> Retry {
    let refresh = &request.caller.settings().refresh;
    let own = refresh
        .grace_seconds
        .map(|seconds| Duration::from_secs(seconds.into()));
    Retry {
        grace: own.unwrap_or(request.app.settings.oauth.refresh_grace),
        until_used: refresh.retry == RefreshRetry::UntilUsed,
    }
}

/// A refresh that will succeed unless another call is quicker: the access token is made, and nothing
/// is stored yet.
struct Turn<'a> {
    request: &'a Request<'a>,
    grant: &'a Grant,
    operator: Operator,
    access: AccessToken,
    id_token: Option<String>,
    rev: Sequence,
}

impl<'a> Turn<'a> {
    async fn prepare(
        request: &'a Request<'a>,
        grant: &'a Grant,
        operator: Operator,
        rev: Sequence,
    ) -> Result<Self, Failure> {
        let asked = request.scope()?;
        let scopes = narrow_scopes(
            &grant.scopes,
            &ScopeRequest {
                scopes: asked.as_ref(),
                client: &request.caller.settings().scopes,
                behind: request.behind(&operator),
            },
        )?;
        let subject = Subject {
            operator: Some(&operator),
            grant: Some(grant.id),
            auth_time: Some(grant.auth_time),
            scopes: scopes.clone(),
            resources: request.resources_of(&grant.resources)?,
            binding: request.bind(grant.dpop_jkt.as_deref()).await?,
            exchanged: None,
        };
        let access = tokens::access_token(request, &subject, rev)?;
        let id_token = tokens::id_token(request, grant, &scopes, &access.text, None)?;
        Ok(Self {
            request,
            grant,
            operator,
            access,
            id_token,
            rev,
        })
    }

    fn rows(&self, refresh: Option<&RefreshToken>) -> Rows {
        let lines = [
            Some(&self.access.line),
            refresh.map(|refresh| &refresh.line),
        ];
        Rows {
            lines: lines.into_iter().flatten().cloned().collect(),
            opaque: self.access.row.clone(),
            refresh: refresh.map(|refresh| refresh.row.clone()),
            ..Rows::default()
        }
    }

    /// Returns the use of the grant. The last of the tokens expires at `until`.
    fn extend(&self, until: Timestamp) -> Extend {
        Extend {
            organization: self.request.organization(),
            grant: self.grant.id,
            until,
            now: self.request.now,
        }
    }

    /// Uses the token and stores its successor. Returns `None` if another call was quicker, or if
    /// the grant was revoked meanwhile.
    async fn first(
        self,
        text: &str,
        token: &StoredRefreshToken,
    ) -> Result<Option<TokenAnswer>, Failure> {
        let request = self.request;
        let salt = Salt::generate();
        let successor = request.form().successor(text, &salt);
        let refresh = tokens::refresh_token(request, successor, self.grant, self.rev);
        let used = FirstUseOf {
            organization: request.organization(),
            digest: token.digest,
            at: request.now,
            salt,
            successor: refresh.row.digest,
            successor_expires_at: refresh.row.expires_at,
        };
        let until = self.access.expires_at.max(refresh.row.expires_at);
        let written = Written {
            condition: Condition::RefreshToken(self.extend(until), used),
            rows: self.rows(Some(&refresh)),
        };
        if !request.app.token_groups.writes.run(written).await? {
            return Ok(None);
        }
        let operator = Some(self.operator.id);
        Ok(Some(TokenAnswer::new(
            request,
            &self.access,
            Some(&refresh),
            self.id_token,
            operator,
        )))
    }

    /// Returns the successor that there is. Returns `None` if the grant was revoked meanwhile.
    async fn again(self, text: &str, used: &Used) -> Result<Option<TokenAnswer>, Failure> {
        let request = self.request;
        // The client's tokens may have had another form when the token was used.
        let successor: Option<Zeroizing<String>> = Form::ALL
            .into_iter()
            .map(|form| form.successor(text, &used.salt))
            .find(|successor| Digest::of(successor) == used.successor);
        let successor = successor.ok_or_else(invalid_grant)?;
        let written = Written {
            condition: Condition::Grant(self.extend(self.access.expires_at)),
            rows: self.rows(None),
        };
        if !request.app.token_groups.writes.run(written).await? {
            return Ok(None);
        }
        let refresh = (successor.to_string(), used.first.successor_expires_at);
        let operator = self.operator.id;
        Ok(Some(TokenAnswer::again(
            request,
            &self.access,
            refresh,
            self.id_token,
            operator,
        )))
    }
}

/// Revokes a grant with every token of it, because something of it was used twice. `of` are the claims
/// of a token of it, or of its code. Returns once that is in force on every node. Writes nothing if
/// the grant has ended already or an entry revokes it, because otherwise a caller with an old token
/// could fill the feed.
pub(super) async fn end_family(
    request: &Request<'_>,
    grant: GrantId,
    of: Claims,
    action: Action,
) -> Result<(), Failure> {
    let (organization, id, now) = (request.organization(), grant, request.now);
    let origin = request.origin.clone();
    let body = move |conn: &mut Conn| {
        if feed::revoking_entry(conn, &of)?.is_some() {
            return Ok((false, Vec::new()));
        }
        let entry = grant::end(conn, organization, id, action, &origin, now)?;
        Ok::<_, db::Error>((entry.is_some(), entry.into_iter().collect()))
    };
    let feed = Arc::clone(&request.app.nodes.feed);
    let (is_new, _) = revocation::enforce(&request.app.db, feed, body).await?;
    if is_new {
        request.app.metrics.revocations.inc();
    }
    Ok(())
}
