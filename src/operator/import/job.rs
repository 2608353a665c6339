//! The jobs of imports.

use super::stored::{KEPT, RESULTS_KEPT};
use super::{next, store};
use crate::base::{ImportId, OrganizationId, Timestamp};
use crate::db::{Db, Error, Party, Result};
use crate::duty::Duty;
use crate::feed::Feed;
use crate::metrics::Metrics;
use crate::revocation;
use crate::seal::MasterKeys;
use crate::uptime::Ticks;

/// Applies the next lines of each import that is running. Returns the number of steps.
///
/// # Errors
/// Returns the first error of the database. The other imports have been tried too, and the next run
/// goes on.
pub fn go_on(
    db: &Db,
    (feed, metrics): (&Feed, &Metrics),
    masters: &MasterKeys,
    now: Timestamp,
) -> Result<usize> {
    let (mut steps, mut failed) = (0, None);
    for of in db.read_blocking(store::running)? {
        match one(db, (feed, metrics), masters, of, now) {
            Ok(true) => steps += 1,
            Ok(false) => {}
            // One that fails for good must not keep those of other organizations from going on.
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(steps), Err)
}

/// Applies the next lines of one import. Returns whether it came further. The operators that these lines
/// deactivate have lost their tokens on every node when this returns.
fn one(
    db: &Db,
    (feed, metrics): (&Feed, &Metrics),
    masters: &MasterKeys,
    (organization, id): (OrganizationId, ImportId),
    now: Timestamp,
) -> Result<bool> {
    let Some(step) = next(db, masters, (organization, id), now)? else {
        return Ok(false);
    };
    let long = db
        .on_behalf_of(Party::Organization(organization))
        .for_long();
    let gives_way = || long.must_give_way();
    match revocation::commit_in_job(&long, feed, |conn| step.apply(conn, &gives_way)) {
        Ok((_, revoked)) => {
            metrics.revocations.inc_by(revoked);
            Ok(true)
        }
        // Others go first.
        Err(Error::Busy) => Ok(false),
        Err(error) => Err(error),
    }
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
