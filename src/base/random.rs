//! The one owner of randomness: the operating system's generator, through aws-lc.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// `N` bytes nobody can predict.
///
/// # Panics
/// When the machine has no random source: nothing safe can be issued then.
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

/// A text that is unique but no secret: a random start per process and a counter. For request ids.
#[must_use]
pub fn unique() -> String {
    static START: OnceLock<u64> = OnceLock::new();
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let start = START.get_or_init(|| u64::from_be_bytes(bytes()));
    format!("{start:016x}{:08x}", NEXT.fetch_add(1, Ordering::Relaxed))
}
