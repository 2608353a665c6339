//! Database errors, grouped by what the caller can do.

use diesel::result::{DatabaseErrorKind, Error as Diesel};

/// The result of a database call.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a database call failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// No connection became free in time, or too many callers are waiting already.
    #[error("the database has no connection free")]
    Busy,
    /// The database cannot be reached or cannot store anything (down, starting, disk full).
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A row with the same unique value exists.
    #[error("already there: {constraint}")]
    Duplicate {
        /// The constraint or the columns, as the database names them.
        constraint: String,
    },
    /// There is no such row.
    #[error("no such row")]
    NotFound,
    /// The database answers, but this program cannot use it (a later schema, another encoding).
    #[error("the database cannot be used: {0}")]
    Unfit(String),
    /// A bug in this program.
    #[error("database error: {0}")]
    Internal(String),
}

impl From<Diesel> for Error {
    fn from(error: Diesel) -> Self {
        match error {
            Diesel::NotFound => Self::NotFound,
            Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => {
                // PostgreSQL names the constraint; SQLite lists the columns in its message.
                let constraint = info
                    .constraint_name()
                    .unwrap_or_else(|| info.message())
                    .to_owned();
                Self::Duplicate { constraint }
            }
            Diesel::DatabaseError(
                DatabaseErrorKind::ForeignKeyViolation
                | DatabaseErrorKind::NotNullViolation
                | DatabaseErrorKind::CheckViolation,
                info,
            ) => Self::Internal(info.message().to_owned()),
            // Connection lost, server stopping, disk full, lock timeout, deadlock: the caller can
            // retry later.
            Diesel::DatabaseError(_, info) => Self::Unavailable(info.message().to_owned()),
            Diesel::BrokenTransactionManager => {
                Self::Unavailable("the transaction was broken off".to_owned())
            }
            // A disk error can make SQLite roll back by itself, and then Diesel's own rollback
            // fails too.
            Diesel::RollbackErrorOnCommit { commit_error, .. } => Self::from(*commit_error),
            other => Self::Internal(other.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_that_fails_is_reported_with_its_own_cause() {
        let failed = |why: &str| {
            let info = Box::new(why.to_owned());
            Box::new(Diesel::DatabaseError(DatabaseErrorKind::Unknown, info))
        };
        let error = Diesel::RollbackErrorOnCommit {
            rollback_error: failed("no transaction is active"),
            commit_error: failed("disk I/O error"),
        };
        assert!(matches!(Error::from(error), Error::Unavailable(why) if why == "disk I/O error"));
    }
}
