//! How many tokens an act would revoke, and how many are valid. Each number is exact to [`COUNTED`]. No
//! count reads more than a bounded part of the ledger: a number that would cost more is cut off, and
//! says so.

use std::collections::HashMap;
use std::sync::Arc;

use super::page::{LOADED, LOOKED_AT, Read, read};
use super::store::{self, Bounds, Newest, Which};
use super::{Ancestry, Filter, Line, Wanted, rotation};
use crate::app::App;
use crate::base::{ClientId, OperatorId, OrganizationId, Seek, Timestamp, TokenId};
use crate::db::{self, Conn};
use crate::token::Kind;

/// The largest number of tokens that is counted exactly.
pub const COUNTED: i64 = 1_000;

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

    /// Returns the number together with one more token.
    #[must_use]
    pub const fn and_one(self) -> Self {
        if self.tokens < COUNTED {
            Self {
                tokens: self.tokens + 1,
                or_more: self.or_more,
            }
        } else {
            Self {
                tokens: COUNTED,
                or_more: true,
            }
        }
    }
}

/// Counts the tokens that entries for these operators would revoke. Console sessions are not counted. No
/// index finds the tokens of an operator, so the newest [`LOOKED_AT`] lines of the organization are
/// looked at.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn count_of_operators(
    app: &App,
    organization: OrganizationId,
    operators: Vec<OperatorId>,
) -> db::Result<Counted> {
    let which = Which::Among(operators.into());
    count_within(app, organization, which).await
}

/// Counts the tokens that an entry for the organization would revoke, among its newest [`LOOKED_AT`]
/// lines. Console sessions are not counted.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn count_of_organization(app: &App, organization: OrganizationId) -> db::Result<Counted> {
    count_within(app, organization, Which::AllKinds).await
}

async fn count_within(
    app: &App,
    organization: OrganizationId,
    which: Which,
) -> db::Result<Counted> {
    let Read { lines, is_cut } = read(app, newest_of(organization, None, COUNTED), which).await?;
    Ok(Counted::of(lines.len(), is_cut))
}

fn newest_of(organization: OrganizationId, kind: Option<Kind>, limit: i64) -> Filter {
    Filter {
        kind,
        ..Filter::of(organization, limit)
    }
}

/// Counts the tokens that an entry for an OAuth client would revoke, among its newest [`LOOKED_AT`]
/// lines.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn count_of_client(
    app: &App,
    organization: OrganizationId,
    client: ClientId,
) -> db::Result<Counted> {
    let now = app.clock.now();
    let find =
        move |conn: &mut Conn| store::of_client(conn, (organization, &client), bounds(), now);
    count_found(app, organization, find).await
}

/// Counts the valid tokens that were issued with a company token or in a session, among the newest
/// [`LOOKED_AT`] of those.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn count_of_children(
    app: &App,
    organization: OrganizationId,
    parent: TokenId,
) -> db::Result<Counted> {
    let now = app.clock.now();
    let find = move |conn: &mut Conn| store::children(conn, (organization, parent), bounds(), now);
    count_found(app, organization, find).await
}

const fn bounds() -> Bounds {
    Bounds {
        looked_at: LOOKED_AT,
        loaded: LOADED,
    }
}

/// Counts those of the tokens that were found which no entry of the feed revokes.
async fn count_found(
    app: &App,
    organization: OrganizationId,
    find: impl FnOnce(&mut Conn) -> db::Result<Newest> + Send + 'static,
) -> db::Result<Counted> {
    let read = move |conn: &mut Conn| {
        let Newest { lines, or_more } = find(conn)?;
        let ancestry = Ancestry::of(conn, organization, &lines)?;
        Ok::<_, db::Error>((lines, or_more, ancestry))
    };
    let (lines, or_more, ancestry) = app.db.read(read).await?;
    let index = app.nodes.feed.index();
    let is_valid = |line: &&Line| {
        !index.revokes(&line.claims) && !ancestry.revokes(line, |claims| index.revokes(claims))
    };
    Ok(Counted::of(lines.iter().filter(is_valid).count(), or_more))
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
    let of_operators = newest_of(organization, Some(Kind::Operator), COUNTED);
    let Read { lines, is_cut } = read(app, of_operators, Which::Filtered).await?;
    let (companies, more) = company_tokens(app, organization).await?;
    let used = |line: &Line| {
        let unwritten = app.tokens.uses.unwritten(line.claims.jti);
        line.last_used_at.max(unwritten).is_some()
    };
    Ok(Recent {
        live: Counted::of(lines.len() + companies, is_cut || more),
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
    let of = newest_of(organization, Some(Kind::Operator), LOADED);
    let among: Arc<[OperatorId]> = operators.into();
    let Read { lines, is_cut } = read(app, of, Which::Among(Arc::clone(&among))).await?;
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
