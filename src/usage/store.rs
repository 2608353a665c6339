//! The rows of the table `usage`.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::{Bucket, Count, Counts, Grain};
use crate::base::{OrganizationId, Timestamp};
use crate::db::schema::usage;
use crate::db::{Conn, Result, Rows, Statement};

crate::db::word_column!(Grain);

crate::rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = usage)]
    struct Row in usage {
        organization_id: OrganizationId,
        grain: Grain,
        at: Timestamp,
        valid: i64,
        expired: i64,
        revoked: i64,
        invalid: i64,
        issued_company: i64,
        issued_operator: i64,
        issued_oauth: i64,
        key_used: i64,
        key_refused: i64,
        signed_in: i64,
        sign_in_refused: i64,
        revoked_entries: i64,
        live: Option<i64>,
    }
}

/// What is added to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// The organization; [`OrganizationId::SERVICE`] is the service itself.
    pub organization: OrganizationId,
    /// The length of the span that the row covers.
    pub grain: Grain,
    /// When the span began.
    pub at: Timestamp,
    /// What is added.
    pub counts: Counts,
}

impl Row {
    fn new(added: &Line, live: Option<i64>) -> Self {
        let of = |count| added.counts.of(count);
        Self {
            organization_id: added.organization,
            grain: added.grain,
            at: added.at,
            valid: of(Count::Valid),
            expired: of(Count::Expired),
            revoked: of(Count::Revoked),
            invalid: of(Count::Invalid),
            issued_company: of(Count::IssuedCompany),
            issued_operator: of(Count::IssuedOperator),
            issued_oauth: of(Count::IssuedOauth),
            key_used: of(Count::KeyUsed),
            key_refused: of(Count::KeyRefused),
            signed_in: of(Count::SignedIn),
            sign_in_refused: of(Count::SignInRefused),
            revoked_entries: of(Count::RevokedEntries),
            live,
        }
    }
}

impl From<Row> for Bucket {
    fn from(row: Row) -> Self {
        let counts = Counts::default()
            .with(Count::Valid, row.valid)
            .with(Count::Expired, row.expired)
            .with(Count::Revoked, row.revoked)
            .with(Count::Invalid, row.invalid)
            .with(Count::IssuedCompany, row.issued_company)
            .with(Count::IssuedOperator, row.issued_operator)
            .with(Count::IssuedOauth, row.issued_oauth)
            .with(Count::KeyUsed, row.key_used)
            .with(Count::KeyRefused, row.key_refused)
            .with(Count::SignedIn, row.signed_in)
            .with(Count::SignInRefused, row.sign_in_refused)
            .with(Count::RevokedEntries, row.revoked_entries);
        Self {
            at: row.at,
            counts,
            live: row.live,
        }
    }
}

/// The statement that adds to the counts of a row, or inserts it.
struct Add;

/// The statement that sets the number of live tokens of a row, or inserts it.
struct SetLive;

macro_rules! insert {
    () => {
        "INSERT INTO usage (organization_id, grain, at, valid, expired, revoked, invalid, issued_company, issued_operator, issued_oauth, \
         key_used, key_refused, signed_in, sign_in_refused, revoked_entries, live) "
    };
}

macro_rules! add {
    () => {
        " ON CONFLICT (organization_id, grain, at) DO UPDATE SET \
         valid = usage.valid + excluded.valid, expired = usage.expired + excluded.expired, \
         revoked = usage.revoked + excluded.revoked, invalid = usage.invalid + excluded.invalid, \
         issued_company = usage.issued_company + excluded.issued_company, \
         issued_operator = usage.issued_operator + excluded.issued_operator, \
         issued_oauth = usage.issued_oauth + excluded.issued_oauth, \
         key_used = usage.key_used + excluded.key_used, key_refused = usage.key_refused + excluded.key_refused, \
         signed_in = usage.signed_in + excluded.signed_in, sign_in_refused = usage.sign_in_refused + excluded.sign_in_refused, \
         revoked_entries = usage.revoked_entries + excluded.revoked_entries"
    };
}

