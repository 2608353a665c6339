//! The life of a signing key, as a value: pending, active, retiring, retired. A key only moves
//! forward.

use std::fmt;

use crate::base::Timestamp;
use crate::base::words::words;

words! {
    /// The state of a signing key.
    pub enum KeyState {
        /// Published, but does not sign yet.
        Pending = "pending",
        /// Signs. At most one key for each role is active.
        Active = "active",
        /// No longer signs, but still verifies the tokens it signed. A revoked key stays in this
        /// state, so that its tokens are refused as revoked.
        Retiring = "retiring",
        /// Verifies nothing. Its secret is deleted.
        Retired = "retired",
    }
}

/// The instants of a key's life. Its state follows from which of them are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(
    clippy::struct_field_names,
    reason = "instants are named alike everywhere"
)]
pub struct Life {
    /// When the key was made and published.
    pub created_at: Timestamp,
    /// When the key began to sign. `None` if it never did.
    pub activated_at: Option<Timestamp>,
    /// When the key ceased to sign. `None` if it has not.
    pub retiring_at: Option<Timestamp>,
    /// When the key ceased to verify. `None` if it has not.
    pub retired_at: Option<Timestamp>,
    /// When the key was revoked, with every token it signed. `None` if it was not.
    pub revoked_at: Option<Timestamp>,
}

/// The key is in a state that does not allow the change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidTransition {
    /// The state of the key.
    pub state: KeyState,
    /// Whether the key was revoked.
    pub revoked: bool,
}

impl fmt::Display for InvalidTransition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let revoked = if self.revoked { " and revoked" } else { "" };
        write!(f, "the key is {}{revoked} already", self.state)
    }
}

impl std::error::Error for InvalidTransition {}

impl Life {
    /// Returns the life of a key that is made at `now`.
    #[must_use]
    pub const fn begin(now: Timestamp) -> Self {
        Self {
            created_at: now,
            activated_at: None,
            retiring_at: None,
            retired_at: None,
            revoked_at: None,
        }
    }

    /// Returns the state of the key.
    #[must_use]
    pub const fn state(&self) -> KeyState {
        match (self.activated_at, self.retiring_at, self.retired_at) {
            (_, _, Some(_)) => KeyState::Retired,
            (_, Some(_), None) => KeyState::Retiring,
            (Some(_), None, None) => KeyState::Active,
            (None, None, None) => KeyState::Pending,
        }
    }

    /// Whether the key was revoked, with every token it signed.
    #[must_use]
    pub const fn is_revoked(&self) -> bool {
        self.revoked_at.is_some()
    }

    /// Returns the state as one word: `revoked` for a revoked key that is not retired.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self.state() {
            KeyState::Retiring if self.is_revoked() => "revoked",
            state => state.as_str(),
        }
    }

    const fn invalid_transition(&self) -> InvalidTransition {
        InvalidTransition {
            state: self.state(),
            revoked: self.is_revoked(),
        }
    }

    /// Makes the key sign from `now` on.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless the key is pending.
    pub fn activate(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state() {
            KeyState::Pending => Ok(Self {
                activated_at: Some(now),
                ..self
            }),
            _ => Err(self.invalid_transition()),
        }
    }

    /// Makes the key cease to sign.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless the key is active.
    pub fn supersede(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state() {
            KeyState::Active => Ok(Self {
                retiring_at: Some(now),
                ..self
            }),
            _ => Err(self.invalid_transition()),
        }
    }

    /// Makes the key cease to verify. Call this only if no token that it signed is valid, or it
    /// never signed one.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless the key is pending or retiring.
    pub fn retire(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state() {
            KeyState::Pending | KeyState::Retiring => Ok(Self {
                retired_at: Some(now),
                ..self
            }),
            _ => Err(self.invalid_transition()),
        }
    }

    /// Revokes the key, with every token it signed. It stays retiring until every token it signed
    /// has expired, so that they are refused as revoked.
    ///
    /// # Errors
    /// [`InvalidTransition`] if the key is retired, or revoked already.
    pub fn revoke(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state() {
            KeyState::Retired => Err(self.invalid_transition()),
            _ if self.is_revoked() => Err(self.invalid_transition()),
            _ => Ok(Self {
                retiring_at: self.retiring_at.or(Some(now)),
                revoked_at: Some(now),
                ..self
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Move = fn(Life, Timestamp) -> Result<Life, InvalidTransition>;
    const MOVES: [Move; 4] = [Life::activate, Life::supersede, Life::retire, Life::revoke];

    proptest! {
        #[test]
        fn whatever_is_done_to_it_a_life_moves_forward_or_stays(moves in prop::collection::vec(0usize..4, 0..12)) {
            let mut life = Life::begin(Timestamp::from_seconds(0));
            for (step, number) in moves.into_iter().zip(1..) {
                let now = Timestamp::from_seconds(number);
                let Ok(next) = MOVES[step](life, now) else { continue };
                prop_assert!(next.state() > life.state() || (next.is_revoked() && !life.is_revoked()));
                prop_assert!(next.is_revoked() >= life.is_revoked());
                prop_assert_eq!(next.created_at, life.created_at);
                if life.is_revoked() {
                    prop_assert_eq!(next.state(), KeyState::Retired, "nothing that was revoked signs again");
                }
                life = next;
            }
        }
    }

    #[test]
    fn each_state_takes_its_own_steps_only() {
        let at = Timestamp::from_seconds;
        let pending = Life::begin(at(1));
        let active = pending.activate(at(2)).unwrap();
        let retiring = active.supersede(at(3)).unwrap();
        let retired = retiring.retire(at(4)).unwrap();
        let lives = [pending, active, retiring, retired];
        let table = lives.map(|life| MOVES.map(|step| step(life, at(5)).is_ok()));
        assert_eq!(
            table,
            [
                [true, false, true, true],
                [false, true, false, true],
                [false, false, true, true],
                [false, false, false, false],
            ]
        );
        assert_eq!(lives.map(|life| life.state()), KeyState::ALL);
    }
}
