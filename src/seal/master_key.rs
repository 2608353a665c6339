//! The master key, which encrypts secrets at rest (AES-256-GCM). A sealed value is a random nonce
//! followed by the ciphertext and its tag.

use std::fmt;
use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use crate::base::random;
use crate::config::{MasterKeySource, decode_master_key};

const NONCE: usize = 12;

/// A secret at rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The nonce and the encrypted secret.
    pub value: Vec<u8>,
    /// The fingerprint of the master key that sealed it.
    pub by: String,
}

/// The key that seals all other secrets.
pub struct MasterKey {
    key: RandomizedNonceKey,
    derives: hmac::Key,
    fingerprint: String,
}

/// Why there is no usable master key, as a text for the administrator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MasterKeyError(String);

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MasterKey({})", self.fingerprint)
    }
}

impl MasterKey {
    /// Reads the key from the configured source. A file that may be made is made if it does not
    /// exist, with mode 0600.
    ///
    /// # Errors
    /// Returns [`MasterKeyError`] if the key cannot be read, made or parsed.
    pub fn load(source: &MasterKeySource) -> Result<Self, MasterKeyError> {
        match source {
            MasterKeySource::Value(text) => {
                Self::parse(text.expose_secret(), "given as master_key")
            }
            MasterKeySource::File(path) => Self::read(path),
            MasterKeySource::FileOrNew(path) => {
                make(path)?;
                Self::read(path)
            }
        }
    }

    /// Does the same as [`MasterKey::load`], but makes no file.
    ///
    /// # Errors
    /// Returns [`MasterKeyError`] if the key does not exist, or cannot be read or parsed.
    pub fn load_existing(source: &MasterKeySource) -> Result<Self, MasterKeyError> {
        match source {
            MasterKeySource::FileOrNew(path) => Self::read(path),
            other => Self::load(other),
        }
    }

    fn read(path: &Path) -> Result<Self, MasterKeyError> {
        let place = path.display();
        let text = fs::read_to_string(path)
            .map(Zeroizing::new)
            .map_err(|why| MasterKeyError(format!("cannot read the master key {place}: {why}")))?;
        Self::parse(&text, &format!("in {place}"))
    }

    fn parse(text: &str, place: &str) -> Result<Self, MasterKeyError> {
        let bytes = decode_master_key(text).map_err(|why| {
            MasterKeyError(format!(
                "the master key {place} {why}; `openssl rand -hex 32` makes one"
            ))
        })?;
        Self::from_bytes(bytes.as_slice())
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, MasterKeyError> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, bytes)
            .map_err(|_| MasterKeyError("the master key is not usable".to_owned()))?;
        let mut context = aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256);
        context.update(b"lanyard master key fingerprint");
        context.update(bytes);
        let digest = context.finish();
        let head = digest.as_ref().first_chunk().copied().unwrap_or_default();
        let fingerprint = format!("{:016x}", u64::from_be_bytes(head));
        Ok(Self {
            key,
            derives: hmac::Key::new(hmac::HMAC_SHA256, bytes),
            fingerprint,
        })
    }

    /// Returns a key that follows from this one and the purpose. Every node with this master key
    /// derives the same, and it reveals nothing of the master key.
    #[must_use]
    pub(super) fn derive(&self, purpose: &str) -> [u8; 32] {
        let text = format!("lanyard derived key: {purpose}");
        let mac = hmac::sign(&self.derives, text.as_bytes());
        mac.as_ref().try_into().unwrap_or_default()
    }

    /// Returns the first 64 bits of a hash of the key, in hexadecimal. It identifies the key and
    /// reveals nothing of it.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Seals `secret`. To unseal it, the caller must pass the same `context`, which is a name and
    /// not secret.
    ///
    /// # Errors
    /// Returns [`MasterKeyError`] if the cryptographic library fails.
    pub fn seal(&self, secret: &[u8], context: &str) -> Result<Sealed, MasterKeyError> {
        let mut text = secret.to_vec();
        let nonce = self
            .key
            .seal_in_place_append_tag(Aad::from(context.as_bytes()), &mut text)
            .map_err(|_| MasterKeyError("sealing failed".to_owned()))?;
        Ok(Sealed {
            value: [nonce.as_ref().as_slice(), &text].concat(),
            by: self.fingerprint.clone(),
        })
    }

    /// Unseals a value that [`MasterKey::seal`] made.
    ///
    /// # Errors
    /// Returns [`MasterKeyError`] if the value was sealed with another key or another context, or
    /// was altered.
    pub(super) fn open(
        &self,
        sealed: &[u8],
        context: &str,
    ) -> Result<Zeroizing<Vec<u8>>, MasterKeyError> {
        let wrong = || MasterKeyError(format!("{context} cannot be opened with this master key"));
        let (nonce, text) = sealed.split_at_checked(NONCE).ok_or_else(wrong)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| wrong())?;
        let mut text = Zeroizing::new(text.to_vec());
        let length = self
            .key
            .open_in_place(nonce, Aad::from(context.as_bytes()), &mut text)
            .map_err(|_| wrong())?
            .len();
        text.truncate(length);
        Ok(text)
    }
}

