//! The life of a signing key, as a value: pending, active, retiring, retired. It only moves forward.

use std::fmt;
use std::str::FromStr;

use crate::base::Timestamp;

/// Where a signing key is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyState {
    /// Published, not signing yet.
    Pending,
    /// Signs; at most one for each role.
    Active,
    /// Signs no more, and still verifies what it signed. A revoked key stays here so that what it signed is refused as revoked.
    Retiring,
    /// Verifies nothing; its secret is wiped.
    Retired,
}

impl KeyState {
    /// Every state, in the order of a life.
    pub const ALL: [Self; 4] = [Self::Pending, Self::Active, Self::Retiring, Self::Retired];

    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Retiring => "retiring",
            Self::Retired => "retired",
        }
    }
}

impl fmt::Display for KeyState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for KeyState {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(())
    }
}

/// The instants of a key's life. Its state follows from which of them are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(
    clippy::struct_field_names,
    reason = "instants are named alike everywhere"
)]
pub struct Life {
    /// When it was made, and published.
    pub created_at: Timestamp,
    /// When it began to sign.
    pub activated_at: Option<Timestamp>,
    /// When it ceased to sign.
    pub retiring_at: Option<Timestamp>,
    /// When it ceased to verify.
    pub retired_at: Option<Timestamp>,
    /// When it was revoked, with everything it signed.
    pub revoked_at: Option<Timestamp>,
}

/// The key cannot take this step from its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidTransition {
    /// Its state.
    pub state: KeyState,
    /// Whether it was revoked.
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
    /// A key made at `now`.
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

    /// Its state.
    #[must_use]
    pub const fn state(&self) -> KeyState {
        match (self.activated_at, self.retiring_at, self.retired_at) {
            (_, _, Some(_)) => KeyState::Retired,
            (_, Some(_), None) => KeyState::Retiring,
            (Some(_), None, None) => KeyState::Active,
            (None, None, None) => KeyState::Pending,
        }
    }

    /// Whether it was revoked, with everything it signed.
    #[must_use]
    pub const fn is_revoked(&self) -> bool {
        self.revoked_at.is_some()
    }

    /// Its state in a word; `revoked` for one that was revoked and is not retired.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self.state() {
            KeyState::Retiring if self.is_revoked() => "revoked",
            state => state.as_str(),
        }
    }

    const fn misstep(&self) -> InvalidTransition {
        InvalidTransition {
            state: self.state(),
            revoked: self.is_revoked(),
        }
    }

    /// It signs from `now` on.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it is pending.
    pub fn activate(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state() {
            KeyState::Pending => Ok(Self {
                activated_at: Some(now),
                ..self
            }),
            _ => Err(self.misstep()),
        }
    }

    /// It signs no more.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it is active.
    pub fn supersede(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state() {
            KeyState::Active => Ok(Self {
                retiring_at: Some(now),
                ..self
            }),
            _ => Err(self.misstep()),
        }
    }

    /// It verifies no more: no token that it signed is valid, or it never signed one.
    ///
    /// # Errors
    /// [`InvalidTransition`] unless it is pending or retiring.
    pub fn retire(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state() {
            KeyState::Pending | KeyState::Retiring => Ok(Self {
                retired_at: Some(now),
                ..self
            }),
            _ => Err(self.misstep()),
        }
    }

    /// Everything it signed is revoked from `now` on. It stays retiring until every token it signed has expired, so that they are
    /// refused as revoked.
    ///
    /// # Errors
    /// [`InvalidTransition`] if it is retired, or revoked already.
    pub fn revoke(self, now: Timestamp) -> Result<Self, InvalidTransition> {
        match self.state() {
            KeyState::Retired => Err(self.misstep()),
            _ if self.is_revoked() => Err(self.misstep()),
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
