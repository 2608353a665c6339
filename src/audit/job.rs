//! The jobs of the audit log: seal lines, check the chain, and delete what is older than the
//! retention.

use std::time::Duration;

use super::seal;
use super::store::chain as store;
use super::verify::{self, Look};
use crate::base::Timestamp;
use crate::db::{Db, Result};
use crate::duty::Duty;
use crate::uptime::Ticks;

const BATCH: i64 = 5_000;

/// How many batches one run seals at most. After an upgrade there may be millions of lines.
const SEALED_AT_ONCE: usize = 20;

/// How many batches, and how many lines, one run checks at most.
const CHECKED_AT_ONCE: (u64, u64) = (1_000, 20_000);

/// Deletes lines written more than `retention` of uptime ago, in bounded batches. A batch of the chain
/// goes once its last line is that old. Returns the number of lines.
///
/// # Errors
/// Returns the errors of the database and of the duty.
pub fn purge(db: &Db, duty: &Duty, retention: Duration, ticks: &Ticks) -> Result<usize> {
    let Some(last) = ticks.audit_horizon(retention) else {
        return Ok(0);
    };
    let sealed = duty.write_all(db, |conn| store::purge_batches(conn, last, BATCH))?;
    let others = duty.write_all(db, |conn| store::purge_unsealed(conn, last, BATCH))?;
    Ok(sealed + others)
}

/// Seals lines that are not sealed yet. Returns their number.
///
/// # Errors
/// Returns the errors of the database and of the duty.
pub fn seal(db: &Db, duty: &Duty, now: Timestamp) -> Result<usize> {
    let mut sealed = 0;
    for _ in 0..SEALED_AT_ONCE {
        if !db.read_blocking(store::has_unsealed)? {
            break;
        }
        sealed += duty.write(db, |conn| seal::seal(conn, now))?;
    }
    Ok(sealed)
}

/// Checks the batches after those that the last run has checked, and begins again at the end. Notes
/// the first batch at fault, which the console shows. Returns the number of batches.
///
/// # Errors
/// Returns the errors of the database and of the duty.
pub fn check(db: &Db, duty: &Duty) -> Result<usize> {
    let chain = db.read_blocking(store::read)?;
    let (mut before, mut batch) = (chain.purged_hash, chain.purged_batch);
    let mut broken = chain.broken_batch;
    if chain.checked_batch > chain.purged_batch
        && chain.checked_batch < chain.batch
        && let Some(record) = db.read_blocking(|conn| store::batch(conn, chain.checked_batch))?
    {
        (before, batch) = (record.hash, record.id);
    }
    let (most_batches, most_lines) = CHECKED_AT_ONCE;
    let (mut batches, mut lines) = (0, 0);
    while batch < chain.batch && batches < most_batches && lines < most_lines {
        let Look::There {
            hash,
            lines: more,
            fault,
            ..
        } = verify::look(db, before, batch + 1)?
        else {
            break;
        };
        batch += 1;
        batches += 1;
        lines += more;
        broken = match fault {
            Some(_) => Some(broken.map_or(batch, |known| known.min(batch))),
            None => broken.filter(|known| *known != batch),
        };
        if let Some(fault) = fault {
            tracing::error!(
                batch,
                ?fault,
                "the audit log was changed after it was sealed; see `lanyard audit verify`"
            );
        }
        before = hash.unwrap_or(before);
    }
    if broken.is_some_and(|known| known <= chain.purged_batch) {
        broken = None;
    }
    if (batch, broken) != (chain.checked_batch, chain.broken_batch) {
        duty.write(db, |conn| store::checked(conn, batch, broken))?;
    }
    Ok(usize::try_from(batches).unwrap_or_default())
}
