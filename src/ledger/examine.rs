//! Examines one token.

use std::sync::Arc;

use super::{Record, Why, find, why_not};
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
