//! The grants of an organization: lists them, and revokes one. Also revokes one token of the
//! ledger, of any kind, because revoking a refresh token revokes its grant.

use super::revoke::end;
use super::store::{Grant, GrantFilter, find_grant, grants, last_revs};
use crate::app::App;
use crate::audit::{Action, Origin};
use crate::base::{GrantId, OrganizationId, Timestamp, TokenId};
use crate::db::{self, Conn, Db, Error, Result, serialize_writes};
use crate::feed::{self, Entry, TokenState};
use crate::ledger;
use crate::revocation::{self, Receipt};
use crate::token::{Claims, Kind, TokenUse};

/// Why a grant or a token was not ended.
#[derive(Debug)]
pub enum EndError {
    /// The organization has no such grant or token.
    Unknown,
    /// The database failed.
    Database(Error),
}

impl From<Error> for EndError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

/// Returns the grants that have not ended, ordered by id. An entry that revokes the tokens of a
/// grant also ends the grant, so this reads pages until it has enough grants that no entry revokes.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn list(app: &App, mut filter: GrantFilter) -> Result<Vec<Grant>> {
    let wanted = usize::try_from(filter.limit).unwrap_or_default();
    let now = app.clock.now();
    let organization = filter.organization;
    let mut live = Vec::new();
    loop {
        let asked = filter.clone();
        let found = app
            .db
            .read(move |conn| {
                let grants = grants(conn, &asked, now)?;
                let revs = last_revs(conn, organization, &grants)?;
                Ok::<_, db::Error>((grants, revs))
            })
            .await?;
        let (grants, revs) = found;
        filter.after = grants.last().map(|grant| grant.id);
        let whole = grants.len() < wanted;
        live.extend(grants.into_iter().filter(|grant| {
            // A grant that has yielded nothing yet is judged by itself alone.
            let rev = revs.get(&grant.id);
            rev.is_none_or(|rev| {
                let claims = Claims {
                    jti: grant.id.0,
                    organization,
                    rev: *rev,
                    issued_at: grant.created_at,
                    token_use: TokenUse::Refresh {
                        client: grant.client.tag(),
                        grant: grant.id,
                        operator: grant.operator,
                        expires_at: grant.expires_at,
                    },
                };
                !app.nodes.feed.index().revokes(&claims)
            })
        }));
        if whole || live.len() >= wanted {
            live.truncate(wanted);
            return Ok(live);
        }
    }
}

/// Revokes a grant, and returns once that is in force on every node.
///
/// # Errors
/// Returns the [`EndError`].
pub async fn revoke(
    app: &App,
    organization: OrganizationId,
    id: GrantId,
    origin: Origin,
) -> std::result::Result<Receipt, EndError> {
    let now = app.clock.now();
    let (is_new, receipt) = revocation::enforce(&app.db, app.nodes.feed.clone(), move |conn| {
        if find_grant(conn, organization, id)?.is_none() {
            return Err(EndError::Unknown);
        }
        let entry = end(conn, organization, id, Action::GrantRevoked, &origin, now)?;
        Ok((entry.is_some(), entry.into_iter().collect()))
    })
    .await?;
    if is_new {
        app.metrics.revocations.inc();
    }
    Ok(receipt)
}

/// Returns whether revoking a token of the ledger would revoke anything.
#[must_use]
pub fn can_end(app: &App, claims: &Claims) -> bool {
    let index = app.nodes.feed.index();
    match (claims.kind(), index.judge(claims)) {
        // Whatever else has ended a session leaves the tokens that were issued in it alone.
        (Kind::Console, _) => !index.names(claims),
        (_, TokenState::Valid) => true,
        // A token that follows from an expired company or refresh token may still be valid.
        (kind, TokenState::Expired) => matches!(kind, Kind::Company | Kind::Refresh),
        (_, TokenState::Revoked | TokenState::UnknownOrganization) => false,
    }
}

/// Revokes one token of the ledger, of whatever kind, with all that follows from it. Returns once
/// that is in force on every node.
///
/// # Errors
/// Returns the [`EndError`].
pub async fn revoke_token(
    app: &App,
    organization: OrganizationId,
    jti: TokenId,
    origin: Origin,
) -> std::result::Result<Receipt, EndError> {
    let found = app
        .db
        .read(move |conn| ledger::find(conn, organization, jti))
        .await?;
    let claims = found.ok_or(EndError::Unknown)?.line.claims;
    if !can_end(app, &claims) {
        return Ok(revocation::already(&app.db, &app.nodes.feed).await?);
    }
    let now = app.clock.now();
    let ((), receipt) = revocation::enforce(&app.db, app.nodes.feed.clone(), move |conn| {
        write_end(conn, &claims, &origin, now).map(|entries| ((), entries))
    })
    .await?;
    app.metrics.revocations.inc();
    Ok(receipt)
}

/// Does the same as [`revoke_token`], for a process that is not a node. Returns `None` if the token
/// was revoked already.
///
/// # Errors
/// Returns an error if the database fails.
pub fn revoke_token_from_cli(
    db: &Db,
    claims: &Claims,
    origin: &Origin,
    now: Timestamp,
) -> Result<Option<Receipt>> {
    let write = |conn: &mut Conn| write_end(conn, claims, origin, now);
    revocation::revoke_token_from_cli(db, claims, write)
}

/// Writes the entries that revoke a token. With a refresh token its grant ends, and the consent if
/// that was the last grant.
fn write_end(
    conn: &mut Conn,
    claims: &Claims,
    origin: &Origin,
    now: Timestamp,
) -> Result<Vec<Entry>> {
    let organization = claims.organization;
    if let (Kind::Refresh, Some(grant)) = (claims.kind(), claims.grant())
        && let Some(entry) = end(conn, organization, grant, Action::GrantRevoked, origin, now)?
    {
        return Ok(vec![entry]);
    }
    if claims.kind() == Kind::Console {
        return disown(conn, claims, origin, now);
    }
    // A refresh token is revoked by itself if its grant has ended, or was purged before its line in
    // the ledger.
    Ok(vec![revocation::write_token(conn, claims, origin, now)?])
}

/// Writes the entries that revoke a console session, and each company token that was issued in it: a
/// company token does not name its session, so the entry of the session does not revoke it.
fn disown(
    conn: &mut Conn,
    session: &Claims,
    origin: &Origin,
    now: Timestamp,
) -> Result<Vec<Entry>> {
    // Company tokens are issued and rotated under the same lock.
    serialize_writes(conn, "organizations")?;
    let issued = ledger::issued_in(conn, session.organization, session.jti)?;
    let mut entries = vec![revocation::write_token(conn, session, origin, now)?];
    for record in issued {
        let claims = record.line.claims;
        if feed::revoking_entry(conn, &claims)?.is_none() {
            entries.push(revocation::write_token(conn, &claims, origin, now)?);
        }
    }
    Ok(entries)
}
