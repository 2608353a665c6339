//! Opening the database, and why the service does not start.

use crate::access::RulesError;
use crate::config;
use crate::db::{self, Db};
use crate::organization;
use crate::seal::SealError;
use crate::signing_keys::KeysError;

/// Why the service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The signing keys or the master key cannot be used.
    #[error("{0}")]
    Keys(KeysError),
    /// The database cannot be used.
    #[error("{0}")]
    Database(db::Error),
    /// These migrations are pending and `database.migrate` is false.
    #[error("the schema is behind by {}; run `lanyard migrate`, or set database.migrate = true", .0.join(", "))]
    Pending(Vec<String>),
    /// The rules of forward-auth cannot be used.
    #[error("the rules of authz.rules_file cannot be used: {0}")]
    Rules(#[from] RulesError),
    /// The operating system refused something, such as a new thread.
    #[error("{0}")]
    Machine(String),
}

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
    let mut applied = Vec::new();
    if config.migrate {
        applied = db::migrate(&config.url)?;
        if !applied.is_empty() {
            tracing::info!(?applied, "the schema is up to date");
        }
    } else {
        let pending = db::pending(&config.url)?;
        if !pending.is_empty() {
            return Err(StartError::Pending(pending));
        }
    }
    let db = Db::open(&db::Options {
        url: config.url.clone(),
        pool_size: config.pool_size,
        acquire_timeout: config.acquire_timeout,
    })?;
    if let Some(operators @ 1..) = organization::gaining_rights(&db, &applied)? {
        tracing::warn!(
            operators,
            "operators whose role is defined now have the scopes of that role; to see the roles of an organization: \
             lanyard role list --organization ID"
        );
    }
    Ok(db)
}
