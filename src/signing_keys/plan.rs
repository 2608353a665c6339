//! What the schedule wants, as a pure function: the keys there are, the rules and the time in, steps out.
//!
//! The laws: a key signs only after it was published for its lead; it stays until the last token it signed is dead; of each
//! algorithm at most one key signs, of the one that is set exactly one. How late or how often anyone asks changes nothing.

use std::time::Duration;

use super::life::{KeyState, Life};
use crate::base::{KeyId, Sequence, Timestamp};
use crate::config;
use crate::token::{Algorithm, CLOCK_SKEW};

/// How long after a key was made every node holds it: the longest lease there is, a minute, and as much for clocks that do
/// not agree.
pub const SETTLED: Duration = CLOCK_SKEW;

/// How long a key of another algorithm than the one that is set goes on signing beside the one that is: as long as it may
/// take to tell the setting to every node.
const OVERLAP: Duration = Duration::from_hours(24);

/// When keys come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The algorithm that signs.
    pub algorithm: Algorithm,
    /// How long outsiders may remember the published keys.
    pub cache_time: Duration,
    /// How long a key with a public half is published before it signs.
    pub publish_ahead: Duration,
    /// How long a key with a public half signs.
    pub rotation_period: Duration,
    /// How long an HMAC key signs.
    pub hmac_rotation_period: Duration,
}

impl Rules {
    /// The rules that the configuration sets.
    #[must_use]
    pub const fn of(config: &config::Config) -> Self {
        let keys = &config.keys;
        Self {
            algorithm: config.tokens.algorithm,
            cache_time: keys.jwks_cache_time,
            publish_ahead: keys.publish_ahead,
            rotation_period: keys.rotation_period,
            hmac_rotation_period: keys.hmac_rotation_period,
        }
    }

    /// How long a key is there before it signs: outsiders must have fetched its public half; a shared secret concerns the
    /// nodes alone.
    #[must_use]
    pub fn lead(&self, algorithm: Algorithm) -> Duration {
        if algorithm.is_public() {
            self.publish_ahead.max(self.cache_time + SETTLED)
        } else {
            SETTLED
        }
    }

    /// How long a key signs.
    #[must_use]
    pub const fn period(&self, algorithm: Algorithm) -> Duration {
        if algorithm.is_public() {
            self.rotation_period
        } else {
            self.hmac_rotation_period
        }
    }
}

/// A key, as far as the schedule looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub kid: KeyId,
    /// What it signs.
    pub algorithm: Algorithm,
    /// How far it has come.
    pub life: Life,
    /// The entry that told every node that it signs no more: what it signed names an earlier one. `None` if it may still sign.
    pub retiring_seq: Option<Sequence>,
}

/// A step of the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Make a key: it is pending.
    Make(Algorithm),
    /// Let this one sign, in place of the one of its algorithm that does.
    Activate(KeyId),
    /// Let this one sign no more.
    Supersede(KeyId),
    /// Let this one verify no more.
    Retire(KeyId),
}

impl Key {
    fn is(&self, algorithm: Algorithm, state: KeyState) -> bool {
        self.algorithm == algorithm && self.life.state() == state
    }

    /// Whether every token it signed that may be in no ledger has ended, given the floor of the longest life of such a token. Of
    /// the others the ledger tells.
    #[must_use]
    pub fn has_outlived_what_may_be_unrecorded(&self, floor: Sequence) -> bool {
        self.retiring_seq.is_some_and(|seq| seq <= floor)
    }
}

/// The steps to be taken at `now`, in order. `needed` are the keys of company tokens that are still alive; a token that may be in no
/// ledger has ended if its `rev` is below `floor`. So no clock that is wrong retires a key before its time.
#[must_use]
pub fn plan(
    keys: &[Key],
    rules: &Rules,
    needed: &[KeyId],
    floor: Sequence,
    now: Timestamp,
) -> Vec<Step> {
    let mut steps = Vec::new();
    let algorithm = rules.algorithm;
    let lead = rules.lead(algorithm);
    let active = keys.iter().find(|key| key.is(algorithm, KeyState::Active));
    let pending = keys
        .iter()
        .filter(|key| key.is(algorithm, KeyState::Pending))
        .min_by_key(|key| (key.life.created_at, key.kid));
    let signing_since = active.and_then(|key| key.life.activated_at);
    match (signing_since, pending) {
        (_, Some(pending)) if pending.life.created_at.plus(lead) <= now => {
            steps.push(Step::Activate(pending.kid));
        }
        (_, Some(_)) => {}
        (Some(since), None) if since.plus(rules.period(algorithm)).minus(lead) > now => {}
        (_, None) => steps.push(Step::Make(algorithm)),
    }
    for key in keys {
        let ours = key.algorithm == algorithm;
        match key.life.state() {
            KeyState::Pending if !ours && key.life.created_at.plus(OVERLAP) <= now => {
                steps.push(Step::Retire(key.kid));
            }
            KeyState::Active
                if !ours && signing_since.is_some_and(|since| since.plus(OVERLAP) <= now) =>
            {
                steps.push(Step::Supersede(key.kid));
            }
            KeyState::Retiring
                if key.has_outlived_what_may_be_unrecorded(floor) && !needed.contains(&key.kid) =>
            {
                steps.push(Step::Retire(key.kid));
            }
            KeyState::Pending | KeyState::Active | KeyState::Retiring | KeyState::Retired => {}
        }
    }
    steps
}

#[cfg(test)]
mod tests;
