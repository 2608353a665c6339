//! The job that fills in the words of operators from before these were stored.

use std::collections::BTreeSet;

use super::{OperatorStatus, store, words};
use crate::db::{Conn, Db, Result};
use crate::duty::Duty;

/// The number of operators that one transaction fills in.
const BATCH: i64 = 500;

/// Fills in the words of operators that were added by an older release, also while it still runs on
/// another node. Returns their number.
///
/// # Errors
/// Returns the errors of the database and of the duty. The next run goes on.
pub fn fill_in_words(db: &Db, duty: &Duty) -> Result<usize> {
    duty.write_all(db, fill_in)
}

fn fill_in(conn: &mut Conn) -> Result<usize> {
    let found = store::without_words(conn, BATCH)?;
    let Some(last) = found.last() else {
        return Ok(0);
    };
    for some in found.chunk_by(|one, other| one.organization == other.organization) {
        let Some(organization) = some.first().map(|first| first.organization) else {
            continue;
        };
        let of: Vec<_> = some
            .iter()
            .map(|operator| match operator.status {
                OperatorStatus::Deleted => (operator.id, BTreeSet::new()),
                _ => (operator.id, words::of(&operator.profile)),
            })
            .collect();
        store::set_words(conn, organization, &of)?;
    }
    store::filled_up_to(conn, last.id)?;
    Ok(found.len())
}
