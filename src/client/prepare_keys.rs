//! Changes a client after the keys are made that will sign its tokens. An RSA key takes a while to
//! make, so no transaction waits for one.

use super::manage::{self, Changed, ManageError};
use super::{Registration, keys};
use crate::app::App;
use crate::audit::Origin;
use crate::base::{ClientId, OrganizationId};
use crate::revocation::{self, Written};

/// The largest number of attempts at a change. An attempt fails if another change of the client is
/// committed after the keys for this one were made.
const ATTEMPTS: usize = 4;

/// A change of a client.
#[derive(Debug, Clone)]
pub struct Wanted<F> {
    /// Changes its registration.
    pub edit: F,
    /// Enables it (`Some(true)`) or disables it (`Some(false)`).
    pub active: Option<bool>,
    /// The version that the caller has seen. `None` if the change is made whatever the client is now.
    pub version: Option<String>,
}

/// Changes a client. Returns it after the change, and what was written: this node has applied it
/// then. If the change takes something away, the caller then calls [`revocation::settle`].
///
/// # Errors
/// Returns the [`ManageError`].
pub async fn change<F>(
    app: &App,
    which: (OrganizationId, ClientId),
    wanted: Wanted<F>,
    origin: Origin,
) -> Result<(Changed, Option<Written>), ManageError>
where
    F: Fn(&mut Registration) + Clone + Send + 'static,
{
    let mut attempts = 0;
    loop {
        attempts += 1;
        match change_once(app, which.clone(), wanted.clone(), origin.clone()).await {
            Err(ManageError::KeysMissing) if attempts < ATTEMPTS => {}
            outcome => return outcome,
        }
    }
}

/// Makes the keys that the change needs, and then the change.
async fn change_once<F>(
    app: &App,
    (organization, id): (OrganizationId, ClientId),
    wanted: Wanted<F>,
    origin: Origin,
) -> Result<(Changed, Option<Written>), ManageError>
where
    F: Fn(&mut Registration) + Clone + Send + 'static,
{
    let Wanted {
        edit,
        active,
        version,
    } = wanted;
    let (asked, edit_first) = (id.clone(), edit.clone());
    let read = move |conn: &mut _| manage::settings_after(conn, (organization, &asked), edit_first);
    let settings = app.db.read(read).await?;
    keys::prepare(app, &settings, origin.actor.clone()).await?;
    let (feed, now) = (app.nodes.feed.clone(), app.clock.now());
    revocation::commit_here(&app.db, feed, move |conn| {
        let which = (organization, &id);
        match version {
            Some(version) => manage::change_version(conn, which, &version, edit, &origin, now),
            None => manage::change(conn, which, edit, active, &origin, now),
        }
    })
    .await
}
