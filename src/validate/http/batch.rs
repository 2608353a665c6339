//! Validates many tokens in one call. The background pool judges a list that takes long, so that no
//! other request waits for it.
//!
//! There is no partial result, however many signatures are wrong: either each token is judged as it
//! would be alone, or the call is refused with 429 and the client must retry.

use std::sync::Arc;
use std::time::Duration;

use super::{Presented, ValidateTokens, Verdict, judge};
use crate::app::App;
use crate::base::{OrganizationId, Sequence, Timestamp, clock};
use crate::http::{ApiError, NotDone, PIECE, REFUSED_AFTER, SMALL, Unparsed, catch_up_to};

/// How long a batch may occupy a request thread: enough for some hundred cached tokens, or three
/// new signatures.
const AT_ONCE: Duration = Duration::from_micros(500);

/// When the client may retry.
const COME_BACK: Duration = REFUSED_AFTER;

/// How often a node catches up to the sequences that tokens of one list name. Each time it applies
/// everything committed, so more than once is needed only for tokens that name lost sequences.
const CATCH_UPS: usize = 8;

/// The tokens of one call, and the verdicts so far.
struct Batch {
    app: Arc<App>,
    organization: OrganizationId,
    now: Timestamp,
    body: Unparsed<ValidateTokens>,
    tokens: Option<std::vec::IntoIter<Presented>>,
    /// A token that names a sequence of the feed that this node had not applied when it was judged.
    /// `None` if there is none.
    ahead: Option<Presented>,
    verdicts: Vec<Verdict>,
}

/// Why a batch pauses.
enum Pause {
    /// The batch is done.
    Done(Result<Vec<Verdict>, ApiError>),
    /// A token names this sequence of the feed. The node applies it first; the batch occupies no
    /// thread meanwhile.
    Ahead(Sequence),
}

/// Returns the verdict on each token of the body, in order.
///
/// # Errors
/// Returns the errors of the body and of [`judge`], and 429 if the organization has its maximum of
/// batches in progress.
pub(super) async fn judge_all(
    app: &Arc<App>,
    organization: OrganizationId,
    body: Unparsed<ValidateTokens>,
    now: Timestamp,
) -> Result<Vec<Verdict>, ApiError> {
    let small = body.size() <= SMALL;
    let mut batch = Batch {
        app: Arc::clone(app),
        organization,
        now,
        body,
        tokens: None,
        ahead: None,
        verdicts: Vec::new(),
    };
    for _ in 0..CATCH_UPS {
        let at_once = small && !app.requests.background.is_busy_for(organization);
        let pause = if let Some(pause) = at_once.then(|| batch.go_on(AT_ONCE)).flatten() {
            pause
        } else {
            let (pause, back) = in_background(app, organization, batch).await?;
            batch = back;
            pause
        };
        match pause {
            Pause::Done(verdicts) => return verdicts,
            Pause::Ahead(rev) => catch_up_to(app, rev).await?,
        }
    }
    Err(ApiError::stale())
}

/// Continues a batch in the background pool, until it pauses.
async fn in_background(
    app: &Arc<App>,
    organization: OrganizationId,
    batch: Batch,
) -> Result<(Pause, Batch), ApiError> {
    let size = batch.body.size();
    let mut held = Some(batch);
    let work = move || {
        let pause = held.as_mut()?.go_on(PIECE)?;
        Some((pause, held.take()?))
    };
    let background = &app.requests.background;
    match background.run(organization, size, work).await {
        Ok(paused) => Ok(paused),
        Err(NotDone::Full) => {
            tokio::time::sleep(REFUSED_AFTER).await;
            Err(ApiError::too_many(
                "the organization has as many lists of tokens being validated as it may have; wait for their answers",
                COME_BACK,
            ))
        }
        Err(broken @ NotDone::Broken) => Err(broken.into()),
    }
}

impl Batch {
    /// Continues for about `limit`. Returns `None` if there is more to do.
    fn go_on(&mut self, limit: Duration) -> Option<Pause> {
        let began = clock::boot_time();
        if self.tokens.is_none() {
            match self.body.parse() {
                Ok(ValidateTokens { tokens }) => self.tokens = Some(tokens.into_iter()),
                Err(refusal) => return Some(Pause::Done(Err(refusal))),
            }
        }
        while let Some(token) = self.ahead.take().or_else(|| self.tokens.as_mut()?.next()) {
            match judge(&self.app, self.organization, &token, self.now) {
                Ok(verdict) => self.verdicts.push(verdict),
                Err(refusal) => {
                    self.ahead = Some(token);
                    return Some(match refusal.needs() {
                        Some(rev) => Pause::Ahead(rev),
                        None => Pause::Done(Err(refusal)),
                    });
                }
            }
            if clock::boot_time().saturating_sub(began) >= limit {
                return None;
            }
        }
        Some(Pause::Done(Ok(std::mem::take(&mut self.verdicts))))
    }
}
