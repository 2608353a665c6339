//! Parsers from a [`Value`] to a type. An error continues the sentence "KEY …": what the value is,
//! and what is accepted.

use std::{
    fmt::Display, fs::File, num::NonZeroU32, ops::RangeInclusive, path::PathBuf, time::Duration,
};

use secrecy::SecretString;

use crate::base::name::can_be_login;

use super::{
    path::{path, shown},
    value::{Value, quoted},
};

/// The typed setting, or the text of the error.
pub(super) type Parsed<T> = Result<T, String>;

/// Parses a whole number within bounds.
pub(super) fn whole<T>(bounds: RangeInclusive<T>) -> impl Fn(&Value) -> Parsed<T>
where
    T: TryFrom<i64> + PartialOrd + Display,
{
    move |value| {
        value
            .integer()
            .and_then(|number| T::try_from(number).ok())
            .filter(|number| bounds.contains(number))
            .ok_or_else(|| {
                format!(
                    "is {}; it takes a whole number from {} to {}",
                    value.shown(),
                    bounds.start(),
                    bounds.end()
                )
            })
    }
}

/// Parses a whole number from 1 to `most`.
pub(super) fn positive(most: u32) -> impl Fn(&Value) -> Parsed<NonZeroU32> {
    let whole = whole(1..=most);
    move |value| whole(value).map(|number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN))
}

/// Parses `true` or `false`.
pub(super) fn boolean(value: &Value) -> Parsed<bool> {
    match value {
        Value::Boolean(value) => Ok(*value),
        Value::Bare(text) if text.trim() == "true" => Ok(true),
        Value::Bare(text) if text.trim() == "false" => Ok(false),
        _ => Err(format!("is {}; it takes true or false", value.shown())),
    }
}

/// Parses one of a few names.
pub(super) fn choice<T: Copy>(names: &[(&str, T)]) -> impl Fn(&Value) -> Parsed<T> {
    move |value| {
        let given = value.text().unwrap_or_default();
        names
            .iter()
            .find(|(name, _)| *name == given)
            .map(|(_, choice)| *choice)
            .ok_or_else(|| {
                let names: Vec<_> = names.iter().map(|(name, _)| format!("{name:?}")).collect();
                format!("is {}; it takes {}", value.shown(), names.join(" or "))
            })
    }
}

/// Parses a duration within bounds: `"7d"`, `"1h 30m"`, `"250ms"`, or whole seconds.
pub(super) fn duration(bounds: RangeInclusive<Duration>) -> impl Fn(&Value) -> Parsed<Duration> {
    move |value| {
        let seconds = value
            .integer()
            .and_then(|seconds| u64::try_from(seconds).ok());
        let written = || humantime::parse_duration(value.text()?.trim()).ok();
        seconds.map(Duration::from_secs).or_else(written).filter(|length| bounds.contains(length)).ok_or_else(
            || {
                format!(
                    "is {}; it takes a duration from {} to {}, like \"90d\", \"5m\" or \"250ms\", or whole seconds",
                    value.shown(),
                    humantime::format_duration(*bounds.start()),
                    humantime::format_duration(*bounds.end()),
                )
            },
        )
    }
}

