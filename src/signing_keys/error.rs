//! The errors of loading and changing keys.

use super::life::InvalidTransition;
use crate::base::KeyId;
use crate::db::Error;
use crate::seal::SealError;
use crate::token::KeyError;

/// Why keys cannot be loaded or changed. The texts are for the administrator.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The database failed.
    #[error("{0}")]
    Database(Error),
    /// A key cannot be sealed or unsealed, or there is no usable master key.
    #[error("{0}")]
    Seal(SealError),
    /// A key cannot be made.
    #[error("{0}")]
    Key(KeyError),
    /// The stored key with this id is not a key of its algorithm.
    #[error("the signing key {0} in the database is damaged; restore the database from a backup")]
    Damaged(KeyId),
    /// There is no key with this id.
    #[error("there is no signing key {0}; `lanyard key list` shows those there are")]
    Unknown(KeyId),
    /// The key is in a state that does not allow the change.
    #[error("{0}: {1}")]
    InvalidTransition(KeyId, InvalidTransition),
    /// No key is active.
    #[error("no signing key is active; the service makes one when it starts")]
    NoneActive,
}

impl From<Error> for KeysError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<SealError> for KeysError {
    fn from(why: SealError) -> Self {
        match why {
            SealError::Database(error) => Self::Database(error),
            other => Self::Seal(other),
        }
    }
}

impl From<KeyError> for KeysError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl From<KeysError> for Error {
    /// Only database errors are worth a retry; the others are internal.
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::Database(error) => error,
            other => Self::Internal(other.to_string()),
        }
    }
}
