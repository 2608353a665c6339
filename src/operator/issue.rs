//! Issuing operator tokens to the bearer of a company token.

use std::time::Duration;

use super::{OperatorStatus, Standing};
use crate::app::App;
use crate::audit::{self, Action, Event, Origin};
use crate::base::{KeyId, OperatorId, Sequence, Timestamp, TokenId};
use crate::config::OverCap;
use crate::db::{Conn, Error};
use crate::issue;
use crate::ledger::{self, Issued, Label, WriteError};
use crate::token::{Actor, Claims, KeyError, TokenUse};

/// A request for an operator token.
#[derive(Debug, Clone)]
pub struct Request {
    /// The sequence that this node had applied before it validated the company token (`rev`).
    pub rev: Sequence,
    /// The operator.
    pub operator: OperatorId,
    /// The requested expiry; `None` for the latest that is allowed.
    pub expires_at: Option<Timestamp>,
}

/// An issued operator token.
#[derive(Debug)]
pub struct OperatorToken {
    /// The token itself.
    pub text: String,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// Why no operator token was issued.
#[derive(Debug)]
pub enum IssueError {
    /// The organization has no such operator.
    Unknown,
    /// The operator is not active.
    NotActive(OperatorStatus),
    /// `expiresAt` is not in the future.
    Past,
    /// `expiresAt` is beyond the maximum, and the service is configured to refuse that.
    BeyondCap {
        /// The latest allowed value.
        latest: Timestamp,
    },
    /// The ledger's queue is full, or the database did not accept the row.
    Ledger(WriteError),
    /// Signing failed.
    Key(KeyError),
    /// A database call failed.
    Database(Error),
}

impl From<Error> for IssueError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<issue::IssueError> for IssueError {
    fn from(why: issue::IssueError) -> Self {
        match why {
            issue::IssueError::Ledger(why) => Self::Ledger(why),
            issue::IssueError::Key(why) => Self::Key(why),
            issue::IssueError::NoSuchKey(_) | issue::IssueError::NoSigner(_) => {
                Self::Database(Error::Internal(why.to_string()))
            }
        }
    }
}

/// Returns when a token requested at `now` with the expiry `wanted` expires, if its life is at most
/// `cap`. The result is in whole seconds, always after `now`, and never beyond the maximum.
///
/// # Errors
/// Returns [`IssueError::Past`] or [`IssueError::BeyondCap`].
pub(super) fn end(
    wanted: Option<Timestamp>,
    cap: Duration,
    over: OverCap,
    now: Timestamp,
) -> Result<Timestamp, IssueError> {
    let latest = now.whole_second().plus(cap);
    let Some(wanted) = wanted.map(Timestamp::whole_second) else {
        return Ok(latest);
    };
    if wanted <= now {
        return Err(IssueError::Past);
    }
    match over {
        OverCap::Reject if wanted > latest => Err(IssueError::BeyondCap { latest }),
        OverCap::Clamp | OverCap::Reject => Ok(wanted.min(latest)),
    }
}

/// Issues an operator token to the bearer of `company`. Returns once the token is in the ledger.
///
/// # Errors
/// Returns the [`IssueError`].
pub async fn issue(
    app: &App,
    company: &Claims,
    request: Request,
    address: Option<std::net::IpAddr>,
) -> Result<OperatorToken, IssueError> {
    let (claims, expires_at) = draft(app, company, request).await?;
    let text = app.tokens.issuer.issue(claims, address).await?;
    Ok(OperatorToken { text, expires_at })
}

/// Issues an operator token to an admin, in the console session `session`. Its line, the note beside
/// it (if the ledger has operator tokens) and the audit event are written in one transaction, which
/// `claim` begins. If `claim` returns something, nothing is issued, and this returns that.
///
/// # Errors
/// Returns the [`IssueError`].
pub async fn issue_by_admin<T: Send + 'static>(
    app: &App,
    session: &Claims,
    (request, note): (Request, Option<Label>),
    origin: Origin,
    claim: impl FnOnce(&mut Conn) -> Result<Option<T>, Error> + Send + 'static,
) -> Result<Result<OperatorToken, T>, IssueError> {
    let (claims, expires_at) = draft(app, session, request).await?;
    let issuer = &app.tokens.issuer;
    let (text, kid) = issuer.sign(&claims).map_err(IssueError::Key)?;
    let (in_ledger, now) = (issuer.writes_all(), app.clock.now());
    let line = line(claims, Some(kid), origin.address);
    let write = move |conn: &mut Conn| {
        let claimed = claim(conn)?;
        if claimed.is_none() {
            if in_ledger {
                insert_noted(conn, line, note.as_ref())?;
            }
            audit::record(conn, &issued(&claims, expires_at, &origin, now))?;
        }
        Ok::<_, Error>(claimed)
    };
    if let Some(claimed) = app.db.write(write).await? {
        return Ok(Err(claimed));
    }
    issuer.count(&claims);
    Ok(Ok(OperatorToken { text, expires_at }))
}

