//! The jobs: to fill in the words and the folded names of operators from before these were stored, and
//! to write when operators got their last tokens.

use std::collections::BTreeSet;

use super::{OperatorStatus, store};
use crate::base::Timestamp;
use crate::db::{Conn, Db, Result};
use crate::duty::Duty;
use crate::issue::LastTokens;

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

/// The number of operators whose last tokens are written in one transaction.
const LAST_TOKENS: usize = 500;

/// Writes when operators got their last tokens. Returns their number. What could not be written is kept
/// for the next run.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn write_last_tokens(db: &Db, tokens: &LastTokens, now: Timestamp) -> Result<usize> {
    let mut number = 0;
    for batch in tokens.pending().chunks(LAST_TOKENS) {
        let write = |conn: &mut Conn| store::write_last_tokens(conn, batch);
        let written = db.write_statement_blocking(write)?;
        tokens.written(&written);
        number += written.len();
    }
    tokens.tidy(now);
    Ok(number)
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
                _ => (operator.id, operator.words()),
            })
            .collect();
        store::set_words(conn, organization, &of)?;
    }
    store::fold_names(conn, &found)?;
    store::filled_up_to(conn, last.id)?;
    Ok(found.len())
}
