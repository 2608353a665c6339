//! Opening the database, and why the service does not start.

use std::fmt;

use crate::config;
use crate::db::{self, Db};
use crate::seal::SealError;
use crate::signing_keys::KeysError;

/// Why the service does not start.
#[derive(Debug)]
pub enum StartError {
    /// The signing keys or the master key cannot be used.
    Keys(KeysError),
    /// The database cannot be used.
    Database(db::Error),
    /// These migrations are pending and `database.migrate` is false.
    Pending(Vec<String>),
    /// The operating system refused something, such as a new thread.
    Machine(String),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keys(why) => why.fmt(f),
            Self::Database(why) => why.fmt(f),
            Self::Pending(names) => write!(
                f,
                "the schema is behind by {}; run `lanyard migrate`, or set database.migrate = true",
                names.join(", ")
            ),
            Self::Machine(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for StartError {}

impl From<KeysError> for StartError {
    fn from(error: KeysError) -> Self {
        Self::Keys(error)
    }
}

impl From<SealError> for StartError {
    fn from(why: SealError) -> Self {
        Self::Keys(why.into())
    }
}

impl From<db::Error> for StartError {
    fn from(error: db::Error) -> Self {
        Self::Database(error)
    }
}

/// Opens the database. Applies pending migrations first if `database.migrate` is true.
///
/// # Errors
/// Returns [`StartError::Pending`] if migrations are pending and `database.migrate` is false, and
/// [`StartError::Database`] if the database fails.
pub fn open_database(config: &config::Database) -> Result<Db, StartError> {
    if config.migrate {
        let applied = db::migrate(&config.url)?;
        if !applied.is_empty() {
            tracing::info!(?applied, "the schema is up to date");
        }
    } else {
        let pending = db::pending(&config.url)?;
        if !pending.is_empty() {
            return Err(StartError::Pending(pending));
        }
    }
    Ok(Db::open(&db::Options {
        url: config.url.clone(),
        pool_size: config.pool_size,
        acquire_timeout: config.acquire_timeout,
    })?)
}