macro_rules! set_live {
    () => {
        " ON CONFLICT (organization_id, grain, at) DO UPDATE SET live = excluded.live"
    };
}

macro_rules! values {
    () => {
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    };
}

impl Statement for Add {
    const POSTGRES: (&'static str, &'static str) = (
        concat!(insert!(), "SELECT * FROM UNNEST("),
        concat!(")", add!()),
    );
    const SQLITE: &'static str = concat!(insert!(), values!(), add!());
}

impl Statement for SetLive {
    const POSTGRES: (&'static str, &'static str) = (
        concat!(insert!(), "SELECT * FROM UNNEST("),
        concat!(")", set_live!()),
    );
    const SQLITE: &'static str = concat!(insert!(), values!(), set_live!());
}

/// Adds to rows, with one statement on PostgreSQL. No two lines may name the same row, and they must
/// be in the order of their keys.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn add(conn: &mut Conn, lines: &[Line]) -> Result<()> {
    let rows: Vec<_> = lines.iter().map(|line| Row::new(line, None)).collect();
    Row::write::<Add>(conn, &rows)
}

/// Sets how many tokens are live at `now`: for the organizations that have some, for those that had
/// some in the same spans and have none now, and for the service. `live` must be in the order of the
/// organizations. Returns the number of organizations that have live tokens.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn set_live(conn: &mut Conn, live: &[(OrganizationId, i64)], now: Timestamp) -> Result<usize> {
    let mut numbers: BTreeMap<OrganizationId, i64> = BTreeMap::new();
    for grain in Grain::ALL {
        let before: Vec<OrganizationId> = usage::table
            .filter(usage::grain.eq(grain))
            .filter(usage::at.eq(grain.start(now)))
            .filter(usage::live.is_not_null())
            .select(usage::organization_id)
            .load(conn)?;
        numbers.extend(before.into_iter().map(|organization| (organization, 0)));
    }
    numbers.extend(live.iter().copied());
    let all: i64 = live.iter().map(|(_, number)| number).sum();
    numbers.insert(OrganizationId::SERVICE, all);
    let mut rows = Vec::with_capacity(numbers.len() * Grain::ALL.len());
    for (organization, number) in &numbers {
        for grain in Grain::ALL {
            let added = Line {
                organization: *organization,
                grain,
                at: grain.start(now),
                counts: Counts::default(),
            };
            rows.push(Row::new(&added, Some(*number)));
        }
    }
    Row::write::<SetLive>(conn, &rows)?;
    Ok(live.len())
}

/// Returns the rows of an organization and those of the service, from one instant to another, both
/// included.
pub(super) fn between(
    conn: &mut Conn,
    organization: OrganizationId,
    grain: Grain,
    (from, to): (Timestamp, Timestamp),
) -> Result<[Vec<Bucket>; 2]> {
    let mut of = |organization: OrganizationId| -> Result<Vec<Bucket>> {
        let rows: Vec<Row> = usage::table
            .filter(usage::organization_id.eq(organization))
            .filter(usage::grain.eq(grain))
            .filter(usage::at.between(from, to))
            .select(Row::as_select())
            .load(conn)?;
        Ok(rows.into_iter().map(Bucket::from).collect())
    };
    Ok([of(organization)?, of(OrganizationId::SERVICE)?])
}

/// Deletes at most `limit` rows of a grain whose span began before `before`. Returns the number of
/// rows.
pub(super) fn purge(conn: &mut Conn, grain: Grain, before: Timestamp, limit: i64) -> Result<usize> {
    let old: Vec<(OrganizationId, Grain, Timestamp)> = usage::table
        .filter(usage::grain.eq(grain))
        .filter(usage::at.lt(before))
        .order(usage::at)
        .limit(limit)
        .select((usage::organization_id, usage::grain, usage::at))
        .load(conn)?;
    let mut gone = 0;
    for key in old {
        gone += diesel::delete(usage::table.find(key)).execute(conn)?;
    }
    Ok(gone)
}
