//! Many tokens in one call: what takes a processor for long is done aside, so that nobody else's request waits for it.
//!
//! Nothing is guessed, however many signatures are bad: each token is judged as it would be alone, or none is, and the caller is
//! told to come again (429).

use std::sync::Arc;
use std::time::Duration;

use super::{Presented, ValidateTokens, Verdict, judge};
use crate::app::App;
use crate::base::{OrganizationId, Sequence, Timestamp, clock};
use crate::http::{ApiError, NotDone, SMALL, Unparsed, come_to};
use crate::token::Claims;

/// How long a batch may hold the thread that answers requests: some hundred known tokens, or three new signatures.
const AT_ONCE: Duration = Duration::from_micros(500);

/// How long a batch holds a thread aside before another's gets its turn.
const PIECE: Duration = Duration::from_millis(5);

/// When to come again.
const COME_BACK: Duration = Duration::from_secs(1);

/// How often a node comes to what tokens of one list know. Each time it comes to all that is committed, so more than once is for
/// tokens that name lost sequences.
const COME_AT_MOST: usize = 8;

/// How long a refusal takes: a client that ignores `Retry-After` sends its next list no sooner than one that obeys it. A list
/// is hundreds of kilobytes, which cost the thread that reads them as much as many small requests.
const REFUSED_AFTER: Duration = COME_BACK;

/// Tokens that are being judged.
struct Batch {
    app: Arc<App>,
    company: Claims,
    now: Timestamp,
    body: Unparsed<ValidateTokens>,
    tokens: Option<std::vec::IntoIter<Presented>>,
    /// One that knows more of the feed than this node had come to when it was looked at.
    ahead: Option<Presented>,
    verdicts: Vec<Verdict>,
}

/// Why a batch goes no further.
enum Pause {
    /// It is done.
    Done(Result<Vec<Verdict>, ApiError>),
    /// A token knows of this sequence: the node comes to it first, while nobody's thread is held.
    Ahead(Sequence),
}

/// The verdict on each token of the body, in order.
///
/// # Errors
/// Those of the body and of [`judge`]; 429 when as many batches of the organization are being judged as may be.
pub(super) async fn judge_all(
    app: &Arc<App>,
    company: Claims,
    body: Unparsed<ValidateTokens>,
    now: Timestamp,
) -> Result<Vec<Verdict>, ApiError> {
    let whose = company.organization;
    let small = body.size() <= SMALL;
    let mut batch = Batch {
        app: Arc::clone(app),
        company,
        now,
        body,
        tokens: None,
        ahead: None,
        verdicts: Vec::new(),
    };
    for _ in 0..COME_AT_MOST {
        let at_once = small && !app.aside.is_at_work_for(whose);
        let pause = if let Some(pause) = at_once.then(|| batch.go_on(AT_ONCE)).flatten() {
            pause
        } else {
            let (pause, back) = aside(app, whose, batch).await?;
            batch = back;
            pause
        };
        match pause {
            Pause::Done(verdicts) => return verdicts,
            Pause::Ahead(rev) => come_to(app, rev).await?,
        }
    }
    Err(ApiError::stale())
}

/// Goes on with a batch on a thread of its own, until it pauses.
async fn aside(
    app: &Arc<App>,
    whose: OrganizationId,
    batch: Batch,
) -> Result<(Pause, Batch), ApiError> {
    let mut held = Some(batch);
    let work = move || {
        let pause = held.as_mut()?.go_on(PIECE)?;
        Some((pause, held.take()?))
    };
    match app.aside.run(whose, work).await {
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
    /// Goes on for about `limit`; returns `None` if there is more to do.
    fn go_on(&mut self, limit: Duration) -> Option<Pause> {
        let began = clock::boot_time();
        if self.tokens.is_none() {
            match self.body.parse() {
                Ok(ValidateTokens { tokens }) => self.tokens = Some(tokens.into_iter()),
                Err(refusal) => return Some(Pause::Done(Err(refusal))),
            }
        }
        while let Some(token) = self.ahead.take().or_else(|| self.tokens.as_mut()?.next()) {
            match judge(&self.app, &self.company, &token, self.now) {
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
