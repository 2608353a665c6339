//! Checks of a restored copy, made before anything is written to it.

use super::error::RestoreError;
use crate::config::Url;
use crate::db;

/// Checks that no process has the SQLite file open, that no write-ahead log of another database is
/// beside it (use `keep_wal` if the log belongs to it), and that the file is not damaged.
/// PostgreSQL ensures all of this itself.
///
/// # Errors
/// Returns the [`RestoreError`] of the check that fails.
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
