//! Why a definition was not changed.

use super::{LONGEST, MOST};
use crate::base::ApiKeyId;
use crate::db::Error;

/// Why a definition was not changed.
#[derive(Debug, thiserror::Error)]
pub enum DefineError {
    /// The name cannot be that of a scope or a role.
    #[error(
        "the name must begin with a letter and have only a to z, 0 to 9 and . _ : -, at most 64 characters"
    )]
    Name,
    /// The description is not allowed.
    #[error("description must have at most {LONGEST} characters, and no control characters")]
    Description,
    /// A scope is not defined.
    #[error("scopes: {0:?} is not a scope that the organization has defined")]
    Scope(String),
    /// The URI cannot be that of a resource.
    #[error("uri must be an absolute URI in ASCII without a fragment, at most 2048 characters")]
    Uri,
    /// The name cannot be that of a resource.
    #[error(
        "name must have 1 to 200 characters, at least one of them visible, and no control characters"
    )]
    ResourceName,
    /// It always exists.
    #[error("{0} always exists and cannot be changed")]
    Fixed(String),
    /// Something names it.
    #[error("it is in use by {0}; change that first")]
    InUse(User),
    /// There is a role with this name.
    #[error("the organization has a role with this name")]
    Taken,
    /// The role was changed since the caller has read it.
    #[error("the role was changed meanwhile; read it again")]
    Changed,
    /// Another resource has the URI.
    #[error("another resource of the organization has this uri")]
    UriTaken,
    /// There are as many as there may be.
    #[error("there are {MOST} of them already, which is the most; remove one first")]
    TooMany,
    /// There is no such definition.
    #[error("the organization has not defined it")]
    Unknown,
    /// There is no such organization.
    #[error("there is no organization with this id")]
    UnknownOrganization,
    /// The database failed.
    #[error("{0}")]
    Database(Error),
}

impl From<Error> for DefineError {
    fn from(error: Error) -> Self {
        match error {
            Error::Duplicate { .. } => Self::UriTaken,
            other => Self::Database(other),
        }
    }
}

/// What names a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum User {
    /// A client, by its id.
    Client(String),
    /// A role, by its name.
    Role(String),
    /// A resource, by its URI.
    Resource(String),
    /// An operator, by its id.
    Operator(i64),
    /// An API key, by its id.
    ApiKey(ApiKeyId),
}

impl std::fmt::Display for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Client(id) => write!(f, "the client {id}"),
            Self::Role(name) => write!(f, "the role {name}"),
            Self::Resource(uri) => write!(f, "the resource {uri}"),
            Self::ApiKey(id) => write!(f, "the API key {id}"),
            Self::Operator(id) => write!(f, "the operator {id}"),
        }
    }
}
