//! Managing organizations on a node, which applies its own entries at once. The rules, and what is
//! written, are those of the command line (`manage.rs`).

use super::{ManageError, manage};
use crate::app::App;
use crate::audit::Origin;
use crate::base::{OrganizationId, Timestamp};
use crate::db::Conn;
use crate::feed::Entry;
use crate::revocation::{self, Receipt};

/// Suspends an organization and revokes all its tokens. Returns once both are in force on every node.
///
/// # Errors
/// Returns the [`ManageError`].
pub async fn suspend_on_node(
    app: &App,
    id: OrganizationId,
    origin: Origin,
) -> Result<Receipt, ManageError> {
    end(app, id, origin, manage::write_suspension).await
}

/// Revokes every token of an organization that was issued so far. Returns once that is in force on
/// every node.
///
/// # Errors
/// Returns the [`ManageError`].
pub async fn revoke_all_on_node(
    app: &App,
    id: OrganizationId,
    origin: Origin,
) -> Result<Receipt, ManageError> {
    end(app, id, origin, manage::write_revocation).await
}

type Write = fn(&mut Conn, OrganizationId, &Origin, Timestamp) -> Result<Entry, ManageError>;

async fn end(
    app: &App,
    id: OrganizationId,
    origin: Origin,
    write: Write,
) -> Result<Receipt, ManageError> {
    let now = app.clock.now();
    let body = move |conn: &mut Conn| {
        let entry = write(conn, id, &origin, now)?;
        Ok::<_, ManageError>((revocation::count(&[entry]), vec![entry]))
    };
    let (count, receipt) = revocation::enforce(&app.db, app.nodes.feed.clone(), body).await?;
    app.metrics.revocations.inc_by(count);
    Ok(receipt)
}

/// Lets a suspended organization log in again. Its revoked tokens stay revoked.
///
/// # Errors
/// Returns the [`ManageError`].
pub async fn resume_on_node(
    app: &App,
    id: OrganizationId,
    origin: Origin,
) -> Result<(), ManageError> {
    let now = app.clock.now();
    let body = move |conn: &mut Conn| {
        let entry = manage::write_resumption(conn, id, &origin, now)?;
        Ok::<_, ManageError>(((), vec![entry]))
    };
    let ((), _) = revocation::commit_here(&app.db, app.nodes.feed.clone(), body).await?;
    Ok(())
}
