//! Pages of valid tokens that answer at once however long the ledger is: each read looks at a bounded
//! part of it, and says so where that was not all.

use super::store::{self, Which, live_of};
use super::{Ancestry, Filter, Line, Part};
use crate::app::App;
use crate::base::{Leaf, Reached, ReadOn, Timestamp, TokenId};
use crate::db;

/// The largest number of lines that one page looks at. No index has only the valid ones.
pub const LOOKED_AT: i64 = 20_000;

/// The largest number of lines that one page loads. More than are shown are loaded only where entries of
/// the feed revoke many, because those are in memory and not in the ledger.
pub(super) const LOADED: i64 = 2_000;

/// The smallest number of lines that are loaded at a time, if there are so many.
const AT_A_TIME: i64 = 200;

/// A page of tokens.
#[derive(Debug)]
pub struct Found<T = Line, K = TokenId> {
    /// The tokens, the newest first, and the pages beside them.
    pub page: Leaf<T, K>,
    /// If the page is not full because only a part of the ledger was looked at: when the last token of
    /// that part was issued.
    pub looked_up_to: Option<Timestamp>,
}

/// Returns a page of the tokens that have not expired and that no entry of the feed revokes; of all tokens
/// if the filter asks for any state. Looks at [`LOOKED_AT`] lines at most. If these are not enough, the
/// page has few tokens, or none, and there is another page after it. With a client, or the kind `company`,
/// only lines of that client or kind are looked at.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn page(app: &App, filter: Filter) -> db::Result<Found> {
    let (reading, looked_up_to) = read_on(app, filter, Which::Filtered).await?;
    Ok(Found {
        page: reading.into_page(key_of),
        looked_up_to,
    })
}

const fn key_of(line: &Line) -> TokenId {
    line.claims.jti
}

/// What a read has found.
pub(super) struct Read {
    /// The lines, in the direction of reading, at most one more than the limit.
    pub(super) lines: Vec<Line>,
    /// Whether there may be more than the limit.
    pub(super) is_cut: bool,
}

/// Reads tokens that are valid, in a part of the ledger.
pub(super) async fn read(app: &App, filter: Filter, which: Which) -> db::Result<Read> {
    let limit = filter.limit;
    let (reading, _) = read_on(app, filter, which).await?;
    let stopped = reading.rest().is_some();
    let lines = reading.into_rows();
    let is_full = i64::try_from(lines.len()).is_ok_and(|lines| lines > limit);
    Ok(Read {
        is_cut: stopped || is_full,
        lines,
    })
}

/// Reads a page. Also returns when the last token was issued that was looked at, unless the page is full
/// or all were looked at.
async fn read_on(
    app: &App,
    filter: Filter,
    which: Which,
) -> db::Result<(ReadOn<Line, TokenId>, Option<Timestamp>)> {
    let (now, any_state) = (app.clock.now(), filter.narrow.any_state);
    let (is_backwards, wanted) = (filter.seek.is_backwards(), filter.limit.saturating_add(1));
    let mut reading = ReadOn::new(filter.seek, filter.limit, LOADED);
    let at_a_time = wanted.max(AT_A_TIME);
    // Where most lines are wanted, few fill the page. Each part is twice as long as the one before.
    let (mut size, mut looked_at) = (wanted.saturating_mul(4).min(LOOKED_AT), 0);
    // The part that is being read. `Some(None)` if it has all lines that are left.
    let mut begun: Option<Option<Part>> = None;
    loop {
        let asked = Filter {
            seek: reading.seek(),
            limit: at_a_time,
            ..filter.clone()
        };
        let which = which.clone();
        let load = move |conn: &mut _| {
            let part = match begun {
                Some(part) => part,
                None => store::part(conn, &asked, size, now)?,
            };
            let found = live_of(conn, &asked, &which, part, now)?;
            let ancestry = Ancestry::of(conn, asked.organization, &found)?;
            Ok::<_, db::Error>((part, found, ancestry))
        };
        let (part, found, ancestry) = app.db.read(load).await?;
        let behind = |part: Part| if is_backwards { part.behind } else { part.last };
        let mut at = found.last().map(|line| line.claims.issued_at);
        let mut reached = Reached::of(found.len(), at_a_time);
        begun = Some(part);
        if reached == Reached::End {
            begun = None;
            looked_at += size;
            size = size.saturating_mul(2).min(LOOKED_AT - looked_at);
            at = part.map(|part| part.at);
            reached = part.map_or(Reached::End, |part| Reached::Part(behind(part)));
        }
        let index = app.nodes.feed.index();
        let is_wanted = |line: &Line| {
            any_state
                || !index.revokes(&line.claims)
                    && !ancestry.revokes(line, |claims| index.revokes(claims))
        };
        if !reading.add(found, reached, key_of, is_wanted) || size <= 0 {
            let at = at.filter(|_| reading.rest().is_some());
            return Ok((reading, at));
        }
    }
}
