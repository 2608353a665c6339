//! Reseals: seals every sealed value again with the current master key, in one transaction, while
//! nodes run. Nodes hold unsealed signing keys in memory and need not unseal them again. A node
//! that starts, or reads a value again, needs the new master key.

use super::{MasterKeys, SEALED, SealError, SealedColumn, store};
use crate::audit::{self, Action, Actor, Event};
use crate::base::Timestamp;
use crate::db::{self, Conn};

/// How many values were resealed, for each column of [`SEALED`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resealed(Vec<(&'static SealedColumn, usize)>);

impl Resealed {
    /// Returns the columns, in the order of [`SEALED`], each with the number of its values that
    /// were resealed.
    pub fn iter(&self) -> impl Iterator<Item = (&'static SealedColumn, usize)> {
        self.0.iter().copied()
    }

    /// Returns the total number of values that were resealed.
    #[must_use]
    pub fn total(&self) -> usize {
        self.iter().map(|(_, count)| count).sum()
    }
}

/// Seals every value of [`SEALED`] with the current master key, in the caller's transaction.
/// Running it again changes nothing.
///
/// # Errors
/// Returns the [`SealError`]; the caller must then roll its transaction back.
pub fn reseal(
    conn: &mut Conn,
    masters: &MasterKeys,
    actor: &Actor,
    now: Timestamp,
) -> Result<Resealed, SealError> {
    let mut resealed = Vec::with_capacity(SEALED.len());
    for column in SEALED {
        resealed.push((column, reseal_column(conn, column, masters)?));
    }
    let resealed = Resealed(resealed);
    if resealed.total() > 0 {
        let counts: Vec<_> = resealed
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(column, count)| format!("{count} {}", column.what))
            .collect();
        let event = Event::new(Action::KeysResealed, actor.clone(), now).detail(format!(
            "{}, with the master key of fingerprint {}",
            counts.join(", "),
            masters.current().fingerprint()
        ));
        audit::record(conn, &event)?;
    }
    Ok(resealed)
}

fn reseal_column(
    conn: &mut Conn,
    column: &SealedColumn,
    masters: &MasterKeys,
) -> Result<usize, SealError> {
    // Writers lock this row first as well. So no writer can seal with the old master key, unseen by
    // the query below, and commit after it.
    db::serialize_writes(conn, column.sequence)?;
    let current = masters.current();
    let mut count = 0;
    for row in store::sealed_by_others(conn, column, current.fingerprint())? {
        let (sealed, name) = (row.sealed(), row.name());
        let secret = match masters.open(&sealed, name) {
            Ok(secret) => secret,
            Err(_) if !row.is_needed() => continue,
            Err(why) => return Err(why),
        };
        store::replace(conn, column, &row, &current.seal(&secret, name)?)?;
        count += 1;
    }
    Ok(count)
}
