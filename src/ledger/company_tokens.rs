//! The company tokens of an organization, for the people who rotate them: which are valid, which are
//! due, what was issued with each, and which are no longer needed.

use std::collections::HashMap;

use super::page::LOADED;
use super::rotation::{Key, Wanted, key_of};
use super::{Found, Line, Record, first_uses, rotation};
use crate::app::App;
use crate::base::{OrganizationId, Reached, ReadOn, Timestamp, TokenId};
use crate::db;

/// Returns a page of the company tokens that are valid, the newest first. It reads on until there are
/// enough, but no more than 2,000 lines: where entries of the feed revoke more of them, the page
/// may have few tokens, or none, and another one after it.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn company_tokens(app: &App, wanted: Wanted) -> db::Result<Found<Record, Key>> {
    let now = app.clock.now();
    let limit = wanted.limit.saturating_add(1);
    let mut reading = ReadOn::new(wanted.seek, wanted.limit, LOADED);
    loop {
        let asked = Wanted {
            seek: reading.seek(),
            limit,
            ..wanted
        };
        let read = move |conn: &mut _| rotation::company_tokens(conn, &asked, now);
        let found = app.db.read(read).await?;
        let reached = Reached::of(found.len(), limit);
        let index = app.nodes.feed.index();
        let is_valid = |record: &Record| !index.revokes(&record.line.claims);
        if !reading.add(found, reached, key_of, is_valid) {
            return Ok(Found {
                looked_up_to: reading.rest().map(|last| last.at),
                page: reading.into_page(key_of),
            });
        }
    }
}

/// Returns when the successors of these tokens were first used, by the ids of the successors. Those
/// that were not used are missing.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn successors_used<'a>(
    app: &App,
    organization: OrganizationId,
    lines: impl Iterator<Item = &'a Line>,
) -> db::Result<HashMap<TokenId, Timestamp>> {
    let successors: Vec<TokenId> = lines
        .filter_map(|line| Some(line.handover?.successor))
        .collect();
    if successors.is_empty() {
        return Ok(HashMap::new());
    }
    let asked = successors.clone();
    let read = move |conn: &mut _| first_uses(conn, organization, &asked);
    let mut used = app.db.read(read).await?;
    for jti in successors {
        if let Some(at) = app.tokens.uses.unwritten(jti) {
            used.entry(jti).or_insert(at);
        }
    }
    Ok(used)
}
