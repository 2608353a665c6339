//! SHA-256 of a secret that this service drew: the only form in which the database holds it.

use std::fmt;

use aws_lc_rs::{constant_time, digest};

/// The SHA-256 of a code, token, cookie or secret. That suffices for a text that was drawn at
/// random; passwords, which people choose, are hashed with bcrypt.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// Returns the digest of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let digest = digest::digest(&digest::SHA256, text.as_bytes());
        Self(digest.as_ref().try_into().unwrap_or_default())
    }

    /// Whether both are the same, in a time that does not depend on where they differ.
    #[must_use]
    pub fn equals(&self, other: &Self) -> bool {
        constant_time::verify_slices_are_equal(&self.0, &other.0).is_ok()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_sha_256_and_shows_nothing() {
        let digest = Digest::of("abc");
        assert_eq!(&digest.0[..4], &[0xba, 0x78, 0x16, 0xbf]);
        assert_eq!(format!("{digest:?}"), "Digest(…)");
        assert!(digest.equals(&Digest::of("abc")) && !digest.equals(&Digest::of("abd")));
    }
}
