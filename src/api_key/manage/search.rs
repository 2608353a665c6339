//! Finds API keys by what a person types and chooses. No index has the words of their names, so each
//! search looks at a bounded number of keys, and says where it stopped.

use super::{Wanted, list};
use crate::api_key::{ApiKey, LastUse, StoredKey};
use crate::base::search_words;
use crate::base::{ApiKeyId, Leaf, OrganizationId, Reached, ReadOn, Seek, TimeKey, Timestamp};
use crate::db::{self, Conn};

/// The largest number of keys that are looked at for one page.
const LOOKED_AT: i64 = 20_000;

/// How many are read at a time.
const CHUNK: i64 = 500;

/// Which keys are wanted: those to which every member applies.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// By what the database compares.
    pub wanted: Wanted,
    /// Beginnings of words of the name, or the id. Case and diacritics are ignored. Empty for all.
    pub text: String,
    /// Only those that have this scope.
    pub scope: Option<String>,
    /// Only those that were made before this instant and not used since.
    pub unused_since: Option<Timestamp>,
    /// Only those that expire from now until this instant.
    pub expires_until: Option<Timestamp>,
}

impl Search {
    /// Whether nothing but what the database compares is wanted.
    fn is_plain(&self) -> bool {
        self.text.is_empty()
            && self.scope.is_none()
            && self.unused_since.is_none()
            && self.expires_until.is_none()
    }

    fn matches(&self, asked: &[String], key: &ApiKey, last: &LastUse, now: Timestamp) -> bool {
        let settings = &key.settings;
        let is_named = || {
            search_words::matches(asked, &search_words::of([settings.name.as_str()]))
                || key.id.to_string() == self.text
        };
        let has_scope = |scope: &String| settings.scopes.iter().any(|one| one.as_str() == scope);
        let is_unused =
            |since: Timestamp| key.created_at < since && last.at.is_none_or(|at| at < since);
        let expires = |until| {
            settings
                .expires_at
                .is_some_and(|end| end > now && end <= until)
        };
        (asked.is_empty() || is_named())
            && self.scope.as_ref().is_none_or(has_scope)
            && self.unused_since.is_none_or(is_unused)
            && self.expires_until.is_none_or(expires)
    }
}

/// A page of keys.
#[derive(Debug)]
pub struct Found {
    /// The keys with their last uses, the newest first, and the pages beside them.
    pub page: Leaf<(StoredKey, LastUse), TimeKey<ApiKeyId>>,
    /// If the page is not full because too many keys were looked at: when the last of them was made.
    pub looked_up_to: Option<Timestamp>,
}

/// Returns the keys that are wanted. Looks at 20,000 of them at most.
///
/// # Errors
/// Returns an error if the database fails.
pub fn search(
    conn: &mut Conn,
    organization: OrganizationId,
    search: &Search,
    first: Seek<TimeKey<ApiKeyId>>,
    limit: i64,
    now: Timestamp,
) -> db::Result<Found> {
    let asked = search_words::asked(&search.text);
    let chunk = if search.is_plain() { limit + 1 } else { CHUNK };
    let key_of = |(stored, _): &(StoredKey, LastUse)| TimeKey {
        at: stored.key.created_at,
        id: stored.key.id,
    };
    let fits =
        |(stored, last): &(StoredKey, LastUse)| search.matches(&asked, &stored.key, last, now);
    let mut reading = ReadOn::new(first, limit, LOOKED_AT);
    loop {
        let read = list(
            conn,
            organization,
            &search.wanted,
            reading.seek(),
            chunk,
            now,
        )?;
        let reached = Reached::of(read.len(), chunk);
        if !reading.add(read, reached, key_of, fits) {
            return Ok(Found {
                looked_up_to: reading.rest().map(|rest| rest.at),
                page: reading.into_page(key_of),
            });
        }
    }
}
