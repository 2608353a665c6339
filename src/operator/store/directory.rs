//! Queries for the list of operators.

use diesel::prelude::*;

use super::words::after_all;
use super::{Row, with_factor};
use crate::base::{OperatorId, OrganizationId, Seek, Timestamp};
use crate::db::schema::{operator_words, operators, totp};
use crate::db::{Conn, Result};
use crate::operator::directory::{Entry, Key, Order, Wanted};
use crate::operator::{Operator, OperatorStatus};

/// A row, when its second factor was made, and when its operator last got a token.
type Found = (Row, Option<Timestamp>, Option<Timestamp>);

impl From<Found> for Entry {
    fn from((row, factor, last_token_at): Found) -> Self {
        Self {
            name_fold: row.name_fold.clone(),
            operator: Operator::from((row, factor)),
            last_token_at,
        }
    }
}

/// Returns the organization's operators with these ids, deleted ones included.
pub(in crate::operator) fn entries(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[OperatorId],
) -> Result<Vec<Entry>> {
    let rows: Vec<Found> = with_factor()
        .filter(operators::organization_id.eq(organization))
        .filter(operators::id.eq_any(ids))
        .select((
            Row::as_select(),
            totp::created_at.nullable(),
            operators::last_token_at,
        ))
        .load(conn)?;
    Ok(rows.into_iter().map(Entry::from).collect())
}

/// What one page looks at, if it does not look at all operators: the last one, and the first one behind
/// it.
pub(in crate::operator) struct Part {
    pub(in crate::operator) last: Key,
    pub(in crate::operator) behind: Key,
    /// The name of the last one.
    pub(in crate::operator) name: String,
}

/// Restricts a query to the operators that an index has in the order of the list, and to those in the
/// direction of reading.
macro_rules! indexed {
    ($query:expr, $wanted:expr) => {{
        let mut query = $query.filter(operators::organization_id.eq($wanted.organization));
        match $wanted.order {
            Order::Created => {
                if let Some(status) = $wanted.status {
                    query = query.filter(operators::status.eq(status));
                    if let Some(role) = &$wanted.role {
                        query = query.filter(operators::role.eq(role));
                    }
                }
                match &$wanted.seek {
                    Seek::First => query.order(operators::id.asc()),
                    Seek::After(key) => query
                        .filter(operators::id.gt(key.id))
                        .order(operators::id.asc()),
                    Seek::UpTo(key) => query
                        .filter(operators::id.le(key.id))
                        .order(operators::id.desc()),
                }
            }
            Order::Name => {
                // The first filter lets the index find the start.
                match &$wanted.seek {
                    Seek::First => query.order((operators::name_fold.asc(), operators::id.asc())),
                    Seek::After(Key { name, id }) => query
                        .filter(operators::name_fold.ge(name))
                        .filter(
                            operators::name_fold
                                .gt(name)
                                .or(operators::name_fold.eq(name).and(operators::id.gt(*id))),
                        )
                        .order((operators::name_fold.asc(), operators::id.asc())),
                    Seek::UpTo(Key { name, id }) => query
                        .filter(operators::name_fold.le(name))
                        .filter(
                            operators::name_fold
                                .lt(name)
                                .or(operators::name_fold.eq(name).and(operators::id.le(*id))),
                        )
                        .order((operators::name_fold.desc(), operators::id.desc())),
                }
            }
        }
    }};
}

/// Returns the part of the list that one page looks at: `most` operators. `None` if there are not more, or
/// if every operator that the index has belongs to the list.
pub(in crate::operator) fn part(
    conn: &mut Conn,
    wanted: &Wanted,
    most: i64,
) -> Result<Option<Part>> {
    let is_indexed = wanted.order == Order::Created
        && wanted.text.is_empty()
        && wanted.unused_since.is_none()
        && (wanted.status.is_some() || wanted.role.is_none());
    if is_indexed {
        return Ok(None);
    }
    let query = indexed!(operators::table.into_boxed(), wanted);
    let mut found: Vec<(OperatorId, String, String)> = query
        .select((operators::id, operators::name_fold, operators::name))
        .offset(most - 1)
        .limit(2)
        .load(conn)?;
    let key = |name: String, id| match wanted.order {
        Order::Name => Key { name, id },
        Order::Created => Key {
            name: String::new(),
            id,
        },
    };
    let (Some((behind, of_behind, _)), Some((last, of_last, name))) = (found.pop(), found.pop())
    else {
        return Ok(None);
    };
    Ok(Some(Part {
        last: key(of_last, last),
        behind: key(of_behind, behind),
        name,
    }))
}

/// Returns the operators of a page in the direction of reading, at most one more than its limit: those of
/// the part that have, for each of these texts, a word that begins with it.
pub(in crate::operator) fn scan(
    conn: &mut Conn,
    wanted: &Wanted,
    starts: &[String],
    part: Option<&Part>,
) -> Result<Vec<Entry>> {
    let mut query = indexed!(with_factor().into_boxed(), wanted);
    if let Some(Part { last, .. }) = part {
        query = match (wanted.order, wanted.seek.is_backwards()) {
            (Order::Created, false) => query.filter(operators::id.le(last.id)),
            (Order::Created, true) => query.filter(operators::id.ge(last.id)),
            // The first filter lets the index find the end.
            (Order::Name, false) => {
                let same = operators::name_fold.eq(&last.name);
                let before = operators::name_fold.lt(&last.name);
                query
                    .filter(operators::name_fold.le(&last.name))
                    .filter(before.or(same.and(operators::id.le(last.id))))
            }
            (Order::Name, true) => {
                let same = operators::name_fold.eq(&last.name);
                let after = operators::name_fold.gt(&last.name);
                query
                    .filter(operators::name_fold.ge(&last.name))
                    .filter(after.or(same.and(operators::id.ge(last.id))))
            }
        };
    }
    query = match wanted.status {
        Some(status) => query.filter(operators::status.eq(status)),
        None => query.filter(operators::status.ne(OperatorStatus::Deleted)),
    };
    if let Some(role) = &wanted.role {
        query = query.filter(operators::role.eq(role));
    }
    if let Some(since) = wanted.unused_since {
        let last = operators::last_token_at;
        query = query
            .filter(operators::created_at.lt(since))
            .filter(last.is_null().or(last.lt(since)));
    }
    for start in starts {
        let words = operator_words::table
            .filter(operator_words::organization_id.eq(wanted.organization))
            .filter(operator_words::operator_id.eq(operators::id))
            .filter(operator_words::word.ge(start));
        query = match after_all(start) {
            Some(end) => query.filter(diesel::dsl::exists(
                words.filter(operator_words::word.lt(end)),
            )),
            None => query.filter(diesel::dsl::exists(words)),
        };
    }
    let rows: Vec<Found> = query
        .select((
            Row::as_select(),
            totp::created_at.nullable(),
            operators::last_token_at,
        ))
        .limit(wanted.limit.saturating_add(1))
        .load(conn)?;
    Ok(rows.into_iter().map(Entry::from).collect())
}
