//! Finds the token that a revoke names.

use std::sync::Arc;

use crate::db::{Error, Result};
use crate::feed::Feed;
use crate::token::Claims;

/// Returns the result of `look` for the token that is to be revoked. If `look` finds nothing, this
/// node reads the feed and looks again: it may not have loaded the key yet that signed the token.
///
/// # Errors
/// Returns an error if the database fails, and [`Error::Busy`] if another thread has been syncing
/// for long.
pub async fn find_or_sync(
    feed: &Arc<Feed>,
    look: impl Fn() -> Option<Claims>,
) -> Result<Option<Claims>> {
    if let Some(claims) = look() {
        return Ok(Some(claims));
    }
    let feed = Arc::clone(feed);
    tokio::task::spawn_blocking(move || feed.sync())
        .await
        .map_err(|why| Error::Internal(why.to_string()))??;
    Ok(look())
}
