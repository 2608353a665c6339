//! Nonces that this service provides (RFC 9449, sections 8 and 9). They are stateless: a nonce is
//! the number of a window of time, and its MAC under a key that follows from the master key. So every
//! node accepts the nonces of all others.

use std::fmt;

use aws_lc_rs::{constant_time, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::ProofError;
use crate::base::Timestamp;
use crate::seal::MasterKeys;

/// The length of a window (seconds). A nonce is accepted in its own window, in the one after it, and
/// in the one before it, because the clocks of two nodes may differ.
const WINDOW: i64 = 120;

/// The bytes of the number and of the MAC.
const NUMBER: usize = 8;
const MAC: usize = 16;

/// What the key is derived for.
const PURPOSE: &str = "dpop nonce";

/// A nonce.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Nonce([u8; NUMBER + MAC]);

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Nonce({self})")
    }
}

/// Makes nonces, and recognizes them.
#[derive(Debug)]
pub struct Nonces {
    current: hmac::Key,
    /// Of the previous master keys. While the master key is being changed, some nodes have only the
    /// previous one. Such a node does not know the nonces of the others; its answer contains one of
    /// its own.
    previous: Vec<hmac::Key>,
}

impl Nonces {
    /// Returns the nonces of these master keys.
    #[must_use]
    pub fn of(masters: &MasterKeys) -> Self {
        let key = |bytes: [u8; 32]| hmac::Key::new(hmac::HMAC_SHA256, &bytes);
        let (current, previous) = masters.derive(PURPOSE);
        Self {
            current: key(current),
            previous: previous.into_iter().map(key).collect(),
        }
    }

    /// Returns the nonce of an instant.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> Nonce {
        nonce(&self.current, window(now))
    }

    /// Checks the nonce of a proof.
    ///
    /// # Errors
    /// Returns [`ProofError::Nonce`], with the present nonce, if there is none, or if it is too old or
    /// not of this service.
    pub fn check(&self, nonce: Option<&str>, now: Timestamp) -> Result<(), ProofError> {
        let known = nonce.is_some_and(|text| self.knows(text, now));
        if known {
            Ok(())
        } else {
            Err(ProofError::Nonce(self.at(now)))
        }
    }

    fn knows(&self, text: &str, now: Timestamp) -> bool {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        let Some(given) = bytes.and_then(|bytes| <[u8; NUMBER + MAC]>::try_from(bytes).ok()) else {
            return false;
        };
        let number = given.first_chunk().copied().map(i64::from_be_bytes);
        let fresh = |number: &i64| number.abs_diff(window(now)) <= 1;
        let Some(number) = number.filter(fresh) else {
            return false;
        };
        std::iter::once(&self.current)
            .chain(&self.previous)
            .any(|key| {
                constant_time::verify_slices_are_equal(&nonce(key, number).0, &given).is_ok()
            })
    }
}

const fn window(now: Timestamp) -> i64 {
    now.as_seconds().div_euclid(WINDOW)
}

fn nonce(key: &hmac::Key, window: i64) -> Nonce {
    let number = window.to_be_bytes();
    let mac = hmac::sign(key, &number);
    let mut bytes = [0; NUMBER + MAC];
    for (byte, from) in bytes.iter_mut().zip(number.iter().chain(mac.as_ref())) {
        *byte = *from;
    }
    Nonce(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const NOW: Timestamp = Timestamp::from_seconds(1_000_000_000);

    fn nonces(bytes: &[u8]) -> Nonces {
        Nonces::of(&MasterKeys::of_bytes(bytes))
    }

    #[test]
    fn a_nonce_is_accepted_for_minutes_by_every_node() {
        let (one, two) = (nonces(&[1]), nonces(&[1]));
        let nonce = one.at(NOW).to_string();
        for seconds in [0, 60, 120] {
            let later = NOW.plus(Duration::from_secs(seconds));
            assert_eq!(two.check(Some(&nonce), later), Ok(()), "{seconds}");
        }
        let late = NOW.plus(Duration::from_mins(4));
        assert_eq!(
            two.check(Some(&nonce), late),
            Err(ProofError::Nonce(one.at(late)))
        );
        for bad in [
            None,
            Some(""),
            Some("x"),
            Some(&nonce[1..]),
            Some(&*nonces(&[2]).at(NOW).to_string()),
        ] {
            assert_eq!(
                one.check(bad, NOW),
                Err(ProofError::Nonce(one.at(NOW))),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn a_node_with_the_next_master_key_accepts_nonces_of_the_present_one() {
        let old = nonces(&[1]).at(NOW).to_string();
        assert_eq!(nonces(&[2, 1]).check(Some(&old), NOW), Ok(()));
        assert!(nonces(&[2]).check(Some(&old), NOW).is_err());
    }
}
