//! Looking at a copy before anything is written to it.

use super::error::RestoreError;
use crate::config::Url;
use crate::db;

/// Checks that no process has SQLite's file open, that no write-ahead log of another database is beside it (one that belongs to it is
/// kept with `keep_wal`), and that it is whole. PostgreSQL sees to all of that itself.
///
/// # Errors
/// The [`RestoreError`].
pub fn check(url: &Url, keep_wal: bool) -> Result<(), RestoreError> {
    let Url::Sqlite(path) = url else {
        return Ok(());
    };
    let failed = |why| RestoreError::File(path.clone(), why);
    if let Some(holder) = db::holder(path).map_err(failed)? {
        return Err(RestoreError::Held(path.clone(), holder));
    }
    if let Some(log) = db::write_ahead_log(path).map_err(failed)?
        && !keep_wal
    {
        return Err(RestoreError::WriteAheadLog(log));
    }
    let findings = db::damage(url).map_err(|why| RestoreError::Damaged(vec![why.to_string()]))?;
    if findings.is_empty() {
        Ok(())
    } else {
        Err(RestoreError::Damaged(findings))
    }
}
