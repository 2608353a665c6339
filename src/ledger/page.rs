//! Pages of valid tokens that answer at once however long the ledger is: each read looks at a bounded
//! part of it, and says so where that was not all.

use super::store::{self, Which, live_of};
use super::{Ancestry, Filter, Line, Part};
use crate::app::App;
use crate::base::{Leaf, Seek, Timestamp, TokenId};
use crate::db;

/// The largest number of lines that one read looks at. No index has only the valid ones.
pub const LOOKED_AT: i64 = 20_000;

/// The largest number of lines that one read loads. More than are shown are loaded only where entries of
/// the feed revoke many, because those are in memory and not in the ledger.
pub(super) const LOADED: usize = 2_000;

/// A page of tokens.
#[derive(Debug)]
pub struct Found<T = Line, K = TokenId> {
    /// The tokens, the newest first, and the pages beside them.
    pub page: Leaf<T, K>,
    /// If the page is not full because only a part of the ledger was looked at: when the last token of
    /// that part was issued.
    pub looked_up_to: Option<Timestamp>,
}

/// Returns a page of the tokens that have not expired and that no entry of the feed revokes, unless the
/// filter asks for any state. Looks at
/// most at [`LOOKED_AT`] lines: the page may then have few tokens, or none, and another one after it.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn page(app: &App, filter: Filter) -> db::Result<Found> {
    let (seek, limit) = (filter.seek, filter.limit);
    let Read { lines, rest } = read(app, filter, Which::Filtered).await?;
    let is_full = i64::try_from(lines.len()).is_ok_and(|lines| lines > limit);
    let key = |line: &Line| line.claims.jti;
    Ok(Found {
        page: Leaf::within(seek, lines, limit, rest.map(|(jti, _)| jti), key),
        looked_up_to: rest.map(|(_, at)| at).filter(|_| !is_full),
    })
}

/// What a read has found.
pub(super) struct Read {
    /// The lines, in the direction of reading, at most one more than the limit.
    pub(super) lines: Vec<Line>,
    /// Where another read goes on, as [`Leaf::within`] has it, and when that token was issued. `None` if
    /// all lines were looked at.
    pub(super) rest: Option<(TokenId, Timestamp)>,
}

/// Reads tokens that are valid, in a part of the ledger.
pub(super) async fn read(app: &App, filter: Filter, which: Which) -> db::Result<Read> {
    let now = app.clock.now();
    let wanted = usize::try_from(filter.limit).unwrap_or_default() + 1;
    let (is_backwards, any_state) = (filter.seek.is_backwards(), filter.narrow.any_state);
    let whole = filter.clone();
    let find_part = move |conn: &mut _| store::part(conn, &whole, LOOKED_AT, now);
    let part = app.db.read(find_part).await?;
    let behind = |part: Part| {
        let jti = if is_backwards { part.behind } else { part.last };
        (jti, part.at)
    };
    let mut filter = Filter {
        limit: filter.limit.saturating_add(1),
        ..filter
    };
    let (mut lines, mut loaded): (Vec<Line>, usize) = (Vec::new(), 0);
    loop {
        let (asked, which) = (filter.clone(), which.clone());
        let read = move |conn: &mut _| {
            let found = live_of(conn, &asked, &which, part, now)?;
            let ancestry = Ancestry::of(conn, asked.organization, &found)?;
            Ok::<_, db::Error>((found, ancestry))
        };
        let (found, ancestry) = app.db.read(read).await?;
        loaded += found.len();
        let more = found.len() >= wanted;
        let last = found.last().filter(|_| more);
        let last = last.map(|line| (line.claims.jti, line.claims.issued_at));
        let index = app.nodes.feed.index();
        let is_wanted = |line: &Line| {
            any_state
                || !index.revokes(&line.claims)
                    && !ancestry.revokes(line, |claims| index.revokes(claims))
        };
        lines.extend(found.into_iter().filter(is_wanted));
        let Some((jti, at)) = last.filter(|_| lines.len() < wanted) else {
            lines.truncate(wanted);
            let rest = part.map(behind);
            return Ok(Read { lines, rest });
        };
        if is_backwards {
            // The next read has this line again.
            lines.pop_if(|line| line.claims.jti == jti);
            filter.seek = Seek::UpTo(jti);
        } else {
            filter.seek = Seek::After(jti);
        }
        if loaded >= LOADED {
            let rest = Some((jti, at));
            return Ok(Read { lines, rest });
        }
    }
}
