//! Checks one member of a registration. Each function names the member in its error.

use std::fmt;
use std::str::FromStr;

use super::RegistrationError;
use crate::base::name::is_name;
use crate::client::RedirectUri;
use crate::client::redirect_uri::Registrant;

/// The most redirect URIs, scopes or resources of a client.
const MOST: usize = 100;

pub(super) type Checked<T> = Result<T, RegistrationError>;

pub(super) fn check_name(name: Option<&str>) -> Checked<String> {
    let name = name.ok_or_else(|| RegistrationError::new("name", "is required"))?;
    if is_name(name) {
        return Ok(name.to_owned());
    }
    let rule =
        "must have 1 to 200 characters, at least one of them visible, and no control characters";
    Err(RegistrationError::new("name", rule))
}

pub(super) fn few(member: &str, count: usize) -> Checked<()> {
    match count {
        0..=MOST => Ok(()),
        _ => Err(RegistrationError::new(
            member,
            format!("must have at most {MOST} entries"),
        )),
    }
}

pub(super) fn uris(
    member: &str,
    texts: &[String],
    registrant: Registrant,
) -> Checked<Vec<RedirectUri>> {
    few(member, texts.len())?;
    let read = |(place, text): (usize, &String)| {
        RedirectUri::register(text, registrant)
            .map_err(|rule| RegistrationError::new(format!("{member}[{place}]"), rule.to_string()))
    };
    texts.iter().enumerate().map(read).collect()
}

pub(super) fn required<T: Copy + fmt::Display + FromStr>(
    member: &str,
    text: &str,
    all: &[T],
) -> Checked<T> {
    text.parse().map_err(|_| {
        let words: Vec<_> = all.iter().map(ToString::to_string).collect();
        RegistrationError::new(member, format!("must be one of {}", words.join(", ")))
    })
}

pub(super) fn word<T: Copy + fmt::Display + FromStr>(
    member: &str,
    text: Option<&str>,
    all: &[T],
    default: T,
) -> Checked<T> {
    text.map_or(Ok(default), |text| required(member, text, all))
}

pub(super) fn within(
    member: &str,
    value: Option<i64>,
    least: i64,
    most: i64,
) -> Checked<Option<u32>> {
    let Some(value) = value else { return Ok(None) };
    let fits = (least..=most)
        .contains(&value)
        .then(|| u32::try_from(value).ok())
        .flatten();
    let wrong = || RegistrationError::new(member, format!("must be between {least} and {most}"));
    fits.map(Some).ok_or_else(wrong)
}
