//! Queries for the table `ledger`. On PostgreSQL, one statement of fixed text inserts many rows; on
//! SQLite, a cached statement inserts them one by one. Each is the fastest way on its database.

use std::time::Duration;

use diesel::dsl::{exists, not};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Binary, Nullable, Text};

use super::{Filter, Handover, Issued, Line, Record};
use crate::base::{KeyId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId};
use crate::db::schema::{ledger, organizations, signing_keys};
use crate::db::{Conn, Error, Result};
use crate::token::{Claims, Kind, Life, TokenUse};
use crate::uptime::Ticks;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = ledger, treat_none_as_default_value = false)]
pub(super) struct Row {
    organization_id: OrganizationId,
    jti: TokenId,
    kind: Kind,
    operator_id: Option<OperatorId>,
    parent: Option<TokenId>,
    kid: KeyId,
    rev: Sequence,
    issued_at: Timestamp,
    expires_at: Option<Timestamp>,
    last_used_at: Option<Timestamp>,
    address: Option<String>,
    successor: Option<TokenId>,
    rotated_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
    due_reported_at: Option<Timestamp>,
}

impl From<&Issued> for Row {
    fn from(issued: &Issued) -> Self {
        let claims = &issued.claims;
        Self {
            organization_id: claims.organization,
            jti: claims.jti,
            kind: claims.kind(),
            operator_id: claims.operator(),
            parent: claims.parent(),
            kid: issued.kid,
            rev: claims.rev,
            issued_at: claims.issued_at,
            expires_at: claims.expires_at(),
            last_used_at: None,
            address: issued.address.map(|address| address.to_string()),
            successor: None,
            rotated_at: None,
            ends_at: None,
            due_reported_at: None,
        }
    }
}

impl TryFrom<Row> for Record {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let token_use = match (row.kind, row.operator_id, row.parent, row.expires_at) {
            (Kind::Company, ..) => TokenUse::Company {
                expires_at: row.expires_at,
            },
            (Kind::Operator, Some(operator), Some(parent), Some(expires_at)) => {
                TokenUse::Operator {
                    operator,
                    parent,
                    expires_at,
                }
            }
            _ => {
                return Err(Error::Internal(format!(
                    "the ledger's line of {} is not whole",
                    row.jti
                )));
            }
        };
        let claims = Claims {
            jti: row.jti,
            organization: row.organization_id,
            rev: row.rev,
            issued_at: row.issued_at,
            token_use,
        };
        let line = Line {
            claims,
            last_used_at: row.last_used_at,
            ends_at: row.ends_at,
            handover: row
                .successor
                .zip(row.rotated_at)
                .map(|(successor, at)| Handover { successor, at }),
        };
        Ok(Self {
            line,
            kid: row.kid,
            address: row.address,
            due_reported_at: row.due_reported_at,
        })
    }
}

/// Rows as columns. The text of the statement never changes, so it is prepared only once.
struct Columns<'a> {
    organization: Vec<i64>,
    jti: Vec<&'a [u8]>,
    kind: Vec<&'a str>,
    operator: Vec<Option<i64>>,
    parent: Vec<Option<Vec<u8>>>,
    kid: Vec<&'a str>,
    rev: Vec<i64>,
    issued_at: Vec<i64>,
    expires_at: Vec<Option<i64>>,
    address: Vec<Option<String>>,
}

impl<'a> Columns<'a> {
    fn of(issued: &'a [Issued]) -> Self {
        fn column<'a, T>(issued: &'a [Issued], of: impl Fn(&'a Issued) -> T) -> Vec<T> {
            issued.iter().map(of).collect()
        }
        Self {
            organization: column(issued, |line| line.claims.organization.0),
            jti: column(issued, |line| line.claims.jti.0.as_slice()),
            kind: column(issued, |line| line.claims.kind().as_str()),
            operator: column(issued, |line| line.claims.operator().map(|id| id.0)),
            parent: column(issued, |line| line.claims.parent().map(|id| id.0.to_vec())),
            kid: column(issued, |line| line.kid.as_str()),
            rev: column(issued, |line| line.claims.rev.0),
            issued_at: column(issued, |line| line.claims.issued_at.0),
            expires_at: column(issued, |line| line.claims.expires_at().map(|at| at.0)),
            address: column(issued, |line| {
                line.address.map(|address| address.to_string())
            }),
        }
    }
}

impl QueryId for Columns<'_> {
    type QueryId = Columns<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl QueryFragment<Pg> for Columns<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO ledger \
             (organization_id, jti, kind, operator_id, parent, kid, rev, issued_at, expires_at, address) \
             SELECT * FROM UNNEST(",
        );
        out.push_bind_param::<Array<BigInt>, _>(&self.organization)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Binary>, _>(&self.jti)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.kind)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<BigInt>>, _>(&self.operator)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Binary>>, _>(&self.parent)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.kid)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.rev)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.issued_at)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<BigInt>>, _>(&self.expires_at)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.address)?;
        out.push_sql(")");
        Ok(())
    }
}

impl RunQueryDsl<PgConnection> for Columns<'_> {}

/// Inserts issued tokens in the caller's transaction: one statement on PostgreSQL, one for each row
/// on SQLite.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn insert(conn: &mut Conn, issued: &[Issued]) -> Result<()> {
    match conn {
        Conn::Sqlite(conn) => {
            for row in issued {
                diesel::insert_into(ledger::table)
                    .values(Row::from(row))
                    .execute(conn)?;
            }
        }
        Conn::Postgres(conn) => {
            Columns::of(issued).execute(conn)?;
        }
    }
    Ok(())
}

