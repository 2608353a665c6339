//! Whether the service is ready: its schema is there, the database answers, the lease holds.

use crate::app::App;
use crate::db::{Error, Party};
use crate::feed;

/// What `/readyz` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// Ready.
    Ready,
    /// The database does not answer.
    Database,
    /// This node has no lease.
    Lease,
    /// The node is about to stop.
    Stopping,
}

/// Asks the database.
pub async fn readiness(app: &App) -> Readiness {
    if app.drain.has_begun() {
        return Readiness::Stopping;
    }
    // Whatever callers without a credential do, nobody may take the node for one that is down.
    let db = app.db.on_behalf_of(Party::Service);
    match db
        .read(|conn| feed::head(conn).map(|_| ()).map_err(|why: Error| why))
        .await
    {
        Ok(()) if app.feed.holds_lease() => Readiness::Ready,
        Ok(()) => Readiness::Lease,
        Err(_) => Readiness::Database,
    }
}
