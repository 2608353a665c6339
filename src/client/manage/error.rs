//! Why a client was not read or changed.

use super::MOST;
use super::secrets::LONGEST_GRACE;
use crate::client::RegistrationError;
use crate::db::Error;
use crate::signing_keys::KeysError;

/// Why a client was not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// A member cannot be what it says.
    #[error("{0}")]
    Registration(RegistrationError),
    /// There is no such client in this organization.
    #[error("there is no client with this id in this organization")]
    Unknown,
    /// The client is deleted, which cannot be undone.
    #[error("the client is deleted, which is for good; add it anew")]
    Deleted,
    /// The client was changed since the caller has read it.
    #[error("the client was changed meanwhile; read it again")]
    Changed,
    /// The client does not prove itself by a secret.
    #[error("the client has no secret: its authMethod is not client_secret")]
    NoSecret,
    /// The grace is out of bounds.
    #[error("graceSeconds must be between 0 and {LONGEST_GRACE}")]
    Grace,
    /// The organization has as many clients as it may have.
    #[error("the organization has {MOST} clients, which is the limit; delete some")]
    TooMany,
    /// There is no such organization.
    #[error("there is no organization with this id")]
    UnknownOrganization,
    /// The keys that sign the client's tokens cannot be made.
    #[error("{0}")]
    Keys(KeysError),
    /// The keys that sign the client's tokens were not made before: another change of the client came
    /// in between. Repeating the whole call makes them.
    #[error("the client was changed meanwhile; repeat the call")]
    KeysMissing,
    /// The database failed.
    #[error("{0}")]
    Database(Error),
}

impl From<Error> for ManageError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<RegistrationError> for ManageError {
    fn from(error: RegistrationError) -> Self {
        Self::Registration(error)
    }
}

impl From<KeysError> for ManageError {
    fn from(error: KeysError) -> Self {
        match error {
            KeysError::Database(error) => Self::Database(error),
            other => Self::Keys(other),
        }
    }
}