/// Parses a list: an array or a single string in the file, comma-separated elsewhere.
pub(super) fn list<T>(
    of: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> impl Fn(&Value) -> Parsed<Vec<T>> {
    move |value| {
        let one = |text: &str| parse(text.trim());
        let refuse = |what: String| format!("{what}; it takes {of}, one or a list");
        let holds = |text: &str| refuse(format!("holds {}", quoted(text)));
        match value {
            Value::Bare(text) if text.trim().is_empty() => Ok(Vec::new()),
            Value::Bare(text) if text.contains(',') => text
                .split(',')
                .map(|text| one(text).ok_or_else(|| holds(text)))
                .collect(),
            Value::List(values) => values
                .iter()
                .map(|value| match value {
                    Value::Text(text) => one(text).ok_or_else(|| holds(text)),
                    other => Err(refuse(format!("holds {}", other.shown()))),
                })
                .collect(),
            _ => value
                .text()
                .and_then(one)
                .map(|only| vec![only])
                .ok_or_else(|| refuse(format!("is {}", value.shown()))),
        }
    }
}

/// Parses text of 1 to `longest` characters without control characters.
pub(super) fn line(longest: usize) -> impl Fn(&Value) -> Parsed<String> {
    move |value| {
        value
            .text()
            .filter(|text| {
                (1..=longest).contains(&text.chars().count()) && !text.contains(char::is_control)
            })
            .map(str::to_owned)
            .ok_or_else(|| {
                format!(
                    "is {}; it takes text of 1 to {longest} characters, without control characters",
                    value.shown()
                )
            })
    }
}

/// Parses a text that can be the login of an organization.
pub(super) fn login(value: &Value) -> Parsed<String> {
    let text = value.text().filter(|text| can_be_login(text));
    text.map(str::to_owned).ok_or_else(|| {
        format!(
            "is {}; it takes the login of an organization: 1 to 200 characters, without white space and \
             control characters",
            value.shown()
        )
    })
}

/// Parses a secret. The error does not quote it.
pub(super) fn secret(value: &Value) -> Parsed<SecretString> {
    match value.text() {
        Some("") => Err("is empty".to_owned()),
        Some(text) => Ok(SecretString::from(text)),
        None => Err(format!("is {}; it takes text", value.kind())),
    }
}

/// Parses the path of an existing, readable file.
pub(super) fn readable_file(value: &Value) -> Parsed<PathBuf> {
    let text = value
        .text()
        .ok_or_else(|| format!("is {}; it takes the path of a file", value.kind()))?;
    let path = path(text)?;
    match File::open(&path).and_then(|file| file.metadata()) {
        Ok(metadata) if metadata.is_dir() => Err(format!(
            "names {}, a directory; it takes a file",
            shown(text)
        )),
        Ok(_) => Ok(path),
        Err(error) => Err(format!(
            "names {}, which cannot be read: {error}",
            shown(text)
        )),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn bare(text: &str) -> Value {
        Value::Bare(text.to_owned())
    }

    fn text(text: &str) -> Value {
        Value::Text(text.to_owned())
    }

    #[test]
    fn numbers_keep_to_their_bounds_and_type() {
        let port = whole(1..=65_535_u16);
        assert_eq!(port(&bare(" 80 ")), Ok(80));
        assert_eq!(port(&Value::Integer(65_535)), Ok(65_535));
        for wrong in [
            Value::Integer(0),
            Value::Integer(-1),
            Value::Integer(65_536),
            text("80"),
            bare(""),
            bare("8x"),
            bare("9223372036854775808"),
            Value::Boolean(true),
            Value::Other("a fraction"),
        ] {
            assert!(
                port(&wrong)
                    .unwrap_err()
                    .ends_with("it takes a whole number from 1 to 65535")
            );
        }
    }

    #[test]
    fn durations_are_written_or_whole_seconds() {
        let upto_week = duration(Duration::ZERO..=Duration::from_hours(168));
        for (value, expected) in [
            (text("7d"), Duration::from_hours(168)),
            (bare("250ms"), Duration::from_millis(250)),
            (bare("5m"), Duration::from_mins(5)),
            (text("1h 30m"), Duration::from_mins(90)),
            (Value::Integer(90), Duration::from_secs(90)),
            (bare("90"), Duration::from_secs(90)),
            (bare("0"), Duration::ZERO),
        ] {
            assert_eq!(upto_week(&value), Ok(expected));
        }
        for wrong in [
            text(""),
            text("soon"),
            text("-1s"),
            text("8d"),
            Value::Integer(-1),
            Value::Boolean(false),
        ] {
            assert!(upto_week(&wrong).is_err());
        }
    }

    #[test]
    fn lists_come_as_one_many_or_commas() {
        let numbers = list("numbers", |text| text.parse::<u8>().ok());
        assert_eq!(numbers(&bare("1, 2,3")), Ok(vec![1, 2, 3]));
        assert_eq!(numbers(&bare("")), Ok(vec![]));
        assert_eq!(numbers(&text("1")), Ok(vec![1]));
        assert_eq!(
            numbers(&Value::List(vec![text("1"), text("2")])),
            Ok(vec![1, 2])
        );
        for wrong in [
            bare("1,"),
            bare("1,x"),
            text("1,2"),
            text(""),
            Value::List(vec![Value::Integer(1)]),
        ] {
            assert!(numbers(&wrong).is_err());
        }
    }

    #[test]
    fn a_long_value_is_cut_in_the_fault() {
        let error = boolean(&bare(&"é".repeat(10_000))).unwrap_err();
        assert!(error.chars().count() < 120, "{error}");
    }
}
