//! The token that a revoke names.

use std::sync::Arc;

use crate::db::{Error, Result};
use crate::feed::Feed;
use crate::token::Claims;

/// Returns what `look` finds of the token that is to be revoked. If it finds nothing, this node reads the feed and looks again:
/// the key that signed the token may be one that it has not loaded yet.
///
/// # Errors
/// Those of the database, and [`Error::Busy`].
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