/// Makes the key's file unless it exists. If two processes race, one of them makes the file, and
/// both find it complete.
fn make(path: &Path) -> Result<(), MasterKeyError> {
    let fault = |why: std::io::Error| {
        MasterKeyError(format!(
            "cannot make the master key {}: {why}",
            path.display()
        ))
    };
    if path.exists() {
        return Ok(());
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(fault)?;
    let draft = path.with_extension(format!("{}.draft", random::Unique::next().as_str()));
    let text = Zeroizing::new(STANDARD.encode(Zeroizing::new(random::bytes::<32>())));
    let written = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&draft)
        .and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.write_all(b"\n")?;
            file.sync_all()
        })
        .and_then(|()| fs::hard_link(&draft, path))
        // The directory is synced too: the file must survive a power failure, like the values that
        // are sealed with the key.
        .and_then(|()| fs::File::open(folder)?.sync_all());
    let _ = fs::remove_file(&draft);
    match written {
        Err(why) if why.kind() != ErrorKind::AlreadyExists => Err(fault(why)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_that_may_be_made_is_made_once_and_only_for_its_owner() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/master.key");
        let source = MasterKeySource::FileOrNew(path.clone());
        assert!(MasterKey::load_existing(&source).is_err());
        let first = MasterKey::load(&source).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(
            MasterKey::load(&source).unwrap().fingerprint(),
            first.fingerprint()
        );
        assert_eq!(
            fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "no draft stays behind"
        );
    }

    #[test]
    fn hexadecimal_and_base64_are_the_same_key() {
        let hexadecimal = MasterKey::parse(&"07".repeat(32), "test").unwrap();
        let base64 = MasterKey::parse(&STANDARD.encode([7; 32]), "test").unwrap();
        assert_eq!(hexadecimal.fingerprint(), base64.fingerprint());
        for bad in ["", "short", &"zz".repeat(32), &STANDARD.encode([7; 31])] {
            assert!(MasterKey::parse(bad, "test").is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn what_is_sealed_opens_with_the_same_key_and_context_only(secret in any::<Vec<u8>>(), flip in any::<prop::sample::Index>()) {
            let key = MasterKey::from_bytes(&[1; 32]).unwrap();
            let other = MasterKey::from_bytes(&[2; 32]).unwrap();
            let sealed = key.seal(&secret, "kid").unwrap().value;
            let opened = key.open(&sealed, "kid").unwrap();
            prop_assert_eq!(opened.as_slice(), secret.as_slice());
            prop_assert!(key.open(&sealed, "another kid").is_err());
            prop_assert!(other.open(&sealed, "kid").is_err());
            let mut altered = sealed.clone();
            let place = flip.index(altered.len());
            altered[place] ^= 1;
            prop_assert!(key.open(&altered, "kid").is_err());
        }
    }
}
