//! Why a key was not made, read or changed.

use super::{LONGEST_OVERLAP, MOST};
use crate::api_key::AllowedError;
use crate::db::Error;
use crate::seal::{MasterKeyError, SealError};

/// Why a key was not made, read or changed.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// The name cannot be that of a key.
    #[error(
        "name must have 1 to 200 characters, at least one of them visible, and no control characters"
    )]
    Name,
    /// A scope is not defined.
    #[error(
        "scopes: {0:?} is not a scope that the organization has defined; PUT /api/v1/scopes/{{name}} defines one"
    )]
    Scope(String),
    /// The role is not defined.
    #[error(
        "role: {0:?} is not a role that the organization has defined; PUT /api/v1/roles/{{name}} or \
         `lanyard role set` defines one"
    )]
    Role(String),
    /// The key is bound to an operator, whose role it has.
    #[error("role must be null where operator_id is given: the role is the operator's")]
    RoleOfOperator,
    /// There is no such operator.
    #[error("operator_id: there is no operator with this id in this organization")]
    UnknownOperator,
    /// The key would have expired already.
    #[error("expires_at must be in the future, or null")]
    Past,
    /// The list of addresses is wrong.
    #[error("allowed_ips: {0}")]
    Allowed(#[from] AllowedError),
    /// Requests of the key cannot be signed.
    #[error("require_signature: this key has no signing secret; make another key with signing")]
    NotSigning,
    /// The overlap is out of bounds.
    #[error("overlap_seconds must be between 0 and {LONGEST_OVERLAP}")]
    Overlap,
    /// The reason is too long.
    #[error("reason must have at most 500 characters, and no control characters")]
    Reason,
    /// There is no such key in this organization.
    #[error("there is no API key with this id in this organization")]
    Unknown,
    /// The key is revoked, which cannot be undone.
    #[error("the key is revoked, which is for good; make another one")]
    Revoked,
    /// The key was changed since the caller has read it.
    #[error("the key was changed meanwhile; read it again")]
    Changed,
    /// The key has expired.
    #[error("the key has expired; set expires_at first")]
    Expired,
    /// There are as many as there may be.
    #[error("the organization has {MOST} keys, which is the most; revoke some first")]
    TooMany,
    /// There is no such organization.
    #[error("there is no organization with this id")]
    UnknownOrganization,
    /// The signing secret could not be sealed.
    #[error("{0}")]
    Seal(SealError),
    /// The database failed.
    #[error("{0}")]
    Database(Error),
}

impl From<MasterKeyError> for ManageError {
    fn from(why: MasterKeyError) -> Self {
        Self::Seal(why.into())
    }
}

impl From<Error> for ManageError {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}
