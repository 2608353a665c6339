//! Tokens that know more of the feed than the node that is asked: it comes to what they know first.

use std::sync::Arc;

use super::ApiError;
use crate::app::App;
use crate::base::Sequence;

/// Lets this node come to a sequence of the feed that a token names ([`crate::feed::Feed::come_to`]).
///
/// # Errors
/// 503 if the database does not answer.
pub async fn come_to(app: &App, rev: Sequence) -> Result<(), ApiError> {
    let feed = Arc::clone(&app.feed);
    Ok(app.db.run(move |_| feed.come_to(rev)).await?)
}

/// Answers by `judge`, which is asked again when this node had to come to what a token knows. After that it knows what every token
/// knows, but for those that name lost sequences, each of which may name a later one.
///
/// # Errors
/// Those of `judge`.
pub async fn with_all_known<T>(
    app: &App,
    judge: impl Fn() -> Result<T, ApiError>,
) -> Result<T, ApiError> {
    let mut verdict = judge();
    // Of many tokens each may know more than the one before it.
    for _ in 0..AT_MOST {
        let Some(rev) = verdict.as_ref().err().and_then(ApiError::needs) else {
            break;
        };
        come_to(app, rev).await?;
        verdict = judge();
    }
    verdict
}

/// Tokens of one call that may each name a sequence beyond the head.
const AT_MOST: usize = 8;
