//! Clients in memory, kept up to date by the feed: each call of a client begins with its record.

use std::sync::Arc;

use super::{Client, Secrets, store};
use crate::base::{Bounded, ClientId, ClientTag, OrganizationId, bounded};
use crate::db::{self, Db};
use crate::feed::{Entry, Fact, FeedCache, Listener, Record, Target};

/// The largest number of clients in memory.
const REMEMBERED: usize = 20_000;

/// A client with its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// The client.
    pub client: Client,
    /// Its secrets.
    pub secrets: Secrets,
    /// The number that stands for its id in the feed.
    pub tag: ClientTag,
}

impl Registered {
    /// Returns a client with its secrets.
    #[must_use]
    pub fn new(client: Client, secrets: Secrets) -> Self {
        Self {
            tag: client.id.tag(),
            client,
            secrets,
        }
    }
}

/// The clients of every organization.
pub struct Directory {
    /// By the number that stands for their id in the feed.
    clients: FeedCache<ClientTag, Arc<Registered>>,
    /// The numbers of ids that clients have or had. They never change, and each takes a hash to find.
    tags: Bounded<ClientId, ClientTag>,
}

impl Default for Directory {
    fn default() -> Self {
        Self {
            clients: FeedCache::new(REMEMBERED),
            tags: bounded(REMEMBERED),
        }
    }
}

impl Directory {
    /// Returns the client with an id, whatever its status; `None` if there is none. The caller
    /// reads `rev` before it calls this, and judges the organization's status as well
    /// ([`crate::organization::Definitions`]).
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub async fn find(&self, db: &Db, id: &ClientId) -> db::Result<Option<Arc<Registered>>> {
        let known = self.tags.get(id).and_then(|tag| self.clients.get(&tag));
        if let Some(found) = known.filter(|found| found.client.id == *id) {
            return Ok(Some(found));
        }
        let since = self.clients.begin();
        let found = self.look_up(db, id).await?;
        if let Some(found) = &found {
            self.clients.keep(since, found.tag, Arc::clone(found));
            self.tags.insert(id.clone(), found.tag);
        }
        Ok(found)
    }

    /// Like [`Directory::find`], always from the database, with the same queries whether there is
    /// such a client or not. A refusal that was decided from memory calls this, so that it takes as
    /// long as that of an unknown client.
    ///
    /// # Errors
    /// Returns an error if the database call fails.
    pub async fn look_up(&self, db: &Db, id: &ClientId) -> db::Result<Option<Arc<Registered>>> {
        let asked = id.clone();
        db.read(move |conn| {
            let client = store::find_anywhere(conn, &asked)?;
            let organization = client
                .as_ref()
                .map_or(OrganizationId::SERVICE, |client| client.organization);
            let secrets = store::secrets(conn, organization, &asked)?;
            Ok(client.map(|client| Arc::new(Registered::new(client, secrets))))
        })
        .await
    }
}

impl Listener for Directory {
    fn apply(&self, entry: &Entry) -> db::Result<()> {
        if let Fact::Revoked(Target::Client(tag)) | Fact::Changed(Record::Client(tag)) = entry.fact
        {
            self.clients.forget(&tag);
        }
        Ok(())
    }

    fn reset(&self) -> db::Result<()> {
        self.clients.forget_all();
        Ok(())
    }
}
