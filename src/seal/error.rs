//! Why a value cannot be sealed or unsealed.

use std::path::PathBuf;

use super::MasterKeyError;
use crate::db::Error;

/// Why a value cannot be sealed or unsealed. The texts are for the administrator.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The database failed.
    #[error("{0}")]
    Database(Error),
    /// The master key cannot be read, or the cryptographic library failed.
    #[error("{0}")]
    MasterKey(MasterKeyError),
    /// There is no file with the master key, but the database has values sealed with it.
    #[error("the master key is gone: there is no {}, but the signing keys of this database were sealed with the master \
                 key of fingerprint {sealed_by}. Put the file back from where it is kept. If it is lost for good, so are \
                 the keys and every token they signed: make a new file (openssl rand -hex 32 > FILE) and revoke each key \
                 that `lanyard key list` shows", .path.display())]
    MasterKeyGone {
        /// The path of the file.
        path: PathBuf,
        /// The fingerprint of the missing master key.
        sealed_by: String,
    },
    /// A value was sealed with a master key that is not configured.
    #[error(
        "this is not the master key of this database: its {name} was sealed with the one of fingerprint \
                 {sealed_by}, the one given has {given}. Give the right one as master_key_file (or master_key), name the \
                 old one in previous_master_key_files if the master key is being changed, or set database.url to the \
                 database that belongs to this one"
    )]
    OtherMasterKey {
        /// The name that the value is bound to.
        name: String,
        /// The fingerprint of the master key that sealed it.
        sealed_by: String,
        /// The fingerprint of the current master key.
        given: String,
    },
    /// The stored value with this name was altered after it was sealed.
    #[error("the {0} in the database is damaged; restore the database from a backup")]
    Damaged(String),
}

impl From<Error> for SealError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<MasterKeyError> for SealError {
    fn from(why: MasterKeyError) -> Self {
        Self::MasterKey(why)
    }
}
