//! The jobs of imports.

use super::stored::{KEPT, RESULTS_KEPT};
use super::{next, store};
use crate::base::Timestamp;
use crate::db::{Db, Error, Party, Result};
use crate::duty::Duty;
use crate::feed::Feed;
use crate::seal::MasterKeys;
use crate::uptime::Ticks;

/// Applies the next lines of each import that is running. Returns the number of steps.
///
/// # Errors
/// Returns the errors of the database. The next run goes on.
pub fn go_on(db: &Db, feed: &Feed, masters: &MasterKeys, now: Timestamp) -> Result<usize> {
    let mut steps = 0;
    for (organization, id) in db.read_blocking(store::running)? {
        let Some(step) = next(db, masters, (organization, id), now)? else {
            continue;
        };
        let long = db
            .on_behalf_of(Party::Organization(organization))
            .for_long();
        let gives_way = || long.must_give_way();
        match long.write_blocking(|conn| step.apply(conn, &gives_way)) {
            Ok((_, entries)) => {
                for entry in &entries {
                    feed.apply_own(entry);
                }
                steps += 1;
            }
            // Others go first.
            Err(Error::Busy) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(steps)
}

/// Deletes what was checked more than an hour ago and not applied, and results that are older than a
/// week. Returns the number of imports.
///
/// # Errors
/// Returns the errors of the database and of the duty.
pub fn purge(db: &Db, duty: &Duty, ticks: &Ticks) -> Result<usize> {
    let Some(checked) = ticks.over_for(KEPT) else {
        return Ok(0);
    };
    // Until the service has run for a week, no results are that old.
    let ended = ticks.over_for(RESULTS_KEPT);
    let ended = ended.unwrap_or(Timestamp::from_micros(i64::MIN));
    duty.write_all(db, |conn| store::purge(conn, checked, ended))
}
