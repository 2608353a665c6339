//! How instants and sizes are shown to people.

use std::time::Duration;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::base::Timestamp;
use crate::page::{Language, Value};

/// An instant, for machines and for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instant {
    /// RFC 3339 in UTC.
    pub(crate) utc: String,
    /// In the person's zone, with its offset; or how long ago it was.
    pub(crate) shown: String,
}

/// Returns an instant in a zone, as `2030-01-21 14:33:07 +07:00`.
pub(crate) fn local(at: Timestamp, zone: Tz) -> String {
    let utc = DateTime::<Utc>::from_timestamp(at.as_seconds(), 0).unwrap_or_default();
    utc.with_timezone(&zone)
        .format("%Y-%m-%d %H:%M:%S %:z")
        .to_string()
}

/// Returns an instant in a zone, as `14:33:07`.
pub(crate) fn time_of_day(at: Timestamp, zone: Tz) -> String {
    let utc = DateTime::<Utc>::from_timestamp(at.as_seconds(), 0).unwrap_or_default();
    utc.with_timezone(&zone).format("%H:%M:%S").to_string()
}

/// Returns an instant in a zone, as `14:33`.
pub(crate) fn hour_and_minute(at: Timestamp, zone: Tz) -> String {
    let utc = DateTime::<Utc>::from_timestamp(at.as_seconds(), 0).unwrap_or_default();
    utc.with_timezone(&zone).format("%H:%M").to_string()
}

/// Returns the day of an instant in UTC, as `2030-01-21`.
pub(crate) fn day(at: Timestamp) -> String {
    let utc = DateTime::<Utc>::from_timestamp(at.as_seconds(), 0).unwrap_or_default();
    utc.format("%Y-%m-%d").to_string()
}

/// Returns how long ago an instant was, or in how long it will be.
pub(crate) fn relative(at: Timestamp, now: Timestamp, language: Language) -> String {
    let seconds = at.as_seconds() - now.as_seconds();
    let away = seconds.unsigned_abs();
    let (unit, count) = match away {
        0..60 => return language.text("instant-now"),
        60..3_600 => ("minutes", away / 60),
        3_600..86_400 => ("hours", away / 3_600),
        _ => ("days", away / 86_400),
    };
    let id = match (seconds < 0, unit) {
        (true, "minutes") => "ago-minutes",
        (true, "hours") => "ago-hours",
        (true, _) => "ago-days",
        (false, "minutes") => "in-minutes",
        (false, "hours") => "in-hours",
        (false, _) => "in-days",
    };
    language.count(id, i64::try_from(count).unwrap_or(i64::MAX))
}

/// Returns a span as people say it: in the largest unit that is a whole number.
pub(crate) fn span(span: Duration, language: Language) -> String {
    let seconds = i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
    let (id, count) = match seconds {
        seconds if seconds >= 86_400 && seconds % 86_400 == 0 => ("span-days", seconds / 86_400),
        seconds if seconds >= 3_600 && seconds % 3_600 == 0 => ("span-hours", seconds / 3_600),
        seconds if seconds >= 60 && seconds % 60 == 0 => ("span-minutes", seconds / 60),
        seconds => ("span-seconds", seconds),
    };
    language.text_with(id, &[("count", Value::Count(count))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_shown_with_its_offset() {
        let at = Timestamp::from_seconds(1_895_211_187);
        assert_eq!(local(at, Tz::UTC), "2030-01-21 07:33:07 +00:00");
        assert_eq!(
            local(at, Tz::Asia__Ho_Chi_Minh),
            "2030-01-21 14:33:07 +07:00"
        );
        assert_eq!(time_of_day(at, Tz::Asia__Ho_Chi_Minh), "14:33:07");
    }

    #[test]
    fn an_instant_is_so_long_ago_or_ahead() {
        let now = Timestamp::from_seconds(1_000_000);
        let shown = |seconds: i64| {
            relative(
                Timestamp::from_seconds(1_000_000 + seconds),
                now,
                Language::English,
            )
        };
        assert_eq!(shown(-59), "just now");
        assert_eq!(shown(-60), "1 minute ago");
        assert_eq!(shown(-7_300), "2 hours ago");
        assert_eq!(shown(-864_000), "10 days ago");
        assert_eq!(shown(3_600), "in 1 hour");
        assert_eq!(span(Duration::from_hours(8), Language::English), "8 hours");
        assert_eq!(
            span(Duration::from_secs(61), Language::English),
            "61 seconds"
        );
    }
}
