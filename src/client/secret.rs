//! Secrets of clients. A secret is shown once and stored as SHA-256, which suffices because it was
//! drawn at random. At most two are valid: a rotation leaves the older one for a grace, in which
//! clients that still have it can change over.

use std::fmt;
use std::time::Duration;

use serde_json::json;
use zeroize::Zeroizing;

use crate::base::{Digest, Timestamp, random, version_of};

/// How many characters a secret has: 43 of 62 signs are 256 bits.
const LENGTH: usize = 43;

/// How long the older secret stays valid after a rotation, unless said otherwise: 7 days.
pub const GRACE: Duration = Duration::from_hours(7 * 24);

/// The text of a secret, at the one moment it is shown. Letters and digits only: form encoding
/// changes none of them, so clients that forget to encode their Basic credential work as well.
pub struct ClientSecret(Zeroizing<String>);

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(***)")
    }
}

impl ClientSecret {
    /// Returns a new secret.
    #[must_use]
    pub fn generate() -> Self {
        let mut text = Zeroizing::new(String::with_capacity(LENGTH));
        random::push_base62(&mut text, LENGTH);
        Self(text)
    }

    /// Returns the text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Returns what is stored of it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0)
    }
}

/// A secret as it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredSecret {
    /// Its digest.
    pub digest: Digest,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends; `None` for the newer one.
    pub expires_at: Option<Timestamp>,
    /// When a client last proved itself with it, as far as that was written down.
    pub last_used_at: Option<Timestamp>,
}

/// The secrets of one client: the present one, and for a grace the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Secrets {
    /// The newer one; `None` if the client has no secret at all, or is not there.
    pub current: Option<StoredSecret>,
    /// The older one.
    pub previous: Option<StoredSecret>,
}

/// Which of two secrets was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhichSecret {
    /// The newer one.
    Current,
    /// The older one, within its grace.
    Previous,
}

impl Secrets {
    /// Returns the secrets of a client that was just made.
    #[must_use]
    pub const fn first(digest: Digest, now: Timestamp) -> Self {
        Self {
            current: Some(StoredSecret {
                digest,
                created_at: now,
                expires_at: None,
                last_used_at: None,
            }),
            previous: None,
        }
    }

    /// Adds a secret that was read, the newest first. Of those that end, the newest one is kept.
    pub(super) fn add(&mut self, stored: StoredSecret) {
        if stored.expires_at.is_none() {
            self.current = Some(stored);
        } else if self.previous.is_none() {
            self.previous = Some(stored);
        }
    }

    /// Returns the secrets after a rotation: the new one, and the present one until `grace` is
    /// over. The one before that ends at once. With a grace of 0 the new one alone is left.
    #[must_use]
    pub fn rotate(self, digest: Digest, now: Timestamp, grace: Duration) -> Self {
        let older = self.current.filter(|_| !grace.is_zero());
        Self {
            previous: older.map(|secret| StoredSecret {
                expires_at: Some(now.plus(grace)),
                ..secret
            }),
            ..Self::first(digest, now)
        }
    }

    /// Returns which secret a text is; `None` if it is none that is valid at `now`. The same work
    /// is done for a client that has two secrets, one or none, so that the time does not show
    /// which clients there are.
    #[must_use]
    pub fn accept(&self, text: &str, now: Timestamp) -> Option<WhichSecret> {
        const NOBODYS: Digest = Digest([0; 32]);
        let presented = Digest::of(text);
        let is = |secret: Option<&StoredSecret>| {
            let equal = presented.equals(secret.map_or(&NOBODYS, |secret| &secret.digest));
            let valid = secret.is_some_and(|secret| secret.expires_at.is_none_or(|end| now < end));
            equal && valid
        };
        let (current, previous) = (is(self.current.as_ref()), is(self.previous.as_ref()));
        match (current, previous) {
            (true, _) => Some(WhichSecret::Current),
            (false, true) => Some(WhichSecret::Previous),
            (false, false) => None,
        }
    }

