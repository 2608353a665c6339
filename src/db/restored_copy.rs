//! Checks of a restored copy of the database, made before anything is written to it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::{Connection, QueryableByName, SqliteConnection};
use rustix::process::{Flock, FlockType, fcntl_getlk};

use super::{Error, Result};
use crate::config::Url as DatabaseUrl;

/// Every connection in WAL mode holds a lock on this byte of the `-shm` file (`UNIX_SHM_DMS` in
/// SQLite's `os_unix.c`).
const HELD_BYTE: u64 = 128;

/// The largest number of findings reported.
const FINDINGS: u8 = 10;

/// Another process that has the SQLite file open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// The process id; `None` if the process runs where this process sees no ids, such as in
    /// another container.
    pub pid: Option<i32>,
}

/// Returns the path of a file that SQLite keeps beside the database. Follows symbolic links, as
/// SQLite does.
fn beside(path: &Path, suffix: &str) -> io::Result<PathBuf> {
    let mut name = OsString::from(fs::canonicalize(path)?);
    name.push(suffix);
    Ok(name.into())
}

/// Returns a process that has the database open; `None` if there is none. Must be called before
/// this process opens the database: closing the file that is examined here would release this
/// process's own locks.
///
/// # Errors
/// Returns an error if the file cannot be read.
pub fn holder(path: &Path) -> io::Result<Option<Holder>> {
    let file = match File::open(beside(path, "-shm")?) {
        Ok(file) => file,
        Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(why) => return Err(why),
    };
    let mut lock = Flock::from(FlockType::WriteLock);
    lock.start = HELD_BYTE;
    lock.length = 1;
    let held = fcntl_getlk(&file, &lock)?;
    Ok(held.map(|held| Holder {
        pid: held.pid.map(|pid| pid.as_raw_nonzero().get()),
    }))
}

/// Returns the path of the write-ahead log beside the database; `None` if there is none or it is
/// empty. A program that opens the database writes this log into it, even if it belongs to another
/// database: neither file names the other.
///
/// # Errors
/// Returns an error if the file cannot be read.
pub fn write_ahead_log(path: &Path) -> io::Result<Option<PathBuf>> {
    let log = beside(path, "-wal")?;
    match fs::metadata(&log) {
        Ok(found) => Ok((found.len() > 0).then_some(log)),
        Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(why) => Err(why),
    }
}

/// Returns the URI that opens a file read-only (<https://sqlite.org/uri.html>). Nothing is written
/// to the file, and the write-ahead log is not checkpointed when it is closed.
fn read_only(path: &Path) -> String {
    let path = path.to_string_lossy();
    let path = path
        .replace('%', "%25")
        .replace('?', "%3f")
        .replace('#', "%23");
    format!("file:{path}?mode=ro")
}

/// Returns what SQLite's integrity check finds wrong. PostgreSQL has no such check: returns
/// nothing.
///
/// # Errors
/// Returns an error if the database call fails, which includes a file that is not a database.
pub fn damage(url: &DatabaseUrl) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Finding {
        #[diesel(sql_type = Text)]
        integrity_check: String,
    }
    let DatabaseUrl::Sqlite(path) = url else {
        return Ok(Vec::new());
    };
    let mut conn = SqliteConnection::establish(&read_only(path))
        .map_err(|why| Error::Unavailable(why.to_string()))?;
    let check = format!("PRAGMA integrity_check({FINDINGS})");
    let findings: Vec<Finding> = diesel::sql_query(check).load(&mut conn)?;
    let lines = findings
        .into_iter()
        .map(|finding| finding.integrity_check)
        .filter(|line| line != "ok");
    Ok(lines.collect())
}