/// Returns the audit event of an operator token that was issued without a company token.
pub(super) fn issued(
    claims: &Claims,
    expires_at: Timestamp,
    origin: &Origin,
    now: Timestamp,
) -> Event {
    let of = claims.operator().map_or(0, |operator| operator.0);
    Event::of(
        origin,
        Action::OperatorTokenIssued,
        now,
        claims.organization,
    )
    .target(format!("operator-token:{}", claims.jti))
    .detail(format!("for operator:{of}, ends at {expires_at}"))
}

/// Returns the line of an operator token, or of the session in which it is issued.
pub(super) fn line(
    claims: Claims,
    kid: Option<KeyId>,
    address: Option<std::net::IpAddr>,
) -> Issued {
    Issued {
        claims,
        kid,
        client: None,
        subject: None,
        address,
    }
}

/// Writes a line with a note.
pub(super) fn insert_noted(
    conn: &mut Conn,
    line: Issued,
    note: Option<&Label>,
) -> Result<(), Error> {
    let which = (line.claims.organization, line.claims.jti);
    ledger::insert(conn, &[line])?;
    ledger::describe(conn, which, None, note)
}

/// Does the same for a client that exchanges a company token (RFC 8693): `act` acts for the
/// operator, and the token expires no later than the company token.
///
/// # Errors
/// Returns the [`IssueError`].
pub async fn exchange(
    app: &App,
    company: &Claims,
    request: Request,
    act: &Actor,
    address: Option<std::net::IpAddr>,
) -> Result<OperatorToken, IssueError> {
    let (mut claims, mut end) = draft(app, company, request).await?;
    if let TokenUse::Operator { expires_at, .. } = &mut claims.token_use {
        end = company.expires_at().map_or(end, |latest| end.min(latest));
        *expires_at = end;
    }
    let issuer = &app.tokens.issuer;
    let text = issuer.issue_acted(claims, act, address).await?;
    let expires_at = end;
    Ok(OperatorToken { text, expires_at })
}

/// Returns the claims of an operator token, and when it expires.
async fn draft(
    app: &App,
    company: &Claims,
    request: Request,
) -> Result<(Claims, Timestamp), IssueError> {
    let organization = company.organization;
    match app
        .tokens
        .statuses
        .get(&app.db, organization, request.operator)
        .await?
    {
        None => return Err(IssueError::Unknown),
        Some(Standing { status, .. }) => match status {
            OperatorStatus::Active => {}
            other => return Err(IssueError::NotActive(other)),
        },
    }
    let policy = app
        .tokens
        .policies
        .get(&app.db, organization)
        .await?
        .ok_or(IssueError::Unknown)?;
    let now = app.clock.now();
    let expires_at = end(
        request.expires_at,
        policy.operator_token_cap(),
        app.settings.over_cap,
        now,
    )?;
    let issued_at = now.whole_second();
    let claims = Claims {
        jti: TokenId::generate(now),
        organization,
        // `rev` was read before anything else, so a revocation or deactivation since then also
        // revokes this token.
        rev: request.rev,
        issued_at,
        token_use: TokenUse::Operator {
            operator: request.operator,
            parent: company.jti,
            expires_at,
        },
    };
    Ok((claims, expires_at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_token_never_outlives_the_cap_nor_ends_before_it_began(
            now in 0i64..4_000_000_000_000_000,
            wanted in prop::option::of(-1_000_000_000_000i64..1_000_000_000_000),
            cap in 1u64..=86_400,
            reject in any::<bool>(),
        ) {
            let now = Timestamp::from_micros(now);
            let over = if reject { OverCap::Reject } else { OverCap::Clamp };
            let asked = wanted.map(|micros| Timestamp::from_micros(now.as_micros() + micros));
            let latest = now.whole_second().plus(Duration::from_secs(cap));
            match end(asked, Duration::from_secs(cap), over, now) {
                Ok(end) => {
                    prop_assert!(end > now.whole_second() && end <= latest);
                    prop_assert_eq!(end, end.whole_second());
                    if let Some(asked) = asked { prop_assert!(end <= asked || end == latest && asked > latest); }
                }
                Err(IssueError::Past) => prop_assert!(asked.unwrap().whole_second() <= now),
                Err(IssueError::BeyondCap { .. }) => prop_assert!(reject && asked.unwrap().whole_second() > latest),
                Err(other) => prop_assert!(false, "{:?}", other),
            }
        }
    }
}
