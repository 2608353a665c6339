//! Instants in claims.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use crate::base::Timestamp;

/// The largest number of seconds that is read: the year 9999.
const LATEST: i64 = 253_402_300_799;

/// An instant as JWTs have it: seconds since 1970, which may have a fraction (RFC 7519, section 2,
/// `NumericDate`). The fraction is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seconds(i64);

impl Seconds {
    /// Returns the instant.
    #[must_use]
    pub const fn at(self) -> Timestamp {
        Timestamp::from_seconds(self.0)
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Number)
    }
}

struct Number;

impl Visitor<'_> for Number {
    type Value = Seconds;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("seconds since 1970")
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<Seconds, E> {
        if (0..=LATEST).contains(&seconds) {
            Ok(Seconds(seconds))
        } else {
            Err(E::custom("out of range"))
        }
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<Seconds, E> {
        self.visit_i64(i64::try_from(seconds).unwrap_or(i64::MAX))
    }

    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "the number is in the range that a double holds exactly"
    )]
    fn visit_f64<E: Error>(self, seconds: f64) -> Result<Seconds, E> {
        if (0.0..=LATEST as f64).contains(&seconds) {
            Ok(Seconds(seconds as i64))
        } else {
            Err(E::custom("out of range"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_and_fractions() {
        let read = |text: &str| serde_json::from_str::<Seconds>(text).ok();
        assert_eq!(read("1000"), Some(Seconds(1_000)));
        assert_eq!(read("1000.9"), Some(Seconds(1_000)));
        assert_eq!(read("1e3"), Some(Seconds(1_000)));
        for bad in [
            "-1",
            "-0.5",
            "1e300",
            "\"1000\"",
            "null",
            "[1]",
            "99999999999999999999",
            "253402300800",
        ] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
