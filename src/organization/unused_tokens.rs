//! Company tokens that nobody uses.

use std::sync::Arc;
use std::time::Duration;

use crate::app::App;
use crate::base::OrganizationId;
use crate::db;
use crate::ledger::{self, Unrotated};

/// A token is unused if its last use is longer ago than this.
pub const UNUSED: Duration = Duration::from_hours(30 * 24);

/// The largest number of company tokens that are looked at.
const MOST: i64 = 1_000;

/// Returns how many company tokens are valid, were issued more than [`UNUSED`] ago and were not used
/// since then. Rotated ones are not counted. At most 1,000 tokens are looked at, the oldest first.
///
/// # Errors
/// Returns an error if the database fails.
pub async fn unused_tokens(app: &App, organization: OrganizationId) -> db::Result<usize> {
    let (now, feed) = (app.clock.now(), Arc::clone(&app.nodes.feed));
    let since = now.minus(UNUSED);
    let which = Unrotated {
        organization,
        issued_by: since,
        after: None,
        limit: MOST,
    };
    let read = move |conn: &mut _| ledger::unrotated(conn, &which, now);
    let found = app.db.read(read).await?;
    let uses = &app.tokens.uses;
    let is_unused = |record: &ledger::Record| {
        let claims = &record.line.claims;
        let line = record.line.clone().with_use(uses.unwritten(claims.jti));
        line.last_used_at.is_none_or(|at| at < since) && !feed.index().revokes(claims)
    };
    Ok(found.iter().filter(|record| is_unused(record)).count())
}
