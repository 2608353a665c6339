//! The jobs as people see them, and the request that one runs at once.

use std::collections::HashMap;

use super::{Listed, NOTED, SERVICE, store};
use crate::audit::{self, Action, Event, Origin};
use crate::base::Timestamp;
use crate::db::{self, Conn};

/// Why a job is not run.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// There is no such job.
    #[error("there is no job with this name; `lanyard job list` shows those there are")]
    Unknown,
    /// The database failed.
    #[error("{0}")]
    Database(db::Error),
}

impl From<db::Error> for RequestError {
    fn from(error: db::Error) -> Self {
        Self::Database(error)
    }
}

/// Returns the jobs that are done once for all nodes, in the order in which they run.
///
/// # Errors
/// Returns the errors of the database.
pub fn list(conn: &mut Conn) -> db::Result<Vec<Listed>> {
    let records = store::load(conn)?;
    let wanted: HashMap<String, Timestamp> = store::wanted(conn)?.into_iter().collect();
    let listed = SERVICE.iter().map(|job| {
        let record = records.get(job.name).copied().unwrap_or_default();
        let is_noted = job.every >= NOTED;
        Listed {
            name: job.name,
            every: job.every,
            ran_at: record.ran_at,
            failed_at: record.failed_at,
            failures: record.failures,
            wanted_at: wanted.get(job.name).copied(),
            is_noted,
            next_at: record.due_at(job.every).filter(|_| is_noted),
        }
    });
    Ok(listed.collect())
}

/// Asks that a job runs at once, in the caller's transaction: the node on duty begins it within a few
/// seconds, whichever node that is then. Asking again before it has begun changes only the time of
/// the request.
///
/// # Errors
/// Returns the [`RequestError`].
pub fn request(
    conn: &mut Conn,
    name: &str,
    origin: &Origin,
    now: Timestamp,
) -> Result<(), RequestError> {
    let job = SERVICE.iter().find(|job| job.name == name);
    let job = job.ok_or(RequestError::Unknown)?;
    store::want(conn, job.name, now)?;
    let event = Event::of_service(origin, Action::JobRequested, now);
    audit::record(conn, &event.target(format!("job:{name}")))?;
    Ok(())
}
