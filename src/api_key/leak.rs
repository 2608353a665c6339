//! A report that the text of a key was found where it should not be. Whoever has the whole text may
//! report it: the text is the proof.

use super::manage::{self, ManageError};
use super::{KeyStatus, store, text};
use crate::audit::{self, Action, Event, Origin};
use crate::base::{Digest, Timestamp};
use crate::db::Conn;
use crate::feed::Entry;

/// The reason of a quarantine after a report.
const REASON: &str = "leak";

/// A text that was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// The text.
    pub text: String,
    /// Where it was found.
    pub url: Option<String>,
}

/// Longest place in the audit log (characters).
const LONGEST: usize = 500;

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
    let (mut recognized, mut entries) = (Vec::with_capacity(found.len()), Vec::new());
    for one in found {
        let key = match text::environment(&one.text) {
            None => None,
            Some(_) => store::find_by_text(conn, Digest::of(&one.text))?,
        };
        let digest = Digest::of(&one.text);
        let key = key.filter(|stored| {
            let mut texts = stored.texts.iter();
            let lives = texts.any(|text| {
                text.digest.equals(&digest) && text.ends_at.is_none_or(|end| end > now)
            });
            lives && stored.key.status != KeyStatus::Revoked
        });
        recognized.push(key.is_some());
        let Some(stored) = key else { continue };
        let which = (stored.key.organization, stored.key.id);
        let place = one.url.as_deref().unwrap_or("not said");
        let place: String = place
            .chars()
            .filter(|c| !c.is_control())
            .take(LONGEST)
            .collect();
        let event = Event::of(origin, Action::ApiKeyLeakReported, now, which.0)
            .target(format!("api-key:{}", which.1))
            .detail(format!("found at: {place}"));
        audit::record(conn, &event)?;
        let (_, own) = manage::quarantine(conn, which, Some(REASON), origin, now)?;
        entries.extend(own);
    }
    Ok((recognized, entries))
}
