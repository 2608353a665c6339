//! Opening a connection, and what every session is told, so that nothing waits for ever on a database that hangs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::r2d2::{ManageConnection, R2D2Connection};
use diesel::{Connection, PgConnection, SqliteConnection};
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::{Conn, Error, Result};
use crate::config::Url as DatabaseUrl;

/// How long PostgreSQL works on one statement; the service has none that takes longer when all is well.
pub(super) const STATEMENT_TIMEOUT: Duration = Duration::from_secs(5);

/// A node that falls silent within a transaction must not keep the others from the feed's head.
const POSTGRES_SESSION: &str = "SET timezone = 'UTC'; SET lock_timeout = '3s'; SET statement_timeout = '5s'; \
    SET idle_in_transaction_session_timeout = '10s'";

/// `busy_timeout` first: the switch to WAL itself needs the lock.
const SQLITE_SESSION: &str = "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
    PRAGMA foreign_keys = ON;";

/// What libpq is told unless the URL says otherwise: when to give up connecting (seconds), and a peer that no longer
/// acknowledges (milliseconds; then seconds idle, seconds between probes, probes).
const LIBPQ_DEFAULTS: [(&str, &str); 5] = [
    ("connect_timeout", "3"),
    ("tcp_user_timeout", "5000"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "3"),
];

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

pub(super) fn establish(url: &DatabaseUrl) -> Result<Conn> {
    let unavailable = |why: diesel::ConnectionError| Error::Unavailable(why.to_string());
    match url {
        DatabaseUrl::Postgres(url) => {
            let url = with_defaults(url.expose_secret());
            let mut conn = PgConnection::establish(&url).map_err(unavailable)?;
            conn.batch_execute(POSTGRES_SESSION)?;
            Ok(Conn::Postgres(conn))
        }
        DatabaseUrl::Sqlite(path) => {
            let mut conn =
                SqliteConnection::establish(&path.to_string_lossy()).map_err(unavailable)?;
            conn.batch_execute(SQLITE_SESSION)?;
            Ok(Conn::Sqlite(conn))
        }
    }
}

/// The URL with [`LIBPQ_DEFAULTS`] for what it leaves open.
fn with_defaults(url: &str) -> Zeroizing<String> {
    let authority = url.find("://").map_or(0, |at| at + 3);
    // As libpq reads it: a user and password, which may hold a question mark, end at the first @ before any slash.
    let rest = url.get(authority..).unwrap_or_default();
    let host = match rest.find(['@', '/']) {
        Some(at) if rest.get(at..).is_some_and(|tail| tail.starts_with('@')) => at,
        _ => 0,
    };
    let given = rest
        .get(host..)
        .and_then(|tail| tail.split_once('?'))
        .map(|(_, given)| given);
    let mut whole = Zeroizing::new(url.to_owned());
    let mut joint = match given {
        None => "?",
        Some(given) if given.is_empty() || given.ends_with('&') => "",
        Some(_) => "&",
    };
    for (key, value) in LIBPQ_DEFAULTS {
        let is_given = given.is_some_and(|given| {
            let mut parameters = given.split('&').filter_map(|pair| pair.split_once('='));
            parameters.any(|(name, _)| name == key)
        });
        if !is_given {
            whole.extend([joint, key, "=", value]);
            joint = "&";
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_url_leaves_open_is_filled_in() {
        let all = "connect_timeout=3&tcp_user_timeout=5000&keepalives_idle=5&keepalives_interval=2&keepalives_count=3";
        for (url, joint) in [
            ("postgres://h", "?"),
            ("postgres://u:what?@h:1,i:2/d", "?"),
            ("postgres:///d?host=/run", "&"),
            ("postgres://h/d?", ""),
            ("postgres://h/d?a=b&", ""),
            ("postgres://h/d?application_name=a@b", "&"),
        ] {
            assert_eq!(*with_defaults(url), format!("{url}{joint}{all}"));
        }
        let url = "postgres://h/d?keepalives_idle=60&connect_timeout=10";
        let rest = "&tcp_user_timeout=5000&keepalives_interval=2&keepalives_count=3";
        assert_eq!(*with_defaults(url), format!("{url}{rest}"));
    }
}
