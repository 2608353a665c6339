//! Whether the service is ready: the schema is migrated, the database answers, and the lease is
//! valid.

use crate::app::App;
use crate::db::{Error, Party};
use crate::feed;

/// The result of `/readyz`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// Ready.
    Ready,
    /// The database does not answer.
    Database,
    /// This node has no valid lease.
    Lease,
    /// The node is shutting down.
    Stopping,
}

/// Checks the drain, the database and the lease, in this order.
pub async fn readiness(app: &App) -> Readiness {
    if app.requests.drain.has_begun() {
        return Readiness::Stopping;
    }
    // On behalf of the service, so that callers without a credential cannot make a healthy node
    // look unhealthy.
    let db = app.db.on_behalf_of(Party::Service);
    match db
        .read(|conn| feed::head(conn).map(|_| ()).map_err(|why: Error| why))
        .await
    {
        Ok(()) if app.nodes.feed.holds_lease() => Readiness::Ready,
        Ok(()) => Readiness::Lease,
        Err(_) => Readiness::Database,
    }
}
