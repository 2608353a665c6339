//! Rotating a key.

use std::time::Duration;

use super::{Made, ManageError, Result, announce, begin, event, get, signing};
use crate::api_key::{KeyStatus, KeyText, StoredText, store};
use crate::audit::{self, Action, Origin};
use crate::base::{ApiKeyId, OrganizationId, Timestamp};
use crate::db::Conn;
use crate::feed::Entry;
use crate::seal::MasterKeys;

/// The longest time for which two texts of a key are valid (seconds): 7 days.
pub const LONGEST_OVERLAP: i64 = 604_800;

/// How long two texts of a key are valid if the caller gives no overlap (seconds): a day.
pub const OVERLAP: i64 = 86_400;

/// Gives a key another text, and another signing secret if it signs, in the caller's transaction.
/// The present ones stay valid for `overlap` seconds; those before them end at once, and no overlap
/// is lengthened. `masters` may be `None` if the key does not sign.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn rotate(
    conn: &mut Conn,
    masters: Option<&MasterKeys>,
    (organization, id): (OrganizationId, ApiKeyId),
    overlap: Option<i64>,
    origin: &Origin,
    now: Timestamp,
) -> Result<(Made, Vec<Entry>)> {
    begin(conn, organization)?;
    let overlap = overlap.unwrap_or(OVERLAP);
    if !(0..=LONGEST_OVERLAP).contains(&overlap) {
        return Err(ManageError::Overlap);
    }
    let (mut stored, last) = get(conn, organization, id)?;
    if stored.key.status == KeyStatus::Revoked {
        return Err(ManageError::Revoked);
    }
    if stored.key.settings.expires_at.is_some_and(|end| end <= now) {
        return Err(ManageError::Expired);
    }
    let mut ends_now = false;
    for text in &mut stored.texts {
        let Some(ends_at) = end_at_rotation(text.ends_at, overlap, now) else {
            continue;
        };
        ends_now |= ends_at <= now;
        text.ends_at = Some(ends_at);
        store::end_text(conn, organization, text.digest, ends_at)?;
    }
    let text = KeyText::draw(stored.key.prefix, stored.key.environment);
    text.start().clone_into(&mut stored.key.start);
    text.end().clone_into(&mut stored.key.end);
    store::update(conn, &stored.key)?;
    store::insert_text(conn, &stored.key, text.digest())?;
    let secret = signing::rotate(conn, masters, &stored.key, overlap, now)?;
    let event = event(origin, Action::ApiKeyRotated, &stored.key, now);
    audit::record(conn, &event.detail(format!("overlap: {overlap} s")))?;
    let entry = announce(conn, &stored.key, now)?;
    stored.texts.push(StoredText {
        digest: text.digest(),
        ends_at: None,
    });
    let made = Made {
        stored,
        last,
        text,
        secret,
        ends_now,
    };
    Ok((made, vec![entry]))
}

/// Returns when a text or secret ends that is there at a rotation; `None` if it has ended.
pub(super) fn end_at_rotation(
    ends_at: Option<Timestamp>,
    overlap: i64,
    now: Timestamp,
) -> Option<Timestamp> {
    let span = Duration::from_secs(u64::try_from(overlap).unwrap_or_default());
    match ends_at {
        Some(end) if end <= now => None,
        None if overlap > 0 => Some(now.plus(span)),
        None | Some(_) => Some(store::ended_at_once(now)),
    }
}
