//! Authenticating a request: finding its credential, and the scheme that judges it.

use super::{Answer, Headers, Outcome, bearer, presented};
use crate::base::Timestamp;
use crate::ledger::Uses;
use crate::validate::Validator;

/// What the schemes need.
#[derive(Clone, Copy)]
pub struct Authenticator<'a> {
    /// Judges tokens from memory.
    pub validator: &'a Validator,
    /// Notes when tokens were last used.
    pub uses: &'a Uses,
}

/// Returns who sends a request with these headers. A plain function: what can be judged from memory is judged at once.
pub fn authenticate(by: Authenticator<'_>, headers: &impl Headers, now: Timestamp) -> Answer {
    Answer::Ready(match presented(headers) {
        Ok(Some(text)) => bearer::authenticate(by.validator, by.uses, text, now),
        Ok(None) => Outcome::NotRequested,
        Err(refused) => Outcome::Refused(refused),
    })
}
