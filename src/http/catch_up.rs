//! Tokens that name a sequence of the feed that this node has not applied. The node catches up to
//! it before it judges them.

use std::sync::Arc;

use super::ApiError;
use crate::app::App;
use crate::base::Sequence;

/// Makes this node apply the feed up to a sequence that a token names
/// ([`crate::feed::Feed::catch_up_to`]).
///
/// # Errors
/// 503 if the database is unreachable.
pub async fn catch_up_to(app: &App, rev: Sequence) -> Result<(), ApiError> {
    let feed = Arc::clone(&app.nodes.feed);
    Ok(app.db.run(move |_| feed.catch_up_to(rev)).await?)
}

/// Returns the result of `judge`. If `judge` needs a sequence that this node has not applied, the
/// node catches up and this calls `judge` again. Catching up applies everything committed, so this
/// happens more than once only for tokens that name lost sequences.
///
/// # Errors
/// Returns the errors of `judge`, and 503 if the database is unreachable.
pub async fn with_catch_up<T>(
    app: &App,
    judge: impl Fn() -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let mut verdict = judge();
    // Each of several tokens may name a later sequence than the one before it.
    for _ in 0..AT_MOST {
        let Some(rev) = verdict.as_ref().err().and_then(ApiError::needs) else {
            break;
        };
        catch_up_to(app, rev).await?;
        verdict = judge();
    }
    verdict
}

/// How often one call catches up: the number of its tokens that may each name a sequence beyond the
/// head.
const AT_MOST: usize = 8;
