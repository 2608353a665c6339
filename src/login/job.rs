//! The jobs of logging in: they write failed logins to the audit log, and delete networks from
//! which nobody logs in any more.

use super::{FailedLogins, store};
use crate::audit;
use crate::base::Timestamp;
use crate::db::{Db, Result};
use crate::duty::Duty;

/// The largest number of networks that one transaction deletes.
const NETWORKS: i64 = 1_000;

/// Writes the failed logins that are due to the audit log: the first of each kind, and the others
/// of each minute that has passed (of all minutes if `stopping`). Returns the number of events that
/// were written.
///
/// # Errors
/// Returns the errors of the database; the events are then only in the service's own log.
pub fn record_failed_logins(db: &Db, failed: &FailedLogins, stopping: bool) -> Result<usize> {
    let events = failed.due(stopping);
    if events.is_empty() {
        return Ok(0);
    }
    let written = db.write_blocking(|conn| {
        let mut events = events.iter();
        events.try_for_each(|event| audit::record(conn, event))
    });
    if written.is_err() {
        tracing::warn!(
            ?events,
            "failed logins could not be written to the audit log"
        );
    }
    written.map(|()| events.len())
}

/// Deletes networks from which nobody has logged in since `horizon`, in bounded batches. Returns
/// the number of deleted networks.
///
/// # Errors
/// Returns the errors of the database and of the duty.
pub fn forget_networks(db: &Db, duty: &Duty, horizon: Option<Timestamp>) -> Result<usize> {
    let Some(horizon) = horizon else {
        return Ok(0);
    };
    let of_organizations =
        duty.write_all(db, |conn| store::forget_networks(conn, horizon, NETWORKS))?;
    let of_operators = duty.write_all(db, |conn| {
        store::forget_networks_of_operators(conn, horizon, NETWORKS)
    })?;
    let of_platform_admins = duty.write_all(db, |conn| {
        store::forget_networks_of_platform_admins(conn, horizon, NETWORKS)
    })?;
    Ok(of_organizations + of_operators + of_platform_admins)
}
