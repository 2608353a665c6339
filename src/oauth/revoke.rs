//! Revocation by a client (RFC 7009): of its own tokens only.
//!
//! A refresh token is revoked with its family, an access token alone. For a token that is unknown
//! or another client's nothing happens, nothing is waited for, and the answer is the same.

use std::sync::Arc;

use super::caller::Caller;
use super::failure::Failure;
use crate::app::App;
use crate::audit::{Action, Origin};
use crate::base::{Digest, Timestamp};
use crate::db::{self, Conn};
use crate::feed;
use crate::grant::{self, store};
use crate::revocation::{self, Receipt};
use crate::token::{Claims, Kind};

/// Revokes a token of the client. Returns once that is in force on every node. Returns `None` if the
/// client has no such token, or it has expired.
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
    let id = caller.id().clone();
    let found = app
        .db
        .read(move |conn| {
            let Some(token) = store::find_refresh_token(conn, organization, digest)? else {
                return Ok(None);
            };
            let grant = store::find_grant(conn, organization, token.grant)?;
            Ok::<_, db::Error>(grant.filter(|grant| {
                grant.client == id && (grant.ended_at.is_some() || token.expires_at > now)
            }))
        })
        .await?;
    let Some(found) = found else {
        return Ok(None);
    };
    let (id, origin) = (found.id, origin.clone());
    let body = move |conn: &mut Conn| {
        let entry = grant::end(conn, organization, id, Action::GrantRevoked, &origin, now)?;
        Ok::<_, db::Error>(((), entry.into_iter().collect()))
    };
    let feed = Arc::clone(&app.nodes.feed);
    let ((), receipt) = revocation::enforce(&app.db, feed, body).await?;
    Ok(Some(receipt))
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
        revocation::find_or_sync(&app.nodes.feed, look).await?
    } else {
        let found = app
            .clients
            .opaque_tokens
            .find(&app.db, text, issuer)
            .await?;
        found.map(|record| record.claims)
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
    let body = move |conn: &mut Conn| {
        let entries = if feed::revoking_entry(conn, &claims)?.is_some() {
            Vec::new()
        } else {
            vec![revocation::write_token(conn, &claims, &origin, now)?]
        };
        Ok::<_, db::Error>(((), entries))
    };
    let feed = Arc::clone(&app.nodes.feed);
    let ((), receipt) = revocation::enforce(&app.db, feed, body).await?;
    Ok(receipt)
}
