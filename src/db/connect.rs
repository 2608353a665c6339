//! Opening a connection, and what every session is told, so that nothing waits for ever on a database that hangs.

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

/// How long PostgreSQL works on one statement; the service has none that takes longer when all is well.
pub(super) const STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);

/// A node that falls silent within a transaction must not keep the others from the feed's head.
const POSTGRES_SESSION: &str = "SET timezone = 'UTC'; SET lock_timeout = '3s'; SET statement_timeout = '5s'; \
    SET idle_in_transaction_session_timeout = '10s'";

/// `busy_timeout` first: the switch to WAL itself needs the lock. A log that a long reader let grow is cut to 4 MiB once it is
/// begun anew, the size at which SQLite begins one by itself.
const SQLITE_SESSION: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 4194304;";

/// Opens connections by the URL's scheme; the derived `establish` would try each database in turn and hide the error.
pub(super) struct Manager {
    pub(super) url: DatabaseUrl,
    /// Whether the last attempt failed.
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

/// Whether the other end has closed the connection. Diesel does not notice it where a statement cannot be prepared, and would
/// use the connection for ever. It costs two reads of a socket, the first for PostgreSQL's last words, and waits for nothing.
pub(super) fn is_cut(conn: &mut Conn) -> bool {
    match conn {
        Conn::Postgres(conn) => {
            (0..2).any(|_| conn.notifications_iter().any(|heard| heard.is_err()))
        }
        Conn::Sqlite(_) => false,
    }
}

/// Connection failures are told once by [`Manager::connect`], not at each of the pool's attempts.
#[derive(Debug)]
pub(super) struct Quiet;

impl diesel::r2d2::HandleError<Error> for Quiet {
    fn handle_error(&self, _: Error) {}
}

/// How long SQLite is asked again where its own `busy_timeout` does not count: while the first of several processes switches a
/// new file to WAL, the others are refused at once.
const SESSION_WITHIN: Duration = Duration::from_secs(5);

/// How often.
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

/// Whether another process holds a lock of the SQLite file.
pub(super) fn is_locked(error: &diesel::result::Error) -> bool {
    matches!(error, diesel::result::Error::DatabaseError(_, info) if info.message().contains("database is locked"))
}
