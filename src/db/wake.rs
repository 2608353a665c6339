//! Notifications that another process has written. They carry no data and are never relied on:
//! every reader also polls.

mod files;

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::connect::establish;
use super::{Conn, Result};
use crate::base::clock;
use crate::config::Url as DatabaseUrl;
use files::Watch;

const LISTEN: &str = "LISTEN lanyard_feed";
const NOTIFY: &str = "NOTIFY lanyard_feed";

/// How often a waiting thread checks for a notification if nothing can wake it. A check reads a
/// socket or one page of shared memory.
const LOOK: Duration = Duration::from_millis(5);

/// How often it checks if the last notification was more than [`QUIET_AFTER`] ago: most of what an
/// idle node costs are these checks.
const LOOK_IF_QUIET: Duration = Duration::from_millis(25);
const QUIET_AFTER: Duration = Duration::from_secs(1);

/// How often it checks if writes of files wake it: for file systems that do not report them, and to
/// notice that it should stop.
const LOOK_IF_WATCHED: Duration = Duration::from_millis(50);

/// How often writes of files wake it at most. While this node issues tokens it writes thousands of
/// times a second, hardly ever anything that is of interest to the feed.
const WATCHED_AT_MOST: Duration = Duration::from_millis(2);

/// Notifies all listeners when the transaction commits.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn wake_others(conn: &mut Conn) -> Result<()> {
    if let Conn::Postgres(conn) = conn {
        conn.batch_execute(NOTIFY)?;
    }
    Ok(())
}

/// Receives notifications of writes by other processes, on its own connection.
pub struct Wakeups {
    url: DatabaseUrl,
    conn: Option<Conn>,
    version: i64,
    /// When the last notification came ([`clock::boot_time`]).
    notified: Duration,
    /// Reports writes to the files of SQLite. `None` if nothing does.
    watch: Option<Watch>,
}

#[derive(QueryableByName)]
struct DataVersion {
    #[diesel(sql_type = BigInt)]
    data_version: i64,
}

impl Wakeups {
    /// Returns a listener, which connects when it first waits.
    #[must_use]
    pub const fn new(url: DatabaseUrl) -> Self {
        Self {
            url,
            conn: None,
            version: 0,
            notified: Duration::ZERO,
            watch: None,
        }
    }

    /// Waits until another process has written, `stopped` returns true, or `most` has passed.
    /// Without a connection it waits for `most`.
    pub fn wait(&mut self, most: Duration, stopped: &dyn Fn() -> bool) {
        let began = clock::boot_time();
        if self.conn.is_none() {
            self.conn = self.listen().ok();
            self.watch = match &self.url {
                DatabaseUrl::Sqlite(file) => Watch::of(file),
                DatabaseUrl::Postgres(_) => None,
            };
        }
        if self.watch.is_some() {
            let since = began.saturating_sub(self.notified);
            clock::pause(most.min(WATCHED_AT_MOST.saturating_sub(since)));
        }
        loop {
            let now = clock::boot_time();
            let left = most.saturating_sub(now.saturating_sub(began));
            if stopped() || left.is_zero() {
                return;
            }
            match self.written() {
                Ok(true) => {
                    self.notified = now;
                    return;
                }
                Ok(false) => {}
                Err(_) => self.conn = None,
            }
            let is_quiet = now.saturating_sub(self.notified) > QUIET_AFTER;
            match &self.watch {
                Some(watch) => watch.wait(left.min(LOOK_IF_WATCHED)),
                None if is_quiet => clock::pause(left.min(LOOK_IF_QUIET)),
                None => clock::pause(left.min(LOOK)),
            }
        }
    }

    fn listen(&self) -> Result<Conn> {
        let mut conn = establish(&self.url)?;
        if let Conn::Postgres(conn) = &mut conn {
            conn.batch_execute(LISTEN)?;
        }
        Ok(conn)
    }

    fn written(&mut self) -> Result<bool> {
        match &mut self.conn {
            None => Ok(false),
            Some(Conn::Postgres(conn)) => {
                let mut woken = false;
                for notification in conn.notifications_iter() {
                    notification?;
                    woken = true;
                }
                Ok(woken)
            }
            Some(Conn::Sqlite(conn)) => {
                let DataVersion { data_version } =
                    diesel::sql_query("PRAGMA data_version").get_result(conn)?;
                Ok(std::mem::replace(&mut self.version, data_version) != data_version)
            }
        }
    }
}
