//! Keeps the keys up to date with the feed: this node loads the keys before an entry about keys
//! counts as applied.

use std::sync::Arc;

use parking_lot::Mutex;

use super::Validator;
use crate::db::{Db, Result};
use crate::feed::{Entry, Fact, Listener, Record, Target};
use crate::signing_keys::Keeper;

/// Keeps a validator's ring up to date.
pub struct KeyFollower {
    db: Db,
    keeper: Arc<Keeper>,
    validator: Arc<Validator>,
    /// Serializes loading and setting, so that an older ring never replaces a newer one.
    turn: Mutex<()>,
}

impl KeyFollower {
    /// Returns a follower that loads keys from `db`, which must have a connection that requests
    /// cannot take.
    #[must_use]
    pub const fn new(db: Db, keeper: Arc<Keeper>, validator: Arc<Validator>) -> Self {
        Self {
            db,
            keeper,
            validator,
            turn: Mutex::new(()),
        }
    }
}

impl Listener for KeyFollower {
    fn apply(&self, entry: &Entry) -> Result<()> {
        match entry.fact {
            Fact::Changed(Record::Keys) | Fact::Revoked(Target::Key(_)) => self.reset(),
            _ => Ok(()),
        }
    }

    fn reset(&self) -> Result<()> {
        let _turn = self.turn.lock();
        let held = self.validator.ring();
        let ring = self.keeper.load(&self.db, Some(&held))?;
        let wanted = self.keeper.rules().algorithm;
        let algorithm = ring.active().secret.algorithm();
        if algorithm != wanted {
            tracing::warn!(
                %algorithm, %wanted,
                "no key of tokens.algorithm signs: another node may be configured with another algorithm"
            );
        }
        self.validator.set_ring(ring);
        Ok(())
    }
}
