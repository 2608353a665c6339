//! The master key, and those before it while it is being changed.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::error::KeysError;
use super::store::{self, KeyRow};
use super::{KeyState, MasterKey, MasterKeyError};
use crate::config::{Config, MasterKeySource};
use crate::db::{self, Conn, Db};

/// The keys that open what is sealed.
#[derive(Debug)]
pub struct MasterKeys {
    current: MasterKey,
    previous: Vec<MasterKey>,
}

impl MasterKeys {
    /// Reads them; none when the file of the current one is yet to be made.
    ///
    /// # Errors
    /// [`KeysError::MasterKey`] when one cannot be read or understood.
    pub fn load(config: &Config) -> Result<Option<Self>, KeysError> {
        match &config.master_key {
            MasterKeySource::FileOrNew(path) if !path.exists() => Ok(None),
            source => Self::with(
                MasterKey::load_existing(source),
                &config.previous_master_keys,
            )
            .map(Some),
        }
    }

    /// As [`MasterKeys::load`]; the file that is yet to be made is made now, unless `db` has keys that were sealed already:
    /// a new one would open none of them.
    ///
    /// # Errors
    /// [`KeysError::MasterKeyGone`], and as [`MasterKeys::load`].
    pub fn load_or_make(config: &Config, db: &Db) -> Result<Self, KeysError> {
        if let Some(masters) = Self::load(config)? {
            return Ok(masters);
        }
        if let MasterKeySource::FileOrNew(path) = &config.master_key
            && let Some(row) = db.read_blocking(store::usable)?.pop()
        {
            return Err(KeysError::MasterKeyGone {
                path: path.clone(),
                sealed_by: row.sealed_by,
            });
        }
        Self::with(
            MasterKey::load(&config.master_key),
            &config.previous_master_keys,
        )
    }

    fn with(
        current: Result<MasterKey, MasterKeyError>,
        previous: &[PathBuf],
    ) -> Result<Self, KeysError> {
        let previous = previous
            .iter()
            .map(|path| MasterKey::load_existing(&MasterKeySource::File(path.clone())))
            .collect::<Result<_, _>>();
        Ok(Self {
            current: current.map_err(KeysError::MasterKey)?,
            previous: previous.map_err(KeysError::MasterKey)?,
        })
    }

    /// The one that seals from now on.
    #[must_use]
    pub const fn current(&self) -> &MasterKey {
        &self.current
    }

    /// The one with a fingerprint.
    #[must_use]
    pub fn of(&self, fingerprint: &str) -> Option<&MasterKey> {
        std::iter::once(&self.current)
            .chain(&self.previous)
            .find(|key| key.fingerprint() == fingerprint)
    }

    /// The one to seal another new secret with: as a new signing key is sealed.
    ///
    /// # Errors
    /// Those of the database.
    pub fn for_secrets(&self, conn: &mut Conn) -> db::Result<&MasterKey> {
        Ok(self.for_new(&store::usable(conn)?))
    }

    /// The one to seal a new key with: that of the key which signs, so that a node that has not been told of a new master
    /// key opens it all the same; resealing changes it for all at once.
    pub(super) fn for_new(&self, rows: &[KeyRow]) -> &MasterKey {
        rows.iter()
            .find(|row| row.state == KeyState::Active)
            .and_then(|row| self.of(&row.sealed_by))
            .unwrap_or(&self.current)
    }

    /// Opens a stored key.
    pub(super) fn open(&self, row: &KeyRow) -> Result<Zeroizing<Vec<u8>>, KeysError> {
        let Some(master) = self.of(&row.sealed_by) else {
            return Err(KeysError::OtherMasterKey {
                kid: row.kid,
                sealed_by: row.sealed_by.clone(),
                given: self.current.fingerprint().to_owned(),
            });
        };
        master
            .open(&row.sealed_key, &row.context())
            .map_err(|_| KeysError::Damaged(row.kid))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Master keys of one byte each, the current one first.
    pub(in crate::signing_keys) fn of(bytes: &[u8]) -> MasterKeys {
        let mut keys = bytes.iter().map(|byte| {
            let text = format!("{byte:02x}").repeat(32);
            MasterKey::load(&MasterKeySource::Value(text.into())).unwrap()
        });
        MasterKeys {
            current: keys.next().unwrap(),
            previous: keys.collect(),
        }
    }
}
