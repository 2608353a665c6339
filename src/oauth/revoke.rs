//! Revocation by a client (RFC 7009): of its own tokens only.
//!
//! A refresh token is revoked with its family, an access token alone. For a token that is unknown,
//! expired or another client's, nothing is written, no node is waited for, and the answer is the
//! same. Unless it is a JWT, the time is the same too.

use std::sync::Arc;

use super::caller::Caller;
use super::failure::Failure;
use crate::app::App;
use crate::audit::{Action, Origin};
use crate::base::{Digest, Timestamp};
use crate::db::{self, Conn};
use crate::feed::{self, Entry};
use crate::grant::{self, store};
use crate::revocation::{self, Receipt};
use crate::token::{Claims, Kind};

/// Revokes a token of the client. Returns once the revocation is in force on every node, also if the
/// token was revoked before. Returns `None` if the client has no such token, or it has expired.
///
/// # Errors
/// Returns [`Failure::Database`].
pub async fn revoke(
    app: &Arc<App>,
    issuer: &str,
    caller: &Caller,
    text: &str,
    origin: &Origin,
    now: Timestamp,
) -> Result<Option<Receipt>, Failure> {
    if let Some(claims) = access_token(app, issuer, caller, text).await? {
        if claims.expires_at().is_some_and(|end| end <= now) {
            return Ok(None);
        }
        return revoke_access(app, claims, origin, now).await.map(Some);
    }
    let (organization, digest) = (caller.registered.client.organization, Digest::of(text));
    let found = app
        .db
        .read(move |conn| store::find_refresh_token_evenly(conn, organization, digest))
        .await?
        .filter(|(token, grant)| {
            grant.client == *caller.id() && (grant.ended_at.is_some() || token.expires_at > now)
        });
    let Some((token, grant)) = found else {
        return Ok(None);
    };
    let (claims, id, origin) = (token.claims(&grant), grant.id, origin.clone());
    let write = move |conn: &mut Conn| {
        // A grant that was made while everything of an organization was revoked has not ended.
        if feed::revoking_entry(conn, &claims)?.is_some() {
            return Ok(None);
        }
        grant::end(conn, organization, id, Action::GrantRevoked, &origin, now)
    };
    enforce(app, write).await.map(Some)
}

/// Writes the entry of a revocation, unless there is one already. Returns once it is in force on
/// every node.
async fn enforce(
    app: &Arc<App>,
    write: impl FnOnce(&mut Conn) -> db::Result<Option<Entry>> + Send + 'static,
) -> Result<Receipt, Failure> {
    let body = move |conn: &mut Conn| {
        let entry = write(conn)?;
        Ok::<_, db::Error>((entry.is_some(), entry.into_iter().collect()))
    };
    let feed = Arc::clone(&app.nodes.feed);
    let (is_new, receipt) = revocation::enforce(&app.db, feed, body).await?;
    if is_new {
        app.metrics.revocations.inc();
    }
    Ok(receipt)
}

/// Returns the claims of an access token of the client, valid or not. `None` for anything else.
async fn access_token(
    app: &Arc<App>,
    issuer: &str,
    caller: &Caller,
    text: &str,
) -> Result<Option<Claims>, Failure> {
    let client = &caller.registered.client;
    let own = |claims: &Claims| {
        claims.kind() == Kind::Access
            && claims.organization == client.organization
            && claims.client() == Some(client.id.tag())
    };
    let claims = if text.contains('.') {
        let look = || app.tokens.validator.authentic(text);
        if app.tokens.validator.may_lack_key_of(text) {
            revocation::find_or_sync(&app.nodes.feed, look).await?
        } else {
            // A public client has no credential, so an unknown text must not make this node wait.
            look()
        }
    } else {
        let tokens = &app.clients.opaque_tokens;
        let found = tokens.find(&app.db, text, issuer).await?;
        let claims = found.map(|record| record.claims);
        if claims.as_ref().is_some_and(|claims| !own(claims)) {
            tokens.look_up(&app.db, text).await?;
        }
        claims
    };
    Ok(claims.filter(own))
}

async fn revoke_access(
    app: &Arc<App>,
    claims: Claims,
    origin: &Origin,
    now: Timestamp,
) -> Result<Receipt, Failure> {
    let origin = origin.clone();
    let write = move |conn: &mut Conn| {
        if feed::revoking_entry(conn, &claims)?.is_some() {
            return Ok(None);
        }
        revocation::write_token(conn, &claims, &origin, now).map(Some)
    };
    enforce(app, write).await
}
