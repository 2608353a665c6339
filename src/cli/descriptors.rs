//! Checks that the process may open enough files to start the service. The libraries below would
//! panic halfway.

use rustix::process::{Resource, getrlimit};

use super::output::Failure;
use crate::config::{Config, Url};

/// Other open files: standard streams, the log, signals, the accepting thread, certificates, some
/// client connections.
const BASE: u64 = 32;

/// For each worker: a poll, a wake-up, and a copy of the descriptor that reports signals.
const FOR_WORKER: u64 = 4;

/// Connections to the database in addition to the pool: the feed's, the listener's, the writer's,
/// and one for migrations.
const BESIDE_POOL: u64 = 4;

/// Fails if the limit is lower than the number that is certainly needed.
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
        // The database and its write-ahead log.
        Url::Sqlite(_) => 2,
        Url::Postgres(_) => 1,
    };
    BASE.saturating_add(workers.saturating_mul(FOR_WORKER))
        .saturating_add(connections.saturating_mul(files))
}
