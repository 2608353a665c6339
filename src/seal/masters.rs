//! The current master key, and the previous ones while it is being changed.

use std::path::PathBuf;

use zeroize::Zeroizing;

use super::{MasterKey, MasterKeyError, SEALED, SealError, Sealed, store};
use crate::config::{Config, MasterKeySource};
use crate::db::{self, Conn, Db};

/// The master keys that unseal values.
#[derive(Debug)]
pub struct MasterKeys {
    current: MasterKey,
    previous: Vec<MasterKey>,
}

impl MasterKeys {
    /// Reads the master keys. Returns `None` if the file of the current one does not exist and may
    /// be made.
    ///
    /// # Errors
    /// Returns [`SealError::MasterKey`] if one cannot be read or parsed.
    pub fn load(config: &Config) -> Result<Option<Self>, SealError> {
        match &config.master_key {
            MasterKeySource::FileOrNew(path) if !path.exists() => Ok(None),
            source => Self::with(
                MasterKey::load_existing(source),
                &config.previous_master_keys,
            )
            .map(Some),
        }
    }

    /// Does the same as [`MasterKeys::load`], and makes the file of the current master key if it
    /// does not exist. It makes no file if `db` has sealed values, because a new master key would
    /// unseal none of them.
    ///
    /// # Errors
    /// Returns [`SealError::MasterKeyGone`], and the errors of [`MasterKeys::load`].
    pub fn load_or_make(config: &Config, db: &Db) -> Result<Self, SealError> {
        if let Some(masters) = Self::load(config)? {
            return Ok(masters);
        }
        if let MasterKeySource::FileOrNew(path) = &config.master_key
            && let Some(sealed_by) = db.read_blocking(any_sealed)?
        {
            return Err(SealError::MasterKeyGone {
                path: path.clone(),
                sealed_by,
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
    ) -> Result<Self, SealError> {
        let previous = previous
            .iter()
            .map(|path| MasterKey::load_existing(&MasterKeySource::File(path.clone())))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            current: current?,
            previous,
        })
    }

    /// Master keys of one repeated byte each, the current one first.
    #[cfg(test)]
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        let mut keys = bytes.iter().map(|byte| {
            let text = format!("{byte:02x}").repeat(32);
            MasterKey::load(&MasterKeySource::Value(text.into())).unwrap()
        });
        Self {
            current: keys.next().unwrap(),
            previous: keys.collect(),
        }
    }

    /// Returns the current master key, which `lanyard key reseal` seals with.
    #[must_use]
    pub const fn current(&self) -> &MasterKey {
        &self.current
    }

    /// Returns the keys for a purpose that follow from the current master key, and from the previous
    /// ones. They protect what lives for minutes: nothing that they protected can be resealed.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> ([u8; 32], Vec<[u8; 32]>) {
        let previous = self.previous.iter().map(|key| key.derive(purpose));
        (self.current.derive(purpose), previous.collect())
    }

    /// Returns the master key with a fingerprint. `None` if it is not configured.
    fn of(&self, fingerprint: &str) -> Option<&MasterKey> {
        std::iter::once(&self.current)
            .chain(&self.previous)
            .find(|key| key.fingerprint() == fingerprint)
    }

    /// Returns the master key to seal a new secret with: the one that sealed the signing key in
    /// use. So a node without the new master key can unseal a secret that a node with it has
    /// sealed, until resealing changes the master key of all values at once.
    ///
    /// # Errors
    /// Returns an error if the database fails.
    pub fn for_new(&self, conn: &mut Conn) -> db::Result<&MasterKey> {
        Ok(self.as_sealed_by(store::active_key_sealed_by(conn)?.as_deref()))
    }

    fn as_sealed_by(&self, active: Option<&str>) -> &MasterKey {
        active
            .and_then(|fingerprint| self.of(fingerprint))
            .unwrap_or(&self.current)
    }

    /// Unseals a stored value. `name` must be the one that it was sealed with.
    ///
    /// # Errors
    /// Returns [`SealError::OtherMasterKey`] or [`SealError::Damaged`].
    pub fn open(&self, sealed: &Sealed, name: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let Some(master) = self.of(&sealed.by) else {
            return Err(SealError::OtherMasterKey {
                name: name.to_owned(),
                sealed_by: sealed.by.clone(),
                given: self.current.fingerprint().to_owned(),
            });
        };
        master
            .open(&sealed.value, name)
            .map_err(|_| SealError::Damaged(name.to_owned()))
    }
}

/// Returns the fingerprint of a master key that sealed something in the database. `None` if nothing
/// is sealed.
fn any_sealed(conn: &mut Conn) -> db::Result<Option<String>> {
    for column in SEALED {
        if let Some(by) = store::any(conn, column)? {
            return Ok(Some(by));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_secret_is_sealed_as_the_key_that_signs_is() {
        let one = MasterKeys::of_bytes(&[1])
            .current()
            .fingerprint()
            .to_owned();
        let sealer = |bytes: &[u8], active: Option<&str>| {
            let masters = MasterKeys::of_bytes(bytes);
            masters.as_sealed_by(active).fingerprint().to_owned()
        };
        assert_eq!(
            sealer(&[2, 1], Some(&one)),
            one,
            "not every node may have 2"
        );
        assert_eq!(sealer(&[1, 2], Some(&one)), one);
        assert_ne!(sealer(&[3], Some(&one)), one);
        assert_ne!(sealer(&[2, 1], None), one, "nothing is sealed yet");
    }

    #[test]
    fn either_master_key_opens_while_it_is_being_changed_and_no_other() {
        let masters = MasterKeys::of_bytes(&[1, 2]);
        for byte in [1, 2] {
            let master = MasterKeys::of_bytes(&[byte]);
            let sealed = master.current().seal(b"secret", "name").unwrap();
            assert_eq!(*masters.open(&sealed, "name").unwrap(), b"secret");
            let renamed = masters.open(&sealed, "another name").unwrap_err();
            assert!(matches!(renamed, SealError::Damaged(_)), "{renamed}");
        }
        let sealed = MasterKeys::of_bytes(&[3]);
        let sealed = sealed.current().seal(b"secret", "name").unwrap();
        let other = masters.open(&sealed, "name").unwrap_err();
        assert!(matches!(other, SealError::OtherMasterKey { .. }), "{other}");
        assert!(other.to_string().contains("previous_master_key_files"));
    }
}