/// Returns tokens that have not expired at `now` and whose key is not revoked, newest first. The
/// result may contain revoked tokens: those are in the feed, not in the ledger.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn live(conn: &mut Conn, filter: &Filter, now: Timestamp) -> Result<Vec<Line>> {
    let revoked = signing_keys::table
        .filter(signing_keys::kid.eq(ledger::kid))
        .filter(signing_keys::revoked_at.is_not_null());
    let mut query = ledger::table
        .filter(ledger::organization_id.eq(filter.organization))
        .filter(not(exists(revoked)))
        .filter(ledger::expires_at.is_null().or(ledger::expires_at.gt(now)))
        .filter(ledger::ends_at.is_null().or(ledger::ends_at.gt(now)))
        .select(Row::as_select())
        .into_boxed();
    if let Some(before) = filter.before {
        query = query.filter(ledger::jti.lt(before));
    }
    if let Some(operator) = filter.operator {
        query = query.filter(ledger::operator_id.eq(operator));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(ledger::kind.eq(kind));
    }
    let rows: Vec<Row> = query
        .order(ledger::jti.desc())
        .limit(filter.limit)
        .load(conn)?;
    let line = |row| Record::try_from(row).map(|record| record.line);
    rows.into_iter().map(line).collect()
}

/// Returns the record of an organization's token; `None` if there is none.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn find(conn: &mut Conn, organization: OrganizationId, jti: TokenId) -> Result<Option<Record>> {
    let row: Option<Row> = ledger::table
        .find((organization, jti))
        .select(Row::as_select())
        .get_result(conn)
        .optional()?;
    row.map(Record::try_from).transpose()
}

/// Like [`find`], for any organization. The query looks in each organization, because the primary
/// key begins with the organization.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn find_anywhere(conn: &mut Conn, jti: TokenId) -> Result<Option<Record>> {
    let everyone = organizations::table.select(organizations::id);
    let row: Option<Row> = ledger::table
        .filter(ledger::organization_id.eq_any(everyone))
        .filter(ledger::jti.eq(jti))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    row.map(Record::try_from).transpose()
}

/// A row that may be purged.
#[derive(Debug, Clone, Copy, Queryable)]
pub(super) struct Ended {
    organization: OrganizationId,
    jti: TokenId,
    rev: Sequence,
    issued_at: Timestamp,
    /// When the token expired.
    end: Timestamp,
    /// Whether this is the expiry it was issued with.
    own: bool,
}

impl Ended {
    /// Returns whether the token has certainly expired, by uptime. An expiry from rotation depends
    /// on clocks only.
    fn is_certain(&self, ticks: &Ticks) -> bool {
        let micros = self
            .end
            .as_micros()
            .saturating_sub(self.issued_at.as_micros());
        let life = Life::of(Duration::from_micros(
            u64::try_from(micros).unwrap_or_default(),
        ));
        !self.own || self.rev < ticks.floor(life)
    }

    fn place(&self) -> (Timestamp, OrganizationId, TokenId) {
        (self.end, self.organization, self.jti)
    }
}

/// Which expiry to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The one that a token was issued with.
    Own,
    /// The one set by rotation.
    Rotation,
}

/// Returns rows of tokens that expired before `horizon`, after the position `after`, at most
/// `limit`, in order.
pub(super) fn ended(
    conn: &mut Conn,
    end: End,
    horizon: Timestamp,
    after: Option<Ended>,
    limit: i64,
) -> Result<Vec<Ended>> {
    macro_rules! page {
        ($end:ident, $own:literal) => {{
            let mut query = ledger::table
                .filter(ledger::$end.lt(horizon))
                .select((
                    ledger::organization_id,
                    ledger::jti,
                    ledger::rev,
                    ledger::issued_at,
                    ledger::$end.assume_not_null(),
                    diesel::dsl::sql::<diesel::sql_types::Bool>($own),
                ))
                .into_boxed();
            if let Some((end, organization, jti)) = after.map(|after| after.place()) {
                let same = ledger::$end.eq(end);
                // The first filter lets the index find the start; the second skips what comes
                // before the position.
                query = query.filter(ledger::$end.ge(end)).filter(
                    ledger::$end
                        .gt(end)
                        .or(same.and(ledger::organization_id.gt(organization)))
                        .or(same.and(
                            ledger::organization_id
                                .eq(organization)
                                .and(ledger::jti.gt(jti)),
                        )),
                );
            }
            query
                .order((ledger::$end, ledger::organization_id, ledger::jti))
                .limit(limit)
                .load(conn)?
        }};
    }
    Ok(match end {
        End::Own => page!(expires_at, "TRUE"),
        End::Rotation => page!(ends_at, "FALSE"),
    })
}

/// Deletes those rows whose tokens have certainly expired, by uptime. Returns their number.
pub(super) fn purge(conn: &mut Conn, ended: &[Ended], ticks: &Ticks) -> Result<usize> {
    let mut gone = 0;
    for line in ended.iter().filter(|line| line.is_certain(ticks)) {
        gone += diesel::delete(ledger::table.find((line.organization, line.jti))).execute(conn)?;
    }
    Ok(gone)
}
