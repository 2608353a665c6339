//! Lists: `?limit=`, `?cursor=`, and `{"items", "nextCursor"}`.

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use utoipa::ToSchema;

use super::{ApiError, Parameters};

/// The maximum number of items on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(i64);

impl Limit {
    const DEFAULT: i64 = 100;
    const MOST: i64 = 1_000;

    /// Returns the limit.
    #[must_use]
    pub const fn rows(self) -> i64 {
        self.0
    }

    /// Returns one more than the limit: a query for so many rows also shows whether there is a next
    /// page.
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
    /// The cursor of the next page. `null` if this is the last one. Only `null` ends a list: a page may
    /// have few items, or none, and yet be followed by another one.
    next_cursor: Option<String>,
}

impl<T> PageOf<T> {
    /// Returns a page of items, and where the next one begins. `None` if there is no next one.
    #[must_use]
    pub fn found(items: Vec<T>, next: Option<String>) -> Self {
        let next_cursor = next.map(|key| URL_SAFE_NO_PAD.encode(key));
        Self { items, next_cursor }
    }

    /// Returns a page of the rows that a query for [`Limit::and_one`] found. `key` returns the
    /// cursor of a row.
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

impl Parameters<'_> {
    /// Returns the maximum number of items on the page.
    ///
    /// # Errors
    /// 400 if `limit` is not a number from 1 to 1,000.
    pub fn limit(&self) -> Result<Limit, ApiError> {
        let must = "a whole number from 1 to 1000";
        match self.parse("limit", must)?.unwrap_or(Limit::DEFAULT) {
            limit @ 1..=Limit::MOST => Ok(Limit(limit)),
            _ => Err(ApiError::invalid_request(format!("limit must be {must}"))),
        }
    }

    /// Returns the key after which the page begins. `None` if it is the first page.
    ///
    /// # Errors
    /// 400 if `cursor` is not the `nextCursor` of a page.
    pub fn cursor<T: FromStr>(&self) -> Result<Option<T>, ApiError> {
        let wrong = || {
            ApiError::invalid_request("cursor must be a nextCursor of an earlier page, unchanged")
        };
        let Some(text) = self.get("cursor") else {
            return Ok(None);
        };
        let bytes = URL_SAFE_NO_PAD
            .decode(text.as_bytes())
            .map_err(|_| wrong())?;
        let key = String::from_utf8(bytes).map_err(|_| wrong())?;
        key.parse().map(Some).map_err(|_| wrong())
    }
}
