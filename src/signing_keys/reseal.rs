//! Resealing: every signing key under another master key, in one transaction, while servers run. They hold their keys in
//! memory and need not open them again; whoever starts, or meets a new key, needs the new master key.

use super::Keeper;
use super::error::KeysError;
use super::store;
use crate::audit::{self, Action, Actor, Event};
use crate::base::Timestamp;
use crate::db::{self, Conn};

/// Seals every key with the current master key; how many were not before.
///
/// # Errors
/// The [`KeysError`], and then nothing is changed.
pub fn reseal(
    conn: &mut Conn,
    keeper: &Keeper,
    actor: &Actor,
    now: Timestamp,
) -> Result<usize, KeysError> {
    db::serialize_writes(conn, "keys")?;
    let master = keeper.masters().current();
    let mut rows = store::usable(conn)?;
    rows.retain(|row| row.sealed_by != master.fingerprint());
    // What was revoked with a master key that is lost stays as it is: nobody needs to open it.
    rows.retain(|row| !row.key().life.is_revoked() || keeper.masters().open(row).is_ok());
    for row in &rows {
        let secret = keeper.masters().open(row)?;
        let sealed = master
            .seal(&secret, &row.context())
            .map_err(KeysError::Seal)?;
        store::set_sealed(conn, row.kid, &sealed, master.fingerprint())?;
    }
    if !rows.is_empty() {
        let event = Event::new(Action::KeysResealed, actor.clone(), now).detail(format!(
            "{} keys, with the master key of fingerprint {}",
            rows.len(),
            master.fingerprint()
        ));
        audit::record(conn, &event)?;
    }
    Ok(rows.len())
}
