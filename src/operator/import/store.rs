//! The tables `operator_imports` and `operator_import_results`.

use diesel::prelude::*;

use super::Done;
use super::stored::{Import, Owner, State};
use crate::base::{ImportId, OperatorId, OrganizationId, Timestamp, TokenId};
use crate::db::schema::{operator_import_results as results_of, operator_imports as table};
use crate::db::{Conn, Error, Result};
use crate::seal::Sealed;

crate::db::word_column!(State);

/// The largest number of imports that one transaction deletes.
const BATCH: i64 = 100;

#[derive(Queryable, Selectable)]
#[diesel(table_name = table)]
struct Row {
    organization_id: OrganizationId,
    id: ImportId,
    state: State,
    lines: i64,
    done: i64,
    operator_id: Option<OperatorId>,
    checked_at: Timestamp,
}

impl From<Row> for Import {
    fn from(row: Row) -> Self {
        Self {
            organization: row.organization_id,
            id: row.id,
            state: row.state,
            lines: row.lines,
            done: row.done,
            operator: row.operator_id,
            checked_at: row.checked_at,
        }
    }
}

pub(super) fn insert(
    conn: &mut Conn,
    import: &Import,
    owner: Owner,
    sealed: &Sealed,
) -> Result<()> {
    diesel::insert_into(table::table)
        .values((
            table::organization_id.eq(import.organization),
            table::id.eq(import.id),
            table::state.eq(import.state),
            table::lines.eq(import.lines),
            table::done.eq(import.done),
            table::operator_id.eq(owner.operator),
            table::session_jti.eq(owner.session),
            table::checked_at.eq(import.checked_at),
            table::sealed_lines.eq(&sealed.value),
            table::sealed_by.eq(&sealed.by),
        ))
        .execute(conn)?;
    Ok(())
}

/// Deletes the imports of an account that were checked and not applied.
pub(super) fn delete_checked(
    conn: &mut Conn,
    organization: OrganizationId,
    owner: Owner,
) -> Result<()> {
    let open = table::table
        .filter(table::organization_id.eq(organization))
        .filter(table::state.eq(State::Checked));
    match owner {
        Owner {
            operator: Some(id), ..
        } => diesel::delete(open.filter(table::operator_id.eq(id))).execute(conn)?,
        Owner {
            session: Some(jti), ..
        } => diesel::delete(open.filter(table::session_jti.eq(jti))).execute(conn)?,
        _ => 0,
    };
    Ok(())
}

pub(super) fn find(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ImportId,
) -> Result<Option<Import>> {
    let row: Option<Row> = table::table
        .find((organization, id))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(Import::from))
}

pub(super) fn owner(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ImportId,
) -> Result<Option<Owner>> {
    let found: Option<(Option<OperatorId>, Option<TokenId>)> = table::table
        .find((organization, id))
        .select((table::operator_id, table::session_jti))
        .first(conn)
        .optional()?;
    Ok(found.map(|(operator, session)| Owner { operator, session }))
}

/// Where an import was begun.
#[derive(Queryable)]
pub(super) struct Began {
    pub(super) address: Option<String>,
    pub(super) request_id: Option<String>,
    /// The console session. `None` if it was begun in none, or by an earlier version of Lanyard.
    pub(super) session: Option<TokenId>,
}

/// Returns where an import was begun.
pub(super) fn began(conn: &mut Conn, organization: OrganizationId, id: ImportId) -> Result<Began> {
    Ok(table::table
        .find((organization, id))
        .select((table::address, table::request_id, table::began_in))
        .first(conn)?)
}

/// Returns the lines of an import. `None` if it is done.
pub(super) fn sealed_lines(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ImportId,
) -> Result<Option<Sealed>> {
    let found: Option<(Vec<u8>, String)> = table::table
        .find((organization, id))
        .select((table::sealed_lines, table::sealed_by))
        .first(conn)
        .optional()?;
    let sealed = found.map(|(value, by)| Sealed { value, by });
    Ok(sealed.filter(|sealed| !sealed.value.is_empty()))
}

