//! The keys follow the feed: before an entry about keys counts as applied, this node holds them as they are.

use std::sync::Arc;

use parking_lot::Mutex;

use super::Validator;
use crate::db::{Db, Result};
use crate::feed::{Entry, Fact, Listener, Record, Target};
use crate::signing_keys::Keeper;

/// Keeps a validator's ring true.
pub struct KeyFollower {
    db: Db,
    keeper: Arc<Keeper>,
    validator: Arc<Validator>,
    /// What is read later is set later.
    turn: Mutex<()>,
}

impl KeyFollower {
    /// Will load keys from `db`, which no request may keep busy.
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
                "no key of tokens.algorithm signs: another node may have been told another algorithm"
            );
        }
        self.validator.set_ring(ring);
        Ok(())
    }
}
