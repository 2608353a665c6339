//! Instants: microseconds in memory and in the database, RFC 3339 text in the API.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

const MICROS: i64 = 1_000_000;

/// The range of seconds that RFC 3339 can express (years 0000 to 9999). With an offset, a text can
/// name an instant outside of it in UTC.
const YEARS: std::ops::RangeInclusive<i64> = -62_167_219_200..=253_402_300_799;

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub(crate) i64);

impl Timestamp {
    /// The earliest instant.
    pub const MIN: Self = Self(i64::MIN);

    /// The latest instant.
    pub const MAX: Self = Self(i64::MAX);

    /// Returns the instant this many microseconds after the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Returns the instant this many seconds after the epoch (a `NumericDate`, RFC 7519, 2).
    /// Saturates.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(MICROS))
    }

    /// Returns the microseconds since the epoch.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Returns the whole seconds since the epoch, rounded down.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(MICROS)
    }

    /// Returns this instant rounded down to a whole second.
    #[must_use]
    pub const fn whole_second(self) -> Self {
        Self::from_seconds(self.as_seconds())
    }

    /// Returns the instant `span` later. Saturates.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)),
        )
    }

    /// Returns the instant `span` earlier. Saturates.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)),
        )
    }

    /// Parses an RFC 3339 instant. An offset is required. Up to 9 digits of fraction are allowed
    /// and dropped. A leap second counts as the second before it.
    ///
    /// # Errors
    /// Returns a text that says what is wrong with the value, for the person who wrote it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const SHAPE: &str =
            "must be an RFC 3339 instant with an offset, such as 2025-12-31T23:59:59Z";
        if text.len() > 40 {
            return Err(SHAPE);
        }
        let fraction = text.split_once('.').map_or("", |(_, rest)| rest);
        if fraction.bytes().take_while(u8::is_ascii_digit).count() > 9 {
            return Err("must have at most 9 digits of fraction");
        }
        let at = DateTime::parse_from_rfc3339(text).map_err(|_| SHAPE)?;
        if YEARS.contains(&at.timestamp()) {
            Ok(Self::from_seconds(at.timestamp()))
        } else {
            Err("must be within the years 0000 to 9999 in UTC")
        }
    }
}

impl fmt::Display for Timestamp {
    /// Formats as RFC 3339 in UTC with `Z`, in whole seconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = DateTime::<Utc>::from_timestamp(self.as_seconds(), 0)
            .unwrap_or(DateTime::<Utc>::MAX_UTC);
        f.write_str(&at.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl PartialSchema for Timestamp {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(format))
            .into()
    }
}

impl ToSchema for Timestamp {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_the_guides_clients_send() {
        let at = Timestamp::from_seconds(1_767_225_599);
        for text in [
            "2025-12-31T23:59:59Z",
            "2025-12-31T23:59:59.147Z",
            "2025-12-31T23:59:59.123456Z",
            "2025-12-31T23:59:59.123456789Z",
            "2026-01-01T06:59:59+07:00",
            "2025-12-31T23:59:60Z",
        ] {
            assert_eq!(Timestamp::parse(text), Ok(at), "{text}");
        }
        assert_eq!(at.to_string(), "2025-12-31T23:59:59Z");
    }

    #[test]
    fn refuses_what_has_no_single_meaning() {
        for text in [
            "",
            "2025-12-31T23:59:59",
            "2025-12-31",
            "2025-02-30T00:00:00Z",
            "2025-12-31T23:59:59.1234567890Z",
            "1767225599",
            "2025-12-31T24:00:00Z",
            "9999-12-31T23:59:59-00:01",
            "0000-01-01T00:00:00+00:01",
            "tomorrow",
        ] {
            assert!(Timestamp::parse(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(seconds in -60_000_000_000_i64..250_000_000_000) {
            let at = Timestamp::from_seconds(seconds);
            prop_assert_eq!(Timestamp::parse(&at.to_string()), Ok(at));
        }

        #[test]
        fn any_text_is_answered_without_a_panic(text in "\\PC{0,60}") {
            let _ = Timestamp::parse(&text);
        }
    }
}
