//! The schedule as a pure function: it computes the due steps from the keys, the rules and the
//! time.
//!
//! The laws: a key signs only after it was published for its lead; it stays until the last token it
//! signed has expired or was revoked; for each role at most one key is active, and for the role of
//! `tokens.algorithm` exactly one. This holds however late or often the schedule runs.

use std::iter;
use std::time::Duration;

use super::Role;
use super::life::{KeyState, Life};
use crate::base::{KeyId, Sequence, Timestamp};
use crate::config;
use crate::token::{Algorithm, CLOCK_SKEW};

/// How long after a key was made every node holds it: the longest lease, one minute, and another
/// minute for clocks that differ.
pub const SETTLED: Duration = CLOCK_SKEW;

/// How long a key for a role that is no longer needed stays active: the time that an administrator
/// has to change `tokens.algorithm` on every node.
const OVERLAP: Duration = Duration::from_hours(24);

/// The settings of the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// The algorithm that company and operator tokens are signed with: `tokens.algorithm`.
    pub algorithm: Algorithm,
    /// How long clients may cache the published keys.
    pub cache_time: Duration,
    /// How long a key with a public half is published before it signs.
    pub publish_ahead: Duration,
    /// How long a key with a public half signs.
    pub rotation_period: Duration,
    /// How long an HMAC key signs.
    pub hmac_rotation_period: Duration,
}

impl Rules {
    /// Returns the rules of a configuration.
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

    /// Returns how long a key is published before it replaces another: clients must have fetched
    /// its public half by then. Only the nodes need a shared secret.
    #[must_use]
    pub fn lead(&self, algorithm: Algorithm) -> Duration {
        let first = self.first_lead(algorithm);
        if algorithm.is_public() {
            self.publish_ahead.max(first)
        } else {
            first
        }
    }

    /// Returns the same for a role without an active key. Tokens wait for this key, so the time is
    /// as short as possible: every copy of the published keys that was fetched before the key was
    /// made must have expired when it signs.
    #[must_use]
    pub fn first_lead(&self, algorithm: Algorithm) -> Duration {
        if algorithm.is_public() {
            self.cache_time + SETTLED
        } else {
            SETTLED
        }
    }

    /// Returns how long a key signs.
    #[must_use]
    pub const fn period(&self, algorithm: Algorithm) -> Duration {
        if algorithm.is_public() {
            self.rotation_period
        } else {
            self.hmac_rotation_period
        }
    }
}

/// A key, as far as the schedule needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The id of the key.
    pub kid: KeyId,
    /// The role of the key.
    pub role: Role,
    /// The life of the key.
    pub life: Life,
    /// The sequence of the entry that announced that the key no longer signs. Every token it signed
    /// has a lower `rev`. `None` if it may still sign.
    pub retiring_seq: Option<Sequence>,
}

/// A step of the schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Make a key, which is pending.
    Make(Role),
    /// Make this key active, in place of the active one of its role.
    Activate(KeyId),
    /// Make this key retiring: it no longer signs.
    Supersede(KeyId),
    /// Retire this key: it no longer verifies.
    Retire(KeyId),
}

impl Key {
    fn is(&self, role: Role, state: KeyState) -> bool {
        self.role == role && self.life.state() == state
    }

    /// Whether every token it signed that may be in no ledger has expired. `floor` is the floor of
    /// the longest life of such a token. All other tokens are in the ledger.
    #[must_use]
    pub fn has_outlived_what_may_be_unrecorded(&self, floor: Sequence) -> bool {
        self.retiring_seq.is_some_and(|seq| seq <= floor)
    }
}

/// Returns the steps that are due at `now`, in order. `demands` are the roles that need keys
/// besides that of `tokens.algorithm`. `needed` are the keys of company tokens that are still
/// valid. A token that may be in no ledger has expired if its `rev` is below `floor`. So a wrong
/// clock cannot retire a key too early.
#[must_use]
pub fn plan(
    keys: &[Key],
    rules: &Rules,
    demands: &[Role],
    needed: &[KeyId],
    floor: Sequence,
    now: Timestamp,
) -> Vec<Step> {
    let default_role = Role::from(rules.algorithm);
    let others = demands.iter().copied().filter(|role| *role != default_role);
    let in_demand = || iter::once(default_role).chain(others.clone());
    let mut steps: Vec<_> = in_demand()
        .filter_map(|role| next_to_sign(keys, rules, role, now))
        .collect();
    let own_since = keys
        .iter()
        .find(|key| key.is(default_role, KeyState::Active))
        .and_then(|key| key.life.activated_at);
    for key in keys {
        let in_use = in_demand().any(|role| role == key.role);
        match key.life.state() {
            KeyState::Pending if !in_use && key.life.created_at.plus(OVERLAP) <= now => {
                steps.push(Step::Retire(key.kid));
            }
            KeyState::Active
                if !in_use && own_since.is_some_and(|since| since.plus(OVERLAP) <= now) =>
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

/// Returns the step towards the next active key of a role. `None` if none is due.
fn next_to_sign(keys: &[Key], rules: &Rules, role: Role, now: Timestamp) -> Option<Step> {
    let lead = rules.lead(role.algorithm);
    let active = keys.iter().find(|key| key.is(role, KeyState::Active));
    let pending = keys
        .iter()
        .filter(|key| key.is(role, KeyState::Pending))
        .min_by_key(|key| (key.life.created_at, key.kid));
    let signing_since = active.and_then(|key| key.life.activated_at);
    match (signing_since, pending) {
        (since, Some(pending)) => {
            let waits = match since {
                Some(_) => lead,
                None => rules.first_lead(role.algorithm),
            };
            let due = pending.life.created_at.plus(waits) <= now;
            due.then_some(Step::Activate(pending.kid))
        }
        (Some(since), None) => {
            let due = since.plus(rules.period(role.algorithm)).minus(lead) <= now;
            due.then_some(Step::Make(role))
        }
        (None, None) => Some(Step::Make(role)),
    }
}

#[cfg(test)]
mod tests;
