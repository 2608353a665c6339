//! Owns randomness: the operating system's generator, through aws-lc.

use std::cell::Cell;

/// Returns `N` unpredictable bytes.
///
/// # Panics
/// Panics if the machine has no random source, because no safe token or key could be made.
#[must_use]
#[allow(
    clippy::expect_used,
    reason = "without randomness no token may be made"
)]
#[allow(clippy::disallowed_methods, reason = "the one owner of randomness")]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    aws_lc_rs::rand::fill(&mut out).expect("the operating system's random source failed");
    out
}

/// The digits of base62.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Returns a digit of base62: `0` to `9`, `A` to `Z`, `a` to `z`. `value` is taken modulo 62.
#[must_use]
pub fn base62(value: usize) -> char {
    let digit = BASE62.get(value % BASE62.len());
    digit.copied().map_or('0', char::from)
}

/// Appends `count` digits of base62 that were drawn, each with the same probability.
pub fn push_base62(text: &mut String, count: usize) {
    let mut missing = count;
    while missing > 0 {
        // 248 is the largest multiple of 62 in a byte: of the rest some digits would be drawn more
        // often than others.
        let drawn = bytes::<64>().into_iter().filter(|byte| *byte < 248);
        for byte in drawn.take(missing) {
            text.push(base62(usize::from(byte)));
            missing -= 1;
        }
    }
}

/// 32 hexadecimal digits in lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Unique([u8; 32]);

impl Unique {
    /// Returns a text that is unique but not secret, for request ids: a counter for each thread
    /// with a random start. It takes no lock and no memory.
    #[must_use]
    pub fn next() -> Self {
        thread_local! {
            static NEXT: Cell<u128> = Cell::new(u128::from_be_bytes(bytes()));
        }
        let next = NEXT.get();
        NEXT.set(next.wrapping_add(1));
        let mut digits = [b'0'; 32];
        for (pair, byte) in digits
            .as_chunks_mut::<2>()
            .0
            .iter_mut()
            .zip(next.to_be_bytes())
        {
            *pair = [hexadecimal(byte >> 4), hexadecimal(byte & 15)];
        }
        Self(digits)
    }

    /// Returns the digits as bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Returns the digit of a value below 16. Without a table or a branch, so that many are made at
/// once.
const fn hexadecimal(value: u8) -> u8 {
    let letter = (value > 9) as u8;
    value + b'0' + letter * (b'a' - b'0' - 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_base62_are_drawn_evenly() {
        let mut text = String::new();
        push_base62(&mut text, 62_000);
        assert_eq!(text.len(), 62_000);
        for value in 0..62 {
            let digit = base62(value);
            let times = text.chars().filter(|drawn| *drawn == digit).count();
            // 1,000 are expected; the standard deviation is 31.
            assert!((700..1_300).contains(&times), "{digit}: {times}");
        }
    }

    #[test]
    fn a_unique_text_is_32_hexadecimal_digits_and_never_the_same() {
        let texts: std::collections::HashSet<_> = (0..1_000)
            .map(|_| Unique::next().as_str().to_owned())
            .collect();
        assert_eq!(texts.len(), 1_000);
        let plain = |text: &String| {
            text.len() == 32
                && text
                    .bytes()
                    .all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase())
        };
        assert!(texts.iter().all(plain));
    }
}
