//! The client of a request, and what its organization defined.

use std::sync::Arc;

use crate::app::App;
use crate::base::{ClientId, Sequence};
use crate::client::{Client, Registered};
use crate::db::Result;
use crate::organization::Definitions;

/// A client and its organization. The client may be disabled.
#[derive(Debug, Clone)]
pub struct Participants {
    registered: Arc<Registered>,
    /// What the organization defined. It is active.
    pub definitions: Arc<Definitions>,
    /// The sequence that this node had applied before the two were read.
    pub rev: Sequence,
}

impl Participants {
    /// The client.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.registered.client
    }
}

/// Returns the client with an id, and its organization. `None` if there is no such client, or if
/// its organization is suspended.
///
/// # Errors
/// Returns an error if the database call fails.
pub async fn participants(app: &App, id: &ClientId) -> Result<Option<Participants>> {
    let mut rev = app.nodes.feed.applied();
    let mut found = app.clients.directory.find(&app.db, id).await?;
    if found
        .as_ref()
        .is_some_and(|found| rev < found.client.created_seq)
    {
        // The client was added a moment ago, and this node has not applied that entry yet.
        let feed = Arc::clone(&app.nodes.feed);
        app.db.run(move |_| feed.sync()).await?;
        rev = app.nodes.feed.applied();
        found = app.clients.directory.find(&app.db, id).await?;
    }
    let Some(registered) = found else {
        return Ok(None);
    };
    let organization = registered.client.organization;
    let definitions = app.clients.definitions.get(&app.db, organization).await?;
    Ok(definitions
        .filter(|definitions| definitions.is_active())
        .map(|definitions| Participants {
            registered,
            definitions,
            rev,
        }))
}
