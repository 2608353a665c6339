//! Lists: `?limit=`, `?cursor=`, and `{"items", "nextCursor"}`.

use std::borrow::Cow;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use utoipa::ToSchema;

use super::ApiError;

/// How many items a page has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(i64);

impl Limit {
    const DEFAULT: i64 = 100;
    const MOST: i64 = 1_000;

    /// One more than the page has: whether there is a next page shows.
    #[must_use]
    pub const fn and_one(self) -> i64 {
        self.0 + 1
    }
}

/// A page.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageOf<T> {
    items: Vec<T>,
    /// Where the next page begins; null: this was the last.
    next_cursor: Option<String>,
}

impl<T> PageOf<T> {
    /// A page of what was found when [`Limit::and_one`] were asked for; `key` says where the next one goes on.
    pub fn of<R>(
        mut found: Vec<R>,
        limit: Limit,
        key: impl Fn(&R) -> String,
        item: impl Fn(R) -> T,
    ) -> Self {
        let size = usize::try_from(limit.0).unwrap_or(usize::MAX);
        let more = found.len() > size;
        found.truncate(size);
        let next_cursor = found
            .last()
            .filter(|_| more)
            .map(|last| URL_SAFE_NO_PAD.encode(key(last)));
        Self {
            items: found.into_iter().map(item).collect(),
            next_cursor,
        }
    }
}

/// The query string's parameters.
pub struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self(text)
    }

    /// A parameter's value; an empty one counts as absent.
    ///
    /// # Errors
    /// 400 when it is there twice or cannot be decoded.
    pub fn get(&self, name: &str) -> Result<Option<Cow<'a, str>>, ApiError> {
        let mut values = self.0.split('&').filter_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (key == name && !value.is_empty()).then_some(value)
        });
        let Some(value) = values.next() else {
            return Ok(None);
        };
        if values.next().is_some() {
            return Err(ApiError::invalid_request(format!("{name} is there twice")));
        }
        decode(value).map(Some).ok_or_else(|| {
            ApiError::invalid_request(format!("{name} is not percent-encoded UTF-8"))
        })
    }

    /// A parameter's value as a type.
    ///
    /// # Errors
    /// 400, with what it `must` be.
    pub fn parse<T: FromStr>(&self, name: &str, must: &str) -> Result<Option<T>, ApiError> {
        let wrong = |_| ApiError::invalid_request(format!("{name} must be {must}"));
        self.get(name)?
            .map(|value| value.parse().map_err(wrong))
            .transpose()
    }

    /// `limit`.
    ///
    /// # Errors
    /// 400 when it is no number from 1 to 1,000.
    pub fn limit(&self) -> Result<Limit, ApiError> {
        let must = "a whole number from 1 to 1000";
        match self.parse("limit", must)?.unwrap_or(Limit::DEFAULT) {
            limit @ 1..=Limit::MOST => Ok(Limit(limit)),
            _ => Err(ApiError::invalid_request(format!("limit must be {must}"))),
        }
    }

    /// `cursor`, decoded.
    ///
    /// # Errors
    /// 400 when it is none of ours.
    pub fn cursor<T: FromStr>(&self) -> Result<Option<T>, ApiError> {
        let wrong = || {
            ApiError::invalid_request("cursor must be a nextCursor of an earlier page, unchanged")
        };
        let Some(text) = self.get("cursor")? else {
            return Ok(None);
        };
        let bytes = URL_SAFE_NO_PAD
            .decode(text.as_bytes())
            .map_err(|_| wrong())?;
        let key = String::from_utf8(bytes).map_err(|_| wrong())?;
        key.parse().map(Some).map_err(|_| wrong())
    }
}

fn decode(value: &str) -> Option<Cow<'_, str>> {
    if !value.contains(['%', '+']) {
        return Some(Cow::Borrowed(value));
    }
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
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
