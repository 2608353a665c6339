//! A report that the text of a key, or its signing secret, was found where it should not be.
//! Everybody who has the whole text may report it: the text is the proof.

use std::collections::BTreeSet;

use super::manage::{self, ManageError};
use super::{KeyStatus, store, target_of, text};
use crate::audit::{self, Action, Event, Origin};
use crate::base::{ApiKeyId, Digest, OrganizationId, Timestamp};
use crate::db::{self, Conn, Records, serialize_within};
use crate::feed::Entry;

/// The reason of a quarantine after a report.
const REASON: &str = "leak";

/// A text that was found.
// It has no `Debug`: its text must not reach a log.
#[derive(Clone)]
pub struct Found {
    /// The text.
    pub text: String,
    /// Where it was found.
    pub url: Option<String>,
}

/// Longest place in the audit log (characters).
const LONGEST: usize = 500;

type Which = (OrganizationId, ApiKeyId);

/// Returns for each text whether it is that of a key that is valid or quarantined. A report of which
/// nothing is recognized needs no transaction that writes.
///
/// # Errors
/// Returns an error if the database fails.
pub fn recognize(conn: &mut Conn, found: &[Found], now: Timestamp) -> db::Result<Vec<bool>> {
    let named = keys(conn, found, now)?;
    Ok(named.iter().map(Option::is_some).collect())
}

/// Quarantines the keys whose texts were found, in the caller's transaction. Returns for each text
/// whether it is that of a key that was valid or quarantined, and the entries that were written.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn report(
    conn: &mut Conn,
    found: &[Found],
    origin: &Origin,
    now: Timestamp,
) -> Result<(Vec<bool>, Vec<Entry>), ManageError> {
    // A report may name keys of several organizations. All locks are taken first and in one order,
    // so that no two transactions wait for each other, and the records are then read again.
    let named = keys(conn, found, now)?;
    let organizations: BTreeSet<_> = named.iter().flatten().map(|which| which.0).collect();
    for organization in organizations {
        serialize_within(conn, Records::Clients, organization)?;
    }
    let named = keys(conn, found, now)?;
    for (one, which) in found.iter().zip(&named) {
        let Some((organization, id)) = *which else {
            continue;
        };
        let place = place(one);
        let event = Event::of(origin, Action::ApiKeyLeakReported, now, organization)
            .target(target_of(id))
            .detail(format!("found at: {place}"));
        audit::record(conn, &event)?;
    }
    let mut entries = Vec::new();
    // In the order in which uses are written, so that the two never wait for each other.
    let distinct: BTreeSet<_> = named.iter().flatten().copied().collect();
    for which in distinct {
        let (_, own) = manage::quarantine(conn, which, Some(REASON), origin, now)?;
        entries.extend(own);
    }
    Ok((named.iter().map(Option::is_some).collect(), entries))
}

/// Returns where a text was found, as it is recorded: not with the text itself, which a URL may contain.
fn place(found: &Found) -> String {
    let place = found.url.as_deref().unwrap_or("unknown");
    let place = place.replace(&found.text, "…");
    // An encoded text would not be recognized.
    let place = place.split(['?', '#']).next().unwrap_or_default();
    let printable = place.chars().filter(|c| !c.is_control());
    printable.take(LONGEST).collect()
}

/// Returns the key of each text; `None` if the text belongs to no key, has ended, or its key is
/// revoked.
fn keys(conn: &mut Conn, found: &[Found], now: Timestamp) -> db::Result<Vec<Option<Which>>> {
    let key = |one: &Found| key(conn, &one.text, now);
    found.iter().map(key).collect()
}

fn key(conn: &mut Conn, text: &str, now: Timestamp) -> db::Result<Option<Which>> {
    let digest = Digest::of(text);
    let found = if text::environment(text).is_some() {
        store::find_by_text(conn, digest)?.and_then(|stored| {
            let ends_at = stored.text(digest)?.ends_at;
            Some((stored, ends_at))
        })
    } else if text::is_signing_secret(text) {
        store::find_by_secret(conn, digest)?
    } else {
        None
    };
    let live = found.filter(|(stored, ends_at)| {
        ends_at.is_none_or(|end| end > now) && stored.key.status != KeyStatus::Revoked
    });
    Ok(live.map(|(stored, _)| (stored.key.organization, stored.key.id)))
}
