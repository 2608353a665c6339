//! Loads the ring. The first start makes the first key.

use super::change::{Change, NewKey};
use super::error::KeysError;
use super::store::{self, KeyRow};
use super::{Key, KeyState, Ring, RingKey, Role, Rules};
use crate::audit::Actor;
use crate::base::Timestamp;
use crate::db::{Conn, Db};
use crate::feed::Entry;
use crate::seal::MasterKeys;
use crate::token::SecretKey;

/// Unseals and makes keys. It holds the master keys and the rules of the schedule.
#[derive(Debug)]
pub struct Keeper {
    masters: MasterKeys,
    rules: Rules,
}

/// A stored key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The key.
    pub key: Key,
    /// The fingerprint of the master key that sealed it.
    pub sealed_by: String,
}

/// Returns every key that ever existed, the oldest first.
///
/// # Errors
/// Returns an error if the database fails.
pub fn all(conn: &mut Conn) -> crate::db::Result<Vec<Kept>> {
    let rows = store::all(conn)?;
    let kept = rows.into_iter().map(|row| Kept {
        key: row.key(),
        sealed_by: row.sealed_by,
    });
    Ok(kept.collect())
}

impl Keeper {
    /// Returns a keeper of keys that are sealed with `masters`.
    #[must_use]
    pub const fn new(masters: MasterKeys, rules: Rules) -> Self {
        Self { masters, rules }
    }

    /// Returns the master keys.
    #[must_use]
    pub const fn masters(&self) -> &MasterKeys {
        &self.masters
    }

    /// Returns the rules of the schedule.
    #[must_use]
    pub const fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Loads the ring. A key that `held` contains is taken from there with its new state, so each
    /// key is unsealed only once.
    ///
    /// # Errors
    /// Returns the [`KeysError`]; [`KeysError::NoneActive`] if no key is active.
    pub fn load(&self, db: &Db, held: Option<&Ring>) -> Result<Ring, KeysError> {
        self.ring(db.read_blocking(store::usable)?, held)?
            .ok_or(KeysError::NoneActive)
    }

    fn ring(&self, rows: Vec<KeyRow>, held: Option<&Ring>) -> Result<Option<Ring>, KeysError> {
        let mut keys = Vec::with_capacity(rows.len());
        for row in rows {
            let life = row.key().life;
            let known = held.and_then(|ring| ring.keys().find(|key| key.kid == row.kid));
            match known.map_or_else(|| self.open(&row), |known| Ok(known.with(life))) {
                Ok(key) => keys.push(key),
                // Every token it signed is revoked, so the service can run without it.
                Err(_) if life.is_revoked() => {}
                Err(why) => return Err(why),
            }
        }
        Ok(Ring::new(keys, self.rules.algorithm))
    }

    fn open(&self, row: &KeyRow) -> Result<RingKey, KeysError> {
        let bytes = self.masters.open(&row.sealed(), &row.context())?;
        SecretKey::parse(row.algorithm, &bytes)
            .and_then(|secret| RingKey::of(row.kid, row.purpose, row.key().life, secret))
            .map_err(|_| KeysError::Damaged(row.kid))
    }

    /// Makes a key of `tokens.algorithm` active if none is: at the first start, and when the
    /// setting was changed. Returns the entry that every other node must have applied before this
    /// one signs with the key. `None` if a key was active already, or at the first start.
    ///
    /// # Errors
    /// Returns the [`KeysError`].
    pub fn ensure(&self, db: &Db, now: Timestamp) -> Result<Option<Entry>, KeysError> {
        let role = Role::from(self.rules.algorithm);
        let rows = db.read_blocking(store::usable)?;
        let signs = |row: &KeyRow| row.role() == role && row.state == KeyState::Active;
        if rows.iter().any(signs) {
            return Ok(None);
        }
        // This fails if the master key is wrong: then no key is added to those it cannot unseal.
        self.ring(rows, None)?;
        let fresh = NewKey::make(role)?;
        db.write_blocking(|conn| {
            let mut change = Change::begin(conn, &self.masters, Actor::System, now)?;
            if change.first(role, KeyState::Active).is_some() {
                return Ok(None);
            }
            let first_ever = change.rows().is_empty();
            let kid = match change.first(role, KeyState::Pending) {
                Some(pending) => pending,
                None => change.insert(fresh)?,
            };
            change.activate(kid)?;
            if first_ever {
                return Ok(None);
            }
            change.announce().map(Some)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::KeyId;
    use crate::seal::SealError;
    use crate::signing_keys::Life;
    use crate::token::Algorithm;

    const NOW: Timestamp = Timestamp::from_seconds(1_800_000_000);

    const RULES: Rules = Rules {
        algorithm: Algorithm::Hs256,
        cache_time: std::time::Duration::from_mins(5),
        publish_ahead: std::time::Duration::from_hours(24),
        rotation_period: std::time::Duration::from_hours(90 * 24),
        hmac_rotation_period: std::time::Duration::from_hours(90 * 24),
    };

    fn row(masters: &MasterKeys, life: Life) -> KeyRow {
        let key = Key {
            kid: KeyId::generate(),
            role: Algorithm::Hs256.into(),
            life,
            retiring_seq: None,
        };
        let master = masters.current();
        let row = KeyRow::new(key, Vec::new(), master.fingerprint().to_owned());
        let secret = SecretKey::generate(Algorithm::Hs256).unwrap();
        let sealed_key = master.seal(&secret, &row.context()).unwrap().value;
        KeyRow { sealed_key, ..row }
    }

    fn of(bytes: &[u8]) -> MasterKeys {
        MasterKeys::of_bytes(bytes)
    }

    fn keeper(bytes: &[u8]) -> Keeper {
        Keeper::new(of(bytes), RULES)
    }

    #[test]
    fn either_master_key_opens_while_it_is_being_changed_and_no_other() {
        let active = Life::begin(NOW).activate(NOW).unwrap();
        let rows = || vec![row(&of(&[1]), active), row(&of(&[2]), Life::begin(NOW))];
        for bytes in [&[1, 2][..], &[2, 1]] {
            assert!(keeper(bytes).ring(rows(), None).unwrap().is_some());
        }
        let fault = keeper(&[1]).ring(rows(), None).unwrap_err();
        assert!(
            matches!(fault, KeysError::Seal(SealError::OtherMasterKey { .. })),
            "{fault}"
        );
        assert!(fault.to_string().contains("previous_master_key_files"));
    }

    #[test]
    fn what_is_held_is_not_opened_again_and_what_was_revoked_is_not_needed() {
        let active = Life::begin(NOW).activate(NOW).unwrap();
        let signs = row(&of(&[1]), active);
        let kid = signs.kid;
        let held = keeper(&[1]).ring(vec![signs], None).unwrap().unwrap();
        let resealed = KeyRow::new(
            Key {
                kid,
                role: Algorithm::Hs256.into(),
                life: active,
                retiring_seq: None,
            },
            Vec::new(),
            "another".to_owned(),
        );
        let lost = row(&of(&[2]), active.revoke(NOW).unwrap());
        let ring = keeper(&[1]).ring(vec![resealed, lost], Some(&held));
        let ring = ring.unwrap().unwrap();
        assert_eq!(ring.keys().map(|key| key.kid).collect::<Vec<_>>(), [kid]);
        let damaged = KeyRow {
            sealed_key: vec![0; 60],
            ..row(&of(&[1]), active)
        };
        let fault = keeper(&[1]).ring(vec![damaged], None).unwrap_err();
        assert!(
            matches!(fault, KeysError::Seal(SealError::Damaged(_))),
            "{fault}"
        );
    }
}
