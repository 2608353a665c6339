//! Examines tokens: why one is refused, and what else the ledger has about it.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Record, Why, find, store, why_not};
use crate::app::App;
use crate::base::{KeyId, OrganizationId, TokenId};
use crate::db;

/// Returns everything that the ledger has about a token of an organization, and why it is refused:
/// `None` in that place if it is valid. `None` as a whole if there is no such token.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn examine(
    app: &App,
    organization: OrganizationId,
    jti: TokenId,
) -> db::Result<Option<(Record, Option<Why>)>> {
    let (now, ring) = (app.clock.now(), Arc::clone(&app.tokens.validator.ring()));
    app.db
        .read(move |conn| {
            let Some(record) = find(conn, organization, jti)? else {
                return Ok(None);
            };
            let knows = |kid: KeyId| ring.keys().any(|key| key.kid == kid);
            let why = why_not(conn, &record, knows, now)?;
            Ok(Some((record, why)))
        })
        .await
}

/// Returns why some tokens of an organization are refused. Those that are valid are missing.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn reasons(
    app: &App,
    organization: OrganizationId,
    ids: Vec<TokenId>,
) -> db::Result<HashMap<TokenId, Why>> {
    let (now, ring) = (app.clock.now(), Arc::clone(&app.tokens.validator.ring()));
    app.db
        .read(move |conn| {
            let knows = |kid: KeyId| ring.keys().any(|key| key.kid == kid);
            let mut reasons = HashMap::new();
            for jti in ids {
                if let Some(record) = find(conn, organization, jti)?
                    && let Some(why) = why_not(conn, &record, knows, now)?
                {
                    reasons.insert(jti, why);
                }
            }
            Ok(reasons)
        })
        .await
}

/// Returns from which addresses some tokens of an organization were requested, as far as that is known.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn addresses(
    app: &App,
    organization: OrganizationId,
    ids: Vec<TokenId>,
) -> db::Result<HashMap<TokenId, String>> {
    let read = move |conn: &mut _| store::addresses(conn, organization, &ids);
    app.db.read(read).await
}
