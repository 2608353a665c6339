//! Pages and numbers of valid tokens, for pages that answer at once however long the ledger is: each
//! read looks at a bounded part of it, and says so where that was not all.

use std::collections::HashMap;
use std::sync::Arc;

use super::store::{self, live_among};
use super::{Ancestry, Filter, Line, Part, Wanted, rotation};
use crate::app::App;
use crate::base::{Leaf, OperatorId, OrganizationId, Seek, Timestamp, TokenId};
use crate::db;
use crate::token::Kind;

/// The largest number of lines that one read looks at. No index has only the valid ones.
pub const LOOKED_AT: i64 = 20_000;

/// The largest number of lines that one read loads. More than are shown are loaded only where entries of
/// the feed revoke many, because those are in memory and not in the ledger.
const LOADED: usize = 2_000;

/// The largest number of tokens that is counted exactly.
pub const COUNTED: i64 = 1_000;

/// A page of tokens.
#[derive(Debug)]
pub struct Found {
    /// The tokens, the newest first, and the pages beside them.
    pub page: Leaf<Line, TokenId>,
    /// If the page is not full because only a part of the ledger was looked at: when the last token of
    /// that part was issued.
    pub looked_up_to: Option<Timestamp>,
}

/// Returns a page of the tokens that have not expired and that no entry of the feed revokes. Looks at
/// most at [`LOOKED_AT`] lines: the page may then have few tokens, or none, and another one after it.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn page(app: &App, filter: Filter) -> db::Result<Found> {
    let (seek, limit) = (filter.seek, filter.limit);
    let Read { lines, rest } = read(app, filter, None).await?;
    let is_full = i64::try_from(lines.len()).is_ok_and(|lines| lines > limit);
    let key = |line: &Line| line.claims.jti;
    Ok(Found {
        page: Leaf::within(seek, lines, limit, rest.map(|(jti, _)| jti), key),
        looked_up_to: rest.map(|(_, at)| at).filter(|_| !is_full),
    })
}

/// What a read has found.
struct Read {
    /// The lines, in the direction of reading, at most one more than the limit.
    lines: Vec<Line>,
    /// Where another read goes on, as [`Leaf::within`] has it, and when that token was issued. `None` if
    /// all lines were looked at.
    rest: Option<(TokenId, Timestamp)>,
}

async fn read(app: &App, filter: Filter, among: Option<Arc<[OperatorId]>>) -> db::Result<Read> {
    let now = app.clock.now();
    let wanted = usize::try_from(filter.limit).unwrap_or_default() + 1;
    let is_backwards = filter.seek.is_backwards();
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
        let (asked, among) = (filter.clone(), among.clone());
        let read = move |conn: &mut _| {
            let found = live_among(conn, &asked, among.as_deref(), part, now)?;
            let ancestry = Ancestry::of(conn, asked.organization, &found)?;
            Ok::<_, db::Error>((found, ancestry))
        };
        let (found, ancestry) = app.db.read(read).await?;
        loaded += found.len();
        let more = found.len() >= wanted;
        let last = found.last().filter(|_| more);
        let last = last.map(|line| (line.claims.jti, line.claims.issued_at));
        let index = app.nodes.feed.index();
        lines.extend(
            found
                .into_iter()
                .filter(|line| !index.revokes(&line.claims))
                .filter(|line| !ancestry.revokes(line, |claims| index.revokes(claims))),
        );
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

/// A number of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// How many were counted, at most [`COUNTED`].
    pub tokens: i64,
    /// Whether there may be more.
    pub or_more: bool,
}

impl Counted {
    fn of(tokens: usize, or_more: bool) -> Self {
        let tokens = i64::try_from(tokens).unwrap_or(i64::MAX);
        Self {
            tokens: tokens.min(COUNTED),
            or_more: or_more || tokens > COUNTED,
        }
    }
}

/// The valid company and operator tokens of an organization, as far as they were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recent {
    /// Their number.
    pub live: Counted,
    /// Whether there is an operator token among them.
    pub has_operator_token: bool,
    /// Whether an operator token among them was used.
    pub has_used_operator_token: bool,
}

/// Counts the valid company and operator tokens of an organization.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn recent(app: &App, organization: OrganizationId) -> db::Result<Recent> {
    let of_operators = Filter {
        organization,
        operator: None,
        client: None,
        kind: Some(Kind::Operator),
        seek: Seek::First,
        limit: COUNTED,
    };
    let Read { lines, rest } = read(app, of_operators, None).await?;
    let (companies, more) = company_tokens(app, organization).await?;
    let used = |line: &Line| {
        let unwritten = app.tokens.uses.unwritten(line.claims.jti);
        line.last_used_at.max(unwritten).is_some()
    };
    Ok(Recent {
        live: Counted::of(lines.len() + companies, rest.is_some() || more),
        has_operator_token: !lines.is_empty(),
        has_used_operator_token: lines.iter().any(used),
    })
}

/// Counts company tokens, of those that were issued last. Returns whether there may be more.
async fn company_tokens(app: &App, organization: OrganizationId) -> db::Result<(usize, bool)> {
    let now = app.clock.now();
    let wanted = Wanted {
        organization,
        unrotated_since: None,
        seek: Seek::First,
        limit: COUNTED + 1,
    };
    let read = move |conn: &mut _| rotation::company_tokens(conn, &wanted, now);
    let found = app.db.read(read).await?;
    let is_cut = i64::try_from(found.len()).is_ok_and(|found| found > COUNTED);
    let index = app.nodes.feed.index();
    let valid = found
        .iter()
        .filter(|record| !index.revokes(&record.line.claims));
    Ok((valid.count(), is_cut))
}

/// The operator tokens of one operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OfOperator {
    /// How many are valid.
    pub live: Counted,
    /// When the newest of those was issued. `None` if none is valid.
    pub newest: Option<Timestamp>,
}

/// Counts the valid operator tokens of each of these operators. All that are valid were issued in the
/// last 24 hours; of the organization's lines since then, the newest [`LOOKED_AT`] are looked at. If
/// those are not all, every number may be too low.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn count(
    app: &App,
    organization: OrganizationId,
    operators: Vec<OperatorId>,
) -> db::Result<HashMap<OperatorId, OfOperator>> {
    let most = i64::try_from(LOADED).unwrap_or(i64::MAX);
    let of = Filter {
        organization,
        operator: None,
        client: None,
        kind: Some(Kind::Operator),
        seek: Seek::First,
        limit: most,
    };
    let among: Arc<[OperatorId]> = operators.into();
    let Read { lines, rest } = read(app, of, Some(Arc::clone(&among))).await?;
    let is_cut = rest.is_some() || lines.len() > LOADED;
    let mut numbers: HashMap<OperatorId, (usize, Option<Timestamp>)> = HashMap::new();
    for line in &lines {
        if let Some(operator) = line.claims.operator() {
            let (number, newest) = numbers.entry(operator).or_default();
            *number += 1;
            *newest = (*newest).max(Some(line.claims.issued_at));
        }
    }
    let counted = |operator: &OperatorId| {
        let (number, newest) = numbers.get(operator).copied().unwrap_or_default();
        let live = Counted::of(number, is_cut);
        (*operator, OfOperator { live, newest })
    };
    Ok(among.iter().map(counted).collect())
}
