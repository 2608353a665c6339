//! The errors of loading and changing keys.

use std::fmt;
use std::path::PathBuf;

use super::life::InvalidTransition;
use super::seal::MasterKeyError;
use crate::base::KeyId;
use crate::db::Error;
use crate::token::KeyError;

/// Why keys cannot be loaded or changed, for the person who can do something about it.
#[derive(Debug)]
pub enum KeysError {
    /// The database failed.
    Database(Error),
    /// The master key cannot be read.
    MasterKey(MasterKeyError),
    /// There is no file with the master key, but there are keys sealed with it.
    MasterKeyGone {
        /// The path of the file.
        path: PathBuf,
        /// The fingerprint of the missing master key.
        sealed_by: String,
    },
    /// A stored key was sealed with another master key.
    OtherMasterKey {
        /// Its name.
        kid: KeyId,
        /// The fingerprint of the one it was sealed with.
        sealed_by: String,
        /// The fingerprint of the one given.
        given: String,
    },
    /// A stored key is not what was once sealed.
    Damaged(KeyId),
    /// A key cannot be made.
    Key(KeyError),
    /// A key cannot be sealed.
    Seal(MasterKeyError),
    /// There is no such key.
    Unknown(KeyId),
    /// The key cannot take this step.
    InvalidTransition(KeyId, InvalidTransition),
    /// No key is active.
    NoneActive,
}

impl fmt::Display for KeysError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(why) => why.fmt(f),
            Self::MasterKey(why) | Self::Seal(why) => why.fmt(f),
            Self::MasterKeyGone { path, sealed_by } => write!(
                f,
                "the master key is gone: there is no {}, but the signing keys of this database were sealed with the master \
                 key of fingerprint {sealed_by}. Put the file back from where it is kept. If it is lost for good, so are \
                 the keys and every token they signed: make a new file (openssl rand -hex 32 > FILE) and revoke each key \
                 that `lanyard key list` shows",
                path.display()
            ),
            Self::OtherMasterKey {
                kid,
                sealed_by,
                given,
            } => write!(
                f,
                "this is not the master key of this database: its signing key {kid} was sealed with the one of fingerprint \
                 {sealed_by}, the one given has {given}. Give the right one as master_key_file (or master_key), name the \
                 old one in previous_master_key_files if the master key is being changed, or set database.url to the \
                 database that belongs to this one"
            ),
            Self::Damaged(kid) => write!(
                f,
                "the signing key {kid} in the database is damaged; restore the database from a backup"
            ),
            Self::Key(why) => why.fmt(f),
            Self::Unknown(kid) => write!(
                f,
                "there is no signing key {kid}; `lanyard key list` shows those there are"
            ),
            Self::InvalidTransition(kid, misstep) => write!(f, "{kid}: {misstep}"),
            Self::NoneActive => {
                f.write_str("no signing key is active; the service makes one when it starts")
            }
        }
    }
}

impl std::error::Error for KeysError {}

impl From<Error> for KeysError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<KeyError> for KeysError {
    fn from(fault: KeyError) -> Self {
        Self::Key(fault)
    }
}

impl From<KeysError> for Error {
    /// Only database errors are worth a retry; the others are internal.
    fn from(fault: KeysError) -> Self {
        match fault {
            KeysError::Database(error) => error,
            other => Self::Internal(other.to_string()),
        }
    }
}
