//! Opens connections, and sets the timeouts of every session, so that no caller waits forever for a
//! database that hangs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::{ManageConnection, R2D2Connection};
use diesel::{Connection, PgConnection, SqliteConnection};
use secrecy::ExposeSecret;

use super::{Conn, Error, Result, libpq};
use crate::base::clock;
use crate::config::Url as DatabaseUrl;

/// PostgreSQL's limit for one statement. No statement of the service takes longer on a healthy
/// database.
pub(super) const STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);

/// The timeouts make PostgreSQL release the feed's head if a node stops responding within a
/// transaction.
const POSTGRES_SESSION: &str = "SET timezone = 'UTC'; SET lock_timeout = '3s'; SET statement_timeout = '5s'; \
    SET idle_in_transaction_session_timeout = '10s'";

/// `busy_timeout` comes first, because the switch to WAL needs the lock too. `journal_size_limit`:
/// when SQLite restarts a write-ahead log that a long read let grow, it truncates it to 4 MiB, the
/// size at which SQLite restarts it by itself.
const SQLITE_SESSION: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 4194304;";

/// Opens connections by the URL's scheme. Diesel's derived `establish` would try each database and
/// hide the error.
pub(super) struct Manager {
    pub(super) url: DatabaseUrl,
    /// Whether the last attempt to connect failed.
    pub(super) failing: Arc<AtomicBool>,
}

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = Error;

    fn connect(&self) -> Result<Conn> {
        let opened = establish(&self.url);
        if self.failing.swap(opened.is_err(), Ordering::AcqRel) != opened.is_err() {
            match &opened {
                Ok(_) => tracing::info!("the database is reachable again"),
                Err(why) => tracing::error!(%why, "the database cannot be reached"),
            }
        }
        opened
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<()> {
        conn.batch_execute("SELECT 1").map_err(Error::from)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        std::thread::panicking() || conn.is_broken() || is_cut(conn)
    }
}

/// Returns whether the server has closed the connection. Diesel does not notice this when a
/// statement cannot be prepared, and would use the connection forever. It reads the socket twice
/// without blocking; the first read may return PostgreSQL's last message.
pub(super) fn is_cut(conn: &mut Conn) -> bool {
    match conn {
        Conn::Postgres(conn) => (0..2).any(|_| {
            conn.notifications_iter()
                .any(|notification| notification.is_err())
        }),
        Conn::Sqlite(_) => false,
    }
}

/// Logs nothing: [`Manager::connect`] logs a connection failure once instead of at each attempt of
/// the pool.
#[derive(Debug)]
pub(super) struct Quiet;

impl diesel::r2d2::HandleError<Error> for Quiet {
    fn handle_error(&self, _: Error) {}
}

/// How long opening SQLite is retried where its own `busy_timeout` has no effect: while the first
/// of several processes switches a new file to WAL, the others fail at once.
const SESSION_WITHIN: Duration = Duration::from_secs(5);

/// The time between two attempts.
const AGAIN: Duration = Duration::from_millis(5);

pub(super) fn establish(url: &DatabaseUrl) -> Result<Conn> {
    match url {
        DatabaseUrl::Postgres(secret) => {
            let whole = libpq::with_defaults(secret.expose_secret(), &libpq::socket_folders());
            let mut conn = PgConnection::establish(&whole).map_err(|why| {
                Error::Unavailable(libpq::without_secrets(&why.to_string(), &url.to_string()))
            })?;
            conn.batch_execute(POSTGRES_SESSION)?;
            Ok(Conn::Postgres(conn))
        }
        DatabaseUrl::Sqlite(path) => {
            let mut conn = SqliteConnection::establish(&path.to_string_lossy())
                .map_err(|why| Error::Unavailable(why.to_string()))?;
            let began = clock::boot_time();
            while let Err(why) = conn.batch_execute(SQLITE_SESSION) {
                if !is_locked(&why) || clock::boot_time().saturating_sub(began) >= SESSION_WITHIN {
                    return Err(why.into());
                }
                clock::pause(AGAIN);
            }
            Ok(Conn::Sqlite(conn))
        }
    }
}

/// Returns whether another process holds a lock on the SQLite file.
pub(super) fn is_locked(error: &diesel::result::Error) -> bool {
    matches!(error, diesel::result::Error::DatabaseError(_, info) if info.message().contains("database is locked"))
}
