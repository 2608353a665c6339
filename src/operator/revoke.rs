//! Revoking operator tokens: one token, or all tokens of an operator.

use super::{ManageError, manage};
use crate::app::App;
use crate::audit::{Action, Event, Origin};
use crate::base::{OperatorId, OrganizationId, Timestamp};
use crate::db::{Conn, Db, Error};
use crate::feed::{Entry, TokenState};
use crate::revocation::{self, GrantsOf, Receipt, Target};
use crate::token::{Claims, Kind};

/// Why no token was revoked.
#[derive(Debug)]
pub enum RevokeError {
    /// There is no such operator token (or operator) that the caller may revoke.
    Unknown,
    /// The caller presented a company token without naming the token to revoke.
    Unnamed,
    /// A database call failed.
    Database(Error),
}

impl From<Error> for RevokeError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// Revokes the operator token `text`, or the presented token if `text` is `None`. The bearer of an
/// operator token may revoke any token of the same operator; the bearer of a company token, any
/// operator token of the organization.
///
/// # Errors
/// Returns the [`RevokeError`].
pub async fn revoke_token(
    app: &App,
    presented: &Claims,
    text: Option<&str>,
    origin: Origin,
) -> Result<Receipt, RevokeError> {
    let claims = match (text, presented.kind()) {
        (Some(text), _) => {
            revocation::find_or_sync(&app.nodes.feed, || app.tokens.validator.authentic(text))
                .await?
                .ok_or(RevokeError::Unknown)?
        }
        (None, Kind::Operator) => *presented,
        (None, _) => return Err(RevokeError::Unnamed),
    };
    let foreign = presented.operator().is_some() && presented.operator() != claims.operator();
    if claims.organization != presented.organization || claims.kind() != Kind::Operator || foreign {
        return Err(RevokeError::Unknown);
    }
    // An expired token is revoked too, because it may not have expired by the clock of another
    // node.
    if app.nodes.feed.index().judge(&claims) != TokenState::Valid {
        return Ok(revocation::already(&app.db, &app.nodes.feed).await?);
    }
    let now = app.clock.now();
    let ((), receipt) = revocation::enforce(&app.db, app.nodes.feed.clone(), move |conn| {
        let entry = revocation::write_token(conn, &claims, &origin, now)?;
        Ok::<_, RevokeError>(((), vec![entry]))
    })
    .await?;
    app.metrics.revocations.inc();
    Ok(receipt)
}

/// Revokes every token of an operator issued so far.
///
/// # Errors
/// Returns the [`RevokeError`].
pub async fn revoke_all(
    app: &App,
    organization: OrganizationId,
    operator: OperatorId,
    origin: Origin,
) -> Result<Receipt, RevokeError> {
    let now = app.clock.now();
    let ((), receipt) = revocation::enforce(&app.db, app.nodes.feed.clone(), move |conn| {
        write_all(conn, organization, operator, &origin, now)
    })
    .await
    .map_err(|fault| match fault {
        ManageError::Database(why) => RevokeError::Database(why),
        _ => RevokeError::Unknown,
    })?;
    app.metrics.revocations.inc();
    Ok(receipt)
}

/// Like [`revoke_all`], for a process that is not a node.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn revoke_all_from_cli(
    db: &Db,
    organization: OrganizationId,
    operator: OperatorId,
    origin: &Origin,
    now: Timestamp,
) -> Result<Option<Receipt>, ManageError> {
    let ((), receipt) = revocation::commit_from_cli(db, |conn| {
        write_all(conn, organization, operator, origin, now)
    })?;
    Ok(receipt)
}

fn write_all(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
    origin: &Origin,
    now: Timestamp,
) -> Result<((), Vec<Entry>), ManageError> {
    manage::get(conn, organization, operator)?;
    let grants = GrantsOf::Operators(&[operator]);
    revocation::end_grants(conn, organization, grants, now)?;
    let event = Event::of(origin, Action::OperatorTokensRevoked, now, organization)
        .target(format!("operator:{operator}"));
    let entry = revocation::write(conn, organization, Target::Operator(operator), now, event)?;
    Ok(((), vec![entry]))
}
