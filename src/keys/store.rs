//! The signing keys' rows.

use diesel::prelude::*;

use super::KeyState;
use crate::base::Timestamp;
use crate::db::schema::signing_keys;
use crate::db::{Conn, Result};
use crate::token::Algorithm;

/// A signing key at rest.
#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys, treat_none_as_default_value = false)]
pub(super) struct KeyRow {
    pub(super) kid: String,
    pub(super) algorithm: Algorithm,
    pub(super) state: KeyState,
    pub(super) sealed_key: Vec<u8>,
    pub(super) sealed_by: String,
    pub(super) created_at: Timestamp,
    pub(super) activated_at: Option<Timestamp>,
    pub(super) retired_at: Option<Timestamp>,
}

/// All keys that still sign or verify.
pub(super) fn usable(conn: &mut Conn) -> Result<Vec<KeyRow>> {
    Ok(signing_keys::table
        .filter(signing_keys::state.ne(KeyState::Retired))
        .order(signing_keys::created_at)
        .select(KeyRow::as_select())
        .load(conn)?)
}

pub(super) fn insert(conn: &mut Conn, row: &KeyRow) -> Result<()> {
    diesel::insert_into(signing_keys::table)
        .values(row)
        .execute(conn)?;
    Ok(())
}
