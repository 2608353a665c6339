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

/// The length of an instant as text.
const TEXT: usize = "2025-12-31T23:59:59Z".len();

/// The seconds of the years 1970 to 9999, whose instants have [`TEXT`] characters.
const USUAL: std::ops::RangeInclusive<i64> = 0..=*YEARS.end();

impl Timestamp {
    /// Appends this instant as RFC 3339 in UTC with `Z`, in whole seconds.
    pub fn append_to(self, text: &mut Vec<u8>) {
        if let Some(usual) = self.usual_text() {
            text.extend_from_slice(&usual);
        } else {
            text.extend_from_slice(self.to_string().as_bytes());
        }
    }

    /// Formats an instant of the years 1970 to 9999, with less work than chrono.
    fn usual_text(self) -> Option<[u8; TEXT]> {
        let seconds = self.as_seconds();
        if !USUAL.contains(&seconds) {
            return None;
        }
        let (days, second) = (u32::try_from(seconds / 86_400).ok()?, seconds % 86_400);
        // Years begin in March here, so that a leap day is the last day of its year. 400 such years
        // have 146,097 days; 719,468 days lie between 0000-03-01 and 1970-01-01.
        let day = days + 719_468;
        let (era, of_era) = (day / 146_097, day % 146_097);
        let of_era_year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * of_era_year + of_era_year / 4 - of_era_year / 100);
        // Five months have 153 days, from March on.
        let from_march = (5 * of_year + 2) / 153;
        let day_of_month = of_year - (153 * from_march + 2) / 5 + 1;
        let month = (from_march + 2) % 12 + 1;
        let year = era * 400 + of_era_year + u32::from(month <= 2);
        let second = u32::try_from(second).ok()?;
        let (hour, minute) = (second / 3_600, second / 60 % 60);
        let mut text = *b"0000-00-00T00:00:00Z";
        let parts = [
            (0, year / 100),
            (2, year % 100),
            (5, month),
            (8, day_of_month),
            (11, hour),
            (14, minute),
            (17, second % 60),
        ];
        for (place, value) in parts {
            text.get_mut(place..place + 2)?
                .copy_from_slice(&two_digits(value));
        }
        Some(text)
    }
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "a remainder of ten fits into a byte"
)]
const fn two_digits(value: u32) -> [u8; 2] {
    [b'0' + (value / 10 % 10) as u8, b'0' + (value % 10) as u8]
}

impl fmt::Display for Timestamp {
    /// Formats as RFC 3339 in UTC with `Z`, in whole seconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(text) = self.usual_text() {
            return f.write_str(str::from_utf8(&text).unwrap_or_default());
        }
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

    fn by_chrono(at: Timestamp) -> String {
        let at = DateTime::<Utc>::from_timestamp(at.as_seconds(), 0).unwrap();
        at.to_rfc3339_opts(SecondsFormat::Secs, true)
    }

    #[test]
    fn every_day_of_400_years_and_the_last_is_written_as_chrono_writes_it() {
        for day in (0..146_098).chain([2_932_895, 2_932_896]) {
            let at = Timestamp::from_seconds(day * 86_400 + day % 86_400);
            assert_eq!(at.to_string(), by_chrono(at));
        }
    }

    proptest! {
        #[test]
        fn any_instant_is_written_as_chrono_writes_it(seconds in YEARS) {
            let at = Timestamp::from_seconds(seconds);
            prop_assert_eq!(at.to_string(), by_chrono(at));
            let mut text = b"at ".to_vec();
            at.append_to(&mut text);
            prop_assert_eq!(String::from_utf8(text).unwrap(), format!("at {at}"));
        }

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
