//! Whether the process may open as many files as the service needs to start. Libraries below would panic half-way.

use rustix::process::{Resource, getrlimit};

use super::output::Failure;
use crate::config::{Config, Url};

/// What is open besides: standard streams, the log, signals, the accepting thread, certificates, some connections of clients.
const BASE: u64 = 32;

/// A worker has a poll, a wake-up and a copy of what signals arrive by.
const FOR_WORKER: u64 = 4;

/// Connections to the database besides the pool: the feed's, the one that listens, the writer, one while migrating.
const BESIDE_POOL: u64 = 4;

/// Refuses to start where the limit is lower than what is needed for certain.
pub(super) fn check(config: &Config) -> Result<(), Failure> {
    let Some(limit) = getrlimit(Resource::Nofile).current else {
        return Ok(());
    };
    let needed = needed(config);
    if limit >= needed {
        return Ok(());
    }
    Err(Failure::new(format_args!(
        "this process may have {limit} files and connections open, and needs {needed} to start; raise the limit \
         (`ulimit -n 4096`, or LimitNOFILE= in a unit of systemd)"
    )))
}

fn needed(config: &Config) -> u64 {
    let workers = u64::try_from(config.http.workers.count()).unwrap_or(u64::MAX);
    let connections = u64::from(config.database.pool_size).saturating_add(BESIDE_POOL);
    let files = match config.database.url {
        // The database and its log.
        Url::Sqlite(_) => 2,
        Url::Postgres(_) => 1,
    };
    BASE.saturating_add(workers.saturating_mul(FOR_WORKER))
        .saturating_add(connections.saturating_mul(files))
}
