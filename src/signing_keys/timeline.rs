//! The signing keys in the order of their lives, with what the schedule plans for each.

use super::{Kept, KeyState, Rules};
use crate::base::Timestamp;

/// A stored key, and the instants that the schedule plans for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The key.
    pub kept: Kept,
    /// When it began to sign, or will begin. `None` if it never did.
    pub signs_from: Option<Timestamp>,
    /// When the schedule replaces it, if it signs now. `None` if it does not sign.
    pub replaced_at: Option<Timestamp>,
}

/// Returns the keys with what is planned for them, in their order.
#[must_use]
pub fn timeline(kept: Vec<Kept>, rules: &Rules) -> Vec<Planned> {
    let active: Vec<_> = kept
        .iter()
        .filter(|kept| kept.key.life.state() == KeyState::Active)
        .map(|kept| kept.key.role)
        .collect();
    let planned = |kept: Kept| {
        let (life, role) = (kept.key.life, kept.key.role);
        let lead = if active.contains(&role) {
            rules.lead(role.algorithm)
        } else {
            rules.first_lead(role.algorithm)
        };
        let signs_from = match life.state() {
            KeyState::Pending => Some(life.created_at.plus(lead)),
            _ => life.activated_at,
        };
        let replaced_at = match life.state() {
            KeyState::Active => life
                .activated_at
                .map(|at| at.plus(rules.period(role.algorithm))),
            _ => None,
        };
        Planned {
            kept,
            signs_from,
            replaced_at,
        }
    };
    kept.into_iter().map(planned).collect()
}
