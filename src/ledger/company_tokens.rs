//! The company tokens of an organization, for the people who rotate them: which are valid, which are
//! due, what was issued with each, and which are no longer needed.

use std::collections::HashMap;

use super::page::LOADED;
use super::rotation::{Key, Wanted, key_of};
use super::{Found, Line, Record, first_uses, rotation};
use crate::app::App;
use crate::base::{Leaf, OrganizationId, Seek, Timestamp, TokenId};
use crate::db;

/// Returns a page of the company tokens that are valid, the newest first. It reads on until there are
/// enough, but no more than 2,000 lines: where entries of the feed revoke more of them, the page
/// may have few tokens, or none, and another one after it.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn company_tokens(app: &App, wanted: Wanted) -> db::Result<Found<Record, Key>> {
    let (seek, limit, now) = (wanted.seek, wanted.limit, app.clock.now());
    let most = usize::try_from(limit).unwrap_or_default() + 1;
    let mut wanted = Wanted {
        limit: limit.saturating_add(1),
        ..wanted
    };
    let (mut records, mut loaded): (Vec<Record>, usize) = (Vec::new(), 0);
    loop {
        let read = move |conn: &mut _| rotation::company_tokens(conn, &wanted, now);
        let found = app.db.read(read).await?;
        loaded += found.len();
        let last = found.last().filter(|_| found.len() >= most).map(key_of);
        let index = app.nodes.feed.index();
        let valid = found.into_iter().filter(|record| {
            let claims = &record.line.claims;
            !index.revokes(claims)
        });
        records.extend(valid);
        let Some(last) = last.filter(|_| records.len() < most) else {
            records.truncate(most);
            return Ok(Found {
                page: Leaf::of(seek, records, limit, key_of),
                looked_up_to: None,
            });
        };
        if seek.is_backwards() {
            // The next read has this one again.
            records.pop_if(|record| key_of(record) == last);
            wanted.seek = Seek::UpTo(last);
        } else {
            wanted.seek = Seek::After(last);
        }
        if loaded >= LOADED {
            return Ok(Found {
                page: Leaf::within(seek, records, limit, Some(last), key_of),
                looked_up_to: Some(last.at),
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
