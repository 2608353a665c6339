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

/// Returns a text that is unique but not secret, for request ids: a counter for each thread with a
/// random start. It takes no lock.
#[must_use]
pub fn unique() -> String {
    thread_local! {
        static NEXT: Cell<u128> = Cell::new(u128::from_be_bytes(bytes()));
    }
    let next = NEXT.get();
    NEXT.set(next.wrapping_add(1));
    let mut text = String::with_capacity(32);
    for byte in next.to_be_bytes() {
        text.extend(char::from_digit(u32::from(byte >> 4), 16));
        text.extend(char::from_digit(u32::from(byte & 15), 16));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unique_text_is_32_hexadecimal_digits_and_never_the_same() {
        let texts: std::collections::HashSet<_> = (0..1_000).map(|_| unique()).collect();
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
