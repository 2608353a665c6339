//! Serializes the writes of one kind of record: ids without gaps, and read-modify-write transactions.

use diesel::prelude::*;

use super::schema::sequences;
use super::{Conn, Result};
use crate::base::OrganizationId;

/// Takes `count` new numbers from the named sequence and returns the first. The sequence's row
/// stays locked until the transaction ends, which also serializes the transactions that create such
/// records.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn allocate(conn: &mut Conn, name: &'static str, count: i64) -> Result<i64> {
    let last: i64 = diesel::update(sequences::table.find(name))
        .set(sequences::value.eq(sequences::value + count))
        .returning(sequences::value)
        .get_result(conn)?;
    Ok(last - count + 1)
}

/// Serializes read-modify-write transactions on the records of the named sequence, by locking its
/// row until the transaction ends. Must be called before the records are read, and always as a
/// transaction's first lock, so that no deadlock is possible.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn serialize_writes(conn: &mut Conn, name: &'static str) -> Result<()> {
    allocate(conn, name, 0).map(|_| ())
}

/// Like [`serialize_writes`], for the records of one organization only: transactions of other
/// organizations do not wait. On SQLite it does nothing, because only one transaction writes at a
/// time.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn serialize_within(conn: &mut Conn, name: Records, of: OrganizationId) -> Result<()> {
    if let Conn::Postgres(conn) = conn {
        // Organizations whose ids share their low 31 bits wait for each other, which is harmless.
        let of = i32::try_from(of.0 & i64::from(i32::MAX)).unwrap_or_default();
        diesel::sql_query("SELECT pg_advisory_xact_lock($1, $2)")
            .bind::<diesel::sql_types::Integer, _>(name as i32)
            .bind::<diesel::sql_types::Integer, _>(of)
            .execute(conn)?;
    }
    Ok(())
}

/// The kinds of record whose writes are serialized for each organization.
#[derive(Debug, Clone, Copy)]
#[repr(i32)]
pub enum Records {
    /// The organization's operators.
    Operators = 1,
    /// The organization's clients, and the scopes, roles and resources that they may name.
    Clients = 2,
}
