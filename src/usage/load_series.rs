//! Loads the series of an organization: reads the rows of a range, and makes its points of them.

use super::series::needed_from;
use super::{Range, Series, series, store};
use crate::base::{OrganizationId, Timestamp};
use crate::db::{Conn, Result};

/// Returns the use of an organization in a range that ends at `now`. What happened in the last minute
/// may be missing: nodes write once a minute.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn read(
    conn: &mut Conn,
    organization: OrganizationId,
    range: Range,
    now: Timestamp,
) -> Result<Series> {
    let between = (needed_from(range, now), now);
    let [own, service] = store::between(conn, organization, range.grain(), between)?;
    Ok(series(range, now, &own, &service))
}
