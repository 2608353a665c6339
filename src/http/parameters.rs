//! Parameters: `name=value` pairs of a query string or of a form
//! (`application/x-www-form-urlencoded`, WHATWG URL, section 5). They are parsed once and strictly:
//! each parameter may occur once (RFC 6749, section 3.1), in percent-encoded UTF-8.

use std::borrow::Cow;
use std::str::FromStr;

use super::ApiError;
use super::json::clip;

/// What happens to parameters that a route does not define.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unknown {
    /// They are ignored, whatever they contain.
    Ignored,
    /// The request is refused.
    Refused,
}

/// The parameters that a route reads.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'n> {
    /// The names of the parameters.
    pub names: &'n [&'static str],
    /// What happens to other parameters.
    pub unknown: Unknown,
    /// The maximum size of a decoded value in bytes.
    pub longest: usize,
}

/// The parameters of a request. A parameter with an empty value is treated as absent (RFC 6749,
/// section 3.1).
#[derive(Debug)]
pub struct Parameters<'a> {
    values: Vec<(&'static str, Cow<'a, str>)>,
    #[cfg(debug_assertions)]
    names: Vec<&'static str>,
}

impl<'a> Parameters<'a> {
    /// Parses the expected parameters.
    ///
    /// # Errors
    /// 400 with the name of a parameter that occurs twice, is too long, is not percent-encoded
    /// UTF-8, or is unknown and [`Unknown::Refused`]. An error never repeats a value.
    pub fn read(text: &'a [u8], expected: Expected<'_>) -> Result<Self, ApiError> {
        let mut values: Vec<(&'static str, Cow<'a, str>)> = Vec::new();
        for pair in text.split(|byte| *byte == b'&') {
            let mut halves = pair.splitn(2, |byte| *byte == b'=');
            let (name, value) = (halves.next(), halves.next().unwrap_or_default());
            if value.is_empty() {
                continue;
            }
            let name = decode(name.unwrap_or_default());
            let known = expected
                .names
                .iter()
                .find(|known| name.as_deref() == Some(**known));
            let Some(name) = known.copied() else {
                match expected.unknown {
                    Unknown::Ignored => continue,
                    Unknown::Refused => return Err(unknown(name.as_deref())),
                }
            };
            if values.iter().any(|(other, _)| *other == name) {
                return Err(ApiError::invalid_request(format!("{name} occurs twice")));
            }
            let value = decode(value).ok_or_else(|| {
                ApiError::invalid_request(format!("{name} is not percent-encoded UTF-8"))
            })?;
            if value.len() > expected.longest {
                return Err(ApiError::invalid_request(format!(
                    "{name} may have at most {} bytes",
                    expected.longest
                )));
            }
            values.push((name, value));
        }
        Ok(Self {
            values,
            #[cfg(debug_assertions)]
            names: expected.names.to_vec(),
        })
    }

    /// Returns the value of a parameter. `None` if it is absent or empty. The name must be one of
    /// the expected ones.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        #[cfg(debug_assertions)]
        debug_assert!(self.names.contains(&name), "{name} is not expected");
        let found = self.values.iter().find(|(other, _)| *other == name);
        found.map(|(_, value)| value.as_ref())
    }

    /// Returns the parsed value of a parameter. `None` if it is absent or empty.
    ///
    /// # Errors
    /// 400 with the parameter's name and what it `must` be.
    pub fn parse<T: FromStr>(&self, name: &str, must: &str) -> Result<Option<T>, ApiError> {
        let wrong = |_| ApiError::invalid_request(format!("{name} must be {must}"));
        self.get(name)
            .map(|value| value.parse().map_err(wrong))
            .transpose()
    }
}

/// The maximum size of one decoded value that [`pairs`] returns, in bytes.
const LONGEST: usize = 16 * 1024;

/// Returns the parameters whose name `is_known`, in their order, however often each occurs. Spaces
/// around a name do not count: guide 003 prints some. A parameter without a value is left out.
///
/// # Errors
/// 400 with the name of a parameter that is too long or not percent-encoded UTF-8. An error never
/// repeats a value.
pub(crate) fn pairs(
    text: &[u8],
    is_known: impl Fn(&str) -> bool,
) -> Result<Vec<(String, String)>, ApiError> {
    let mut pairs = Vec::new();
    let mut rest = Some(text);
    while let Some(text) = rest {
        let pair;
        (pair, rest) = halves(text, b'&');
        let (name, value) = halves(pair, b'=');
        let value = value.unwrap_or_default();
        let name = decode(name);
        let name = name.as_deref().map(|name| name.trim_matches(' '));
        let Some(name) = name.filter(|name| !value.is_empty() && is_known(name)) else {
            continue;
        };
        let value = decode(value).ok_or_else(|| {
            ApiError::invalid_request(format!("{name} is not percent-encoded UTF-8"))
        })?;
        if value.len() > LONGEST {
            return Err(ApiError::invalid_request(format!(
                "{name} may have at most {LONGEST} bytes"
            )));
        }
        pairs.push((name.to_owned(), value.into_owned()));
    }
    Ok(pairs)
}

/// Returns what is before the first such byte, and what is after it. The second is `None` if there
/// is no such byte. A token is long, and `memchr` looks at many bytes at once.
fn halves(text: &[u8], at: u8) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(at, text).and_then(|place| text.split_at_checked(place)) {
        Some((before, after)) => (before, after.get(1..)),
        None => (text, None),
    }
}

fn unknown(name: Option<&str>) -> ApiError {
    ApiError::invalid_request(match name {
        Some(name) => format!("{} is not a parameter of this request", clip(name)),
        None => "the name of a parameter is not percent-encoded UTF-8".to_owned(),
    })
}

/// Decodes `+` and percent-encoding. `None` if a `%` is not followed by two hexadecimal digits, or
/// if the bytes are not UTF-8.
fn decode(text: &[u8]) -> Option<Cow<'_, str>> {
    if memchr::memchr2(b'%', b'+', text).is_none() {
        return std::str::from_utf8(text).ok().map(Cow::Borrowed);
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter().copied();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let (high, low) = (digit(rest.next())?, digit(rest.next())?);
                u8::try_from(high * 16 + low).ok()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests;
