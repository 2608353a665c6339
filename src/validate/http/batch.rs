//! Many tokens in one call: what takes a processor for long is done aside, so that nobody else's request waits for it.
//!
//! Nothing is guessed, however many signatures are bad: each token is judged as it would be alone, or none is, and the caller is
//! told to come again (429).

use std::sync::Arc;
use std::time::Duration;

use super::{Presented, ValidateTokens, Verdict, judge};
use crate::app::App;
use crate::base::{Timestamp, clock};
use crate::http::{ApiError, NotDone, SMALL, Unparsed};
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

/// Tokens that are being judged.
struct Batch {
    app: Arc<App>,
    company: Claims,
    now: Timestamp,
    body: Unparsed<ValidateTokens>,
    tokens: Option<std::vec::IntoIter<Presented>>,
    /// One that knows more of the feed than this node had come to when it was looked at.
    ahead: Option<Presented>,
    /// How often the node came to what a token knows.
    came: usize,
    /// Whether it may hold its thread while the database is asked.
    may_wait: bool,
    verdicts: Vec<Verdict>,
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
    let at_once = body.size() <= SMALL && !app.aside.is_at_work_for(whose);
    let mut batch = Batch {
        app: Arc::clone(app),
        company,
        now,
        body,
        tokens: None,
        ahead: None,
        came: 0,
        may_wait: false,
        verdicts: Vec::new(),
    };
    if at_once && let Some(done) = batch.go_on(AT_ONCE) {
        return done;
    }
    batch.may_wait = true;
    let done = app.aside.run(whose, move || batch.go_on(PIECE)).await;
    done.unwrap_or_else(|why| {
        Err(match why {
            NotDone::Full => ApiError::too_many(
                "the organization has as many lists of tokens being validated as it may have; wait for their answers",
                COME_BACK,
            ),
            broken @ NotDone::Broken => broken.into(),
        })
    })
}

impl Batch {
    /// Goes on for about `limit`; what came of it, once it is done.
    fn go_on(&mut self, limit: Duration) -> Option<Result<Vec<Verdict>, ApiError>> {
        let began = clock::boot_time();
        if self.tokens.is_none() {
            match self.body.parse() {
                Ok(ValidateTokens { tokens }) => self.tokens = Some(tokens.into_iter()),
                Err(refusal) => return Some(Err(refusal)),
            }
        }
        while let Some(token) = self.ahead.take().or_else(|| self.tokens.as_mut()?.next()) {
            match judge(&self.app, &self.company, &token, self.now) {
                Ok(verdict) => self.verdicts.push(verdict),
                Err(refusal) => match refusal.needs().filter(|_| self.came < COME_AT_MOST) {
                    Some(_) if !self.may_wait => {
                        self.ahead = Some(token);
                        return None;
                    }
                    Some(rev) => {
                        self.came += 1;
                        if let Err(why) = self.app.feed.come_to(rev) {
                            return Some(Err(why.into()));
                        }
                        self.ahead = Some(token);
                    }
                    None => return Some(Err(refusal)),
                },
            }
            if clock::boot_time().saturating_sub(began) >= limit {
                return None;
            }
        }
        Some(Ok(std::mem::take(&mut self.verdicts)))
    }
}
