//! Erasing texts of lines. The lines stay, and so does the chain over them.

use super::chain::{Content, Covers, ERASED, TEXTS};
use super::store::chain as rows;
use super::store::erase::{self as store, Texts};
use crate::base::OrganizationId;
use crate::db::{Conn, Result};

/// What one step has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The id of the last line that was looked at. `None` if there are no further lines.
    pub last: Option<i64>,
    /// How many lines were changed.
    pub erased: usize,
}

/// Looks at `limit` lines of an organization after the one with the id `after`, and overwrites the
/// texts (address, request id, detail) that `which` marks, in the caller's transaction. What was
/// overwritten before is not counted again.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn step(
    conn: &mut Conn,
    organization: OrganizationId,
    after: i64,
    limit: i64,
    which: &dyn Fn(&Content) -> [bool; TEXTS],
) -> Result<Step> {
    // No line is sealed, and none is purged, between reading and writing.
    rows::lock(conn)?;
    let lines = store::window(conn, organization, after, limit)?;
    let last = lines.last().map(|(line, _)| line.id);
    let mut changed = Vec::new();
    for (mut line, sealed) in lines {
        let marked = which(&line);
        let is_there = |text: &Option<String>| text.as_deref().is_some_and(|text| text != ERASED);
        let erases: Vec<bool> = marked
            .iter()
            .zip(&line.texts)
            .map(|(marked, text)| *marked && is_there(text))
            .collect();
        if !erases.contains(&true) {
            continue;
        }
        // A line that is not sealed, or that somebody has changed, has no covers to keep.
        let mut covers = sealed.flatten();
        let mut dropped = Covers::draw(&line.texts);
        covers
            .as_mut()
            .unwrap_or(&mut dropped)
            .erase(&mut line.texts, marked);
        changed.push(Texts::of(line, covers));
    }
    store::write(conn, &changed)?;
    Ok(Step {
        last,
        erased: changed.len(),
    })
}
