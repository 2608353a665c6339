//! The text of an API key: a prefix, 32 characters that were drawn, and a checksum. A text with a
//! wrong form or checksum is no key, which needs no look-up, and a scanner of source code has next
//! to no false hits (guide 000 has 38 characters after the prefix, guide 004 the prefix
//! `sk_live_`).

use std::fmt;

use zeroize::Zeroizing;

use super::{Environment, Prefix};
use crate::base::{Digest, random};

/// What a key looks like, for scanners of source code. `hs` begins the secret of signed requests.
pub const PATTERN: &str = r"\b(?:ak|sk|hs)_(?:live|test)_[0-9A-Za-z]{38}\b";

/// What the secret of signed requests begins with.
pub(super) const SIGNING: &str = "hs";

/// How many characters are drawn: 190 bits.
const DRAWN: usize = 32;

/// How many characters the checksum has.
const CHECKSUM: usize = 6;

/// How many characters after the prefix a record shows.
const SHOWN: usize = 4;

/// How many characters a prefix has: `ak_live_`.
const PREFIX: usize = 8;

/// The text of a key, at the one moment it is shown.
pub struct KeyText(Zeroizing<String>);

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyText(***)")
    }
}

impl KeyText {
    /// Draws a new key.
    #[must_use]
    pub fn draw(prefix: Prefix, environment: Environment) -> Self {
        Self(draw(prefix.as_str(), environment))
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

    /// Returns what a record shows of its beginning: the prefix and four characters.
    #[must_use]
    pub fn start(&self) -> &str {
        self.0.get(..PREFIX + SHOWN).unwrap_or_default()
    }

    /// Returns what a record shows of its end: the last four characters, which are of the checksum.
    #[must_use]
    pub fn end(&self) -> &str {
        self.0.get(self.0.len() - SHOWN..).unwrap_or_default()
    }
}

/// Draws a text of the form of a key.
pub(super) fn draw(prefix: &str, environment: Environment) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(PREFIX + DRAWN + CHECKSUM));
    text.push_str(prefix);
    text.push('_');
    text.push_str(environment.as_str());
    text.push('_');
    random::push_base62(&mut text, DRAWN);
    let sum = checksum(&text);
    text.push_str(&sum);
    text
}

/// Whether a text begins as a key does. A credential that begins so is read as a key.
#[must_use]
pub fn begins_as_key(text: &str) -> bool {
    let after = |prefix: &Prefix| {
        let rest = text.strip_prefix(prefix.as_str())?;
        rest.strip_prefix('_')
    };
    Prefix::ALL.iter().any(|prefix| after(prefix).is_some())
}

/// Returns the environment of a text that has the form of a key, with the right checksum. `None` if
/// it can be no key.
#[must_use]
pub fn environment(text: &str) -> Option<Environment> {
    let (prefix, environment) = whole(text)?;
    prefix.parse::<Prefix>().ok().map(|_| environment)
}

/// Whether a text has the form of a signing secret, with the right checksum.
#[must_use]
pub fn is_signing_secret(text: &str) -> bool {
    whole(text).is_some_and(|(prefix, _)| prefix == SIGNING)
}

/// Returns prefix and environment of a text of the right form, with the right checksum.
fn whole(text: &str) -> Option<(&str, Environment)> {
    let mut parts = text.splitn(3, '_');
    let prefix = parts.next()?;
    let environment = parts.next()?.parse().ok()?;
    is_whole(text, parts.next()?).then_some((prefix, environment))
}

/// Whether `drawn`, the end of `text`, has the right length, characters and checksum.
fn is_whole(text: &str, drawn: &str) -> bool {
    drawn.len() == DRAWN + CHECKSUM
        && drawn.bytes().all(|byte| byte.is_ascii_alphanumeric())
        && text
            .split_at_checked(text.len() - CHECKSUM)
            .is_some_and(|(covered, sum)| checksum(covered) == sum)
}

/// Returns the CRC-32 (that of zlib) of a text in base62, the most significant digit first, padded
/// with `0`.
fn checksum(text: &str) -> String {
    let mut sum = crc32fast::hash(text.as_bytes());
    let base = 62;
    let mut digits: Vec<char> = (0..CHECKSUM)
        .map(|_| {
            let digit = random::base62((sum % base) as usize);
            sum /= base;
            digit
        })
        .collect();
    digits.reverse();
    digits.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_is_a_prefix_and_38_characters() {
        for (prefix, environment, begins) in [
            (Prefix::Ak, Environment::Live, "ak_live_"),
            (Prefix::Sk, Environment::Test, "sk_test_"),
        ] {
            let key = KeyText::draw(prefix, environment);
            let text = key.text();
            assert_eq!(text.len(), 46);
            assert!(text.starts_with(begins) && text.starts_with(key.start()));
            assert!(text.ends_with(key.end()) && key.end().len() == 4 && key.start().len() == 12);
            assert_eq!(super::environment(text), Some(environment));
            assert!(begins_as_key(text));
        }
        assert_eq!(
            format!("{:?}", KeyText::draw(Prefix::Ak, Environment::Live)),
            "KeyText(***)"
        );
    }

    /// The checksums were computed with another implementation (Python's `zlib.crc32`).
    #[test]
    fn the_checksum_is_that_of_zlib_in_base62() {
        let zeros = format!("ak_live_{}", "0".repeat(32));
        assert_eq!(checksum(&zeros), "4YzvZp");
        let abc = "sk_test_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef";
        assert_eq!(checksum(abc), "2tnurG");
    }

    #[test]
    fn what_is_no_key() {
        let key = KeyText::draw(Prefix::Ak, Environment::Live);
        let text = key.text();
        let (all, last) = text.split_at(45);
        let other = if last == "a" { "b" } else { "a" };
        for bad in [
            "",
            "ak_live_",
            "ak_live",
            all,
            &format!("{text}0"),
            &format!("{all}{other}"),
            &text.replacen("ak", "AK", 1),
            &text.replacen("ak", "hs", 1),
            &text.replacen("live", "test", 1),
            &text.replacen("live", "prod", 1),
            &format!(" {text}"),
        ] {
            assert_eq!(environment(bad), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text in "\\PC{0,60}") {
            let _ = (environment(&text), begins_as_key(&text));
        }

        /// One changed character, whichever it is, makes it no key.
        #[test]
        fn a_changed_character_is_found(place in 8usize..46, other in "[0-9A-Za-z]") {
            let key = KeyText::draw(Prefix::Ak, Environment::Live);
            let mut text = key.text().to_owned();
            text.replace_range(place..=place, &other);
            prop_assert_eq!(environment(&text).is_some(), text == key.text());
        }
    }
}