/// Begins to apply an import. Returns whether it was waiting for this: another check of the same account
/// may have deleted it meanwhile.
pub(super) fn begin(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ImportId,
    (address, request_id): (Option<String>, Option<&str>),
    session: Option<TokenId>,
) -> Result<bool> {
    let waiting = table::table
        .find((organization, id))
        .filter(table::state.eq(State::Checked));
    let begun = diesel::update(waiting)
        .set((
            table::state.eq(State::Running),
            table::address.eq(address),
            table::request_id.eq(request_id),
            table::began_in.eq(session),
        ))
        .execute(conn)?;
    Ok(begun == 1)
}

pub(super) fn advance(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ImportId,
    done: i64,
) -> Result<()> {
    diesel::update(table::table.find((organization, id)))
        .set(table::done.eq(done))
        .execute(conn)?;
    Ok(())
}

/// Ends an import and deletes its lines.
pub(super) fn end(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ImportId,
    state: State,
    done: i64,
) -> Result<()> {
    diesel::update(table::table.find((organization, id)))
        .set((
            table::state.eq(state),
            table::done.eq(done),
            table::sealed_lines.eq(Vec::<u8>::new()),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn add_results(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ImportId,
    first: i64,
    results: &[Done],
) -> Result<()> {
    let text = serde_json::to_string(results).map_err(|why| Error::Internal(why.to_string()))?;
    diesel::insert_into(results_of::table)
        .values((
            results_of::organization_id.eq(organization),
            results_of::import_id.eq(id),
            results_of::first.eq(first),
            results_of::results.eq(text),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn results(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ImportId,
) -> Result<Vec<Done>> {
    let texts: Vec<String> = results_of::table
        .filter(results_of::organization_id.eq(organization))
        .filter(results_of::import_id.eq(id))
        .order(results_of::first)
        .select(results_of::results)
        .load(conn)?;
    let mut all = Vec::new();
    for text in texts {
        let some: Vec<Done> =
            serde_json::from_str(&text).map_err(|why| Error::Internal(why.to_string()))?;
        all.extend(some);
    }
    Ok(all)
}

/// Deletes what was checked in an organization and not applied: the tables may have the names of a
/// person who is erased. Forgets from where that person applied its imports.
pub(in crate::operator) fn forget(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
) -> Result<()> {
    let all = || table::table.filter(table::organization_id.eq(organization));
    let checked = all().filter(table::state.eq(State::Checked));
    let mut ids: Vec<ImportId> = checked.select(table::id).load(conn)?;
    let own = all().filter(table::operator_id.eq(operator));
    ids.extend(own.select(table::id).load::<ImportId>(conn)?);
    // One by one and in the order of their ids, like the purge: with two different orders, the two
    // would deadlock on PostgreSQL.
    ids.sort_unstable();
    ids.dedup();
    for id in ids {
        let row = || table::table.find((organization, id));
        diesel::delete(row().filter(table::state.eq(State::Checked))).execute(conn)?;
        diesel::update(row().filter(table::operator_id.eq(operator)))
            .set((
                table::address.eq(None::<String>),
                table::request_id.eq(None::<String>),
            ))
            .execute(conn)?;
    }
    Ok(())
}

pub(super) fn running(conn: &mut Conn) -> Result<Vec<(OrganizationId, ImportId)>> {
    Ok(table::table
        .filter(table::state.eq(State::Running))
        .order((table::organization_id, table::id))
        .select((table::organization_id, table::id))
        .load(conn)?)
}

/// Deletes imports that were checked before `checked` and not applied, and ended ones that were checked
/// before `ended`. An import that begins meanwhile stays.
pub(super) fn purge(conn: &mut Conn, checked: Timestamp, ended: Timestamp) -> Result<usize> {
    let is_old = table::state
        .eq(State::Checked)
        .and(table::checked_at.lt(checked))
        .or(table::state
            .ne(State::Running)
            .and(table::checked_at.lt(ended)));
    let old: Vec<(OrganizationId, ImportId)> = table::table
        .filter(is_old)
        .order((table::organization_id, table::id))
        .limit(BATCH)
        .select((table::organization_id, table::id))
        .load(conn)?;
    let mut deleted = 0;
    for (organization, id) in &old {
        let resting = table::table
            .find((organization, id))
            .filter(table::state.ne(State::Running));
        if diesel::delete(resting).execute(conn)? == 0 {
            continue;
        }
        deleted += 1;
        let of_it = results_of::table
            .filter(results_of::organization_id.eq(organization))
            .filter(results_of::import_id.eq(id));
        diesel::delete(of_it).execute(conn)?;
    }
    Ok(deleted)
}