    /// Returns the version of the secrets. It changes when one is added or removed, not when one is
    /// used.
    #[must_use]
    pub fn version(&self) -> String {
        let digest = |secret: Option<StoredSecret>| secret.map(|secret| secret.digest.0);
        version_of(&json!([digest(self.current), digest(self.previous)]))
    }

    /// Returns the older one, if it is valid at `now`.
    #[must_use]
    pub fn older(&self, now: Timestamp) -> Option<&StoredSecret> {
        let older = self.previous.as_ref();
        older.filter(|secret| secret.expires_at.is_none_or(|end| now < end))
    }

    /// Returns those that are valid at `now`, the newer one first: what the API shows.
    pub fn valid(&self, now: Timestamp) -> impl Iterator<Item = &StoredSecret> {
        let all = self.current.iter().chain(&self.previous);
        all.filter(move |secret| secret.expires_at.is_none_or(|end| now < end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: Timestamp = Timestamp::from_seconds(1_000);

    #[test]
    fn a_secret_has_signs_that_no_encoding_changes() {
        let texts: std::collections::HashSet<_> = (0..100)
            .map(|_| ClientSecret::generate().text().to_owned())
            .collect();
        assert_eq!(texts.len(), 100);
        for text in texts {
            assert!(text.len() >= 40 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        }
        assert_eq!(
            format!("{:?}", ClientSecret::generate()),
            "ClientSecret(***)"
        );
    }

    #[test]
    fn two_are_valid_and_the_older_one_ends_after_the_grace() {
        let digest = Digest::of;
        let one = Secrets::first(digest("one"), NOW);
        assert_eq!(one.accept("one", NOW), Some(WhichSecret::Current));
        let two = one.rotate(digest("two"), NOW, GRACE);
        let end = NOW.plus(GRACE);
        assert_eq!(two.accept("two", end), Some(WhichSecret::Current));
        assert_eq!(
            two.accept("one", end.minus(Duration::from_micros(1))),
            Some(WhichSecret::Previous)
        );
        assert_eq!(two.accept("one", end), None);
        assert_eq!((two.valid(NOW).count(), two.valid(end).count()), (2, 1));
        // Again: the oldest ends at once.
        let three = two.rotate(digest("three"), NOW, GRACE);
        assert_eq!(three.accept("one", NOW), None);
        assert_eq!(three.accept("two", NOW), Some(WhichSecret::Previous));
        // Without a grace: the older one ends at once.
        assert_eq!(
            three
                .rotate(digest("four"), NOW, Duration::ZERO)
                .valid(NOW)
                .count(),
            1
        );
    }

    #[test]
    fn a_client_without_secrets_accepts_nothing() {
        for text in ["", "one", "\0"] {
            assert_eq!(Secrets::default().accept(text, NOW), None);
        }
    }

    proptest! {
        #[test]
        fn only_the_last_two_ever_count(
            steps in prop::collection::vec((0u64..100, 0u64..100), 1..12),
        ) {
            let mut secrets = Secrets::first(Digest::of("0"), NOW);
            let mut now = NOW;
            for (made, (passed, grace)) in (1..).zip(steps) {
                now = now.plus(Duration::from_secs(passed));
                secrets = secrets.rotate(Digest::of(&made.to_string()), now, Duration::from_secs(grace));
                for text in 0..=made {
                    let found = secrets.accept(&text.to_string(), now);
                    let expected = if text == made {
                        Some(WhichSecret::Current)
                    } else if text + 1 == made && grace > 0 {
                        Some(WhichSecret::Previous)
                    } else {
                        None
                    };
                    prop_assert_eq!(found, expected);
                }
                prop_assert_eq!(secrets.accept(&(made - 1).to_string(), now.plus(Duration::from_secs(grace))), None);
            }
        }
    }
}
