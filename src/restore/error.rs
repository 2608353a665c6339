//! Why a copy is refused, in words for the person who can fix it.

use std::fmt;
use std::path::PathBuf;

use crate::base::Sequence;
use crate::db::{Error, Holder};
use crate::signing_keys::KeysError;

/// Why a copy is refused. Nothing has been written then, except that the schema may have been
/// migrated.
#[derive(Debug)]
pub enum RestoreError {
    /// A database call failed.
    Database(Error),
    /// The signing keys or the master key cannot be used.
    Keys(KeysError),
    /// A file cannot be read.
    File(PathBuf, std::io::Error),
    /// Nodes are running, on these hosts.
    Serving(Vec<String>),
    /// A process has the SQLite file open.
    Held(PathBuf, Holder),
    /// A write-ahead log is beside the SQLite file, and the caller did not say that it belongs to
    /// it.
    WriteAheadLog(PathBuf),
    /// The copy is damaged. Holds what the database reports.
    Damaged(Vec<String>),
    /// The registry of nodes cannot be read.
    NoRegistry(Error),
    /// The head of the feed cannot be raised above this sequence.
    NoSequencesLeft(Sequence),
    /// A sequence of ids cannot be raised. Holds its name and its last id.
    NoIdsLeft(String, i64),
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(why) => why.fmt(f),
            Self::Keys(why) => why.fmt(f),
            Self::File(path, why) => write!(f, "{}: {why}", path.display()),
            Self::Serving(hosts) => write!(
                f,
                "nodes run on this database ({}): stop every node, then run this again",
                hosts.join(", ")
            ),
            Self::Held(path, holder) => {
                let process = holder
                    .pid
                    .map_or_else(|| "a process".to_owned(), |pid| format!("process {pid}"));
                write!(
                    f,
                    "{process} has {} open: stop every node and every other program that uses the database, then put the copy in \
                     place and run this again",
                    path.display()
                )
            }
            Self::WriteAheadLog(path) => write!(
                f,
                "there is a write-ahead log beside the database, {log}, and SQLite would write what is in it into the copy. If it is \
                 of the database that was there before, move it and the -shm file away, put the copy in place once more, and \
                 run this again. If it belongs to the copy (a snapshot of the file system has one, and so has a database whose \
                 service was killed), run this with --keep-wal",
                log = path.display()
            ),
            Self::Damaged(findings) => write!(
                f,
                "this copy is damaged, take another one: {}",
                findings.join("; ")
            ),
            Self::NoRegistry(why) => write!(
                f,
                "the registry of nodes cannot be read; is this a database of Lanyard? {why}"
            ),
            Self::NoSequencesLeft(reached) => write!(
                f,
                "the feed cannot go on above {reached}: too few sequences are left; is --head right?"
            ),
            Self::NoIdsLeft(name, last) => {
                write!(f, "too few ids of {name} are left above {last}")
            }
        }
    }
}

impl std::error::Error for RestoreError {}

impl From<Error> for RestoreError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<KeysError> for RestoreError {
    fn from(error: KeysError) -> Self {
        Self::Keys(error)
    }
}
