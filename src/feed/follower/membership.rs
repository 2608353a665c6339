//! A node's row in the registry: the node registers, confirms what it has applied, removes the rows
//! of nodes that crashed, and deregisters when it stops.

use std::time::Duration;

use super::{Feed, Turn};
use crate::base::{Sequence, clock};
use crate::db::{Error, Result};
use crate::feed::{registry, store};

impl Feed {
    pub(super) fn register(&self, turn: &mut Turn) -> Result<()> {
        if turn.registered {
            return Ok(());
        }
        let name = rustix::system::uname()
            .nodename()
            .to_string_lossy()
            .into_owned();
        let (node, length, now) = (self.node, self.length, self.clock.now());
        // This writes an entry only if the head was changed by hand.
        let reached = Sequence(-1);
        self.db.write_blocking(|conn| {
            store::secure_head(conn, reached, now)?;
            registry::register(conn, node, &name, length, now)
        })?;
        turn.registered = true;
        Ok(())
    }

    pub(super) fn confirm(&self, turn: &mut Turn, began: Duration) -> Result<()> {
        let (node, applied, now) = (self.node, turn.applied, self.clock.now());
        if self
            .db
            .write_statement_blocking(|conn| registry::confirm(conn, node, applied, now))?
        {
            turn.confirmed = applied;
            self.lease.grant(began, self.length);
            return Ok(());
        }
        // Either another node removed the row, because it was unchanged for too long, or the
        // database has lost entries that this node had applied. In both cases this node gives up
        // its lease. The next sync registers this node again, and finds out which of the two happened.
        turn.registered = false;
        self.lease.forfeit();
        tracing::warn!(
            "this node was cleared out of the registry, or the database lacks what it had applied; it registers anew"
        );
        Ok(())
    }

    /// Removes the rows of nodes that crashed: a revoke would wait a whole lease for each of them.
    pub(super) fn remove_silent_nodes(&self, turn: &mut Turn) -> Result<()> {
        // The incarnation is read first. If a new one begins between the two reads, nothing is
        // removed.
        let (incarnation, nodes) = self.db.read_blocking(|conn| {
            Ok::<_, Error>((registry::incarnation(conn)?, registry::nodes(conn)?))
        })?;
        let Some(incarnation) = incarnation else {
            return self.db.write_statement_blocking(registry::mark_incarnation);
        };
        for gone in turn.watch.gone(incarnation, &nodes, clock::boot_time()) {
            if self
                .db
                .write_statement_blocking(|conn| registry::clear(conn, incarnation, gone))?
            {
                tracing::warn!("a node that stood still was cleared out of the registry");
            }
        }
        Ok(())
    }

    /// Removes this node from the registry, after it has stopped serving. From then on no revoke
    /// waits for it.
    pub fn deregister(&self) {
        self.lease.forfeit();
        let node = self.node;
        if let Err(why) = self
            .db
            .write_blocking(|conn| registry::deregister(conn, node))
        {
            tracing::warn!(%why, "this node could not leave the registry; revokes wait a lease for it");
        }
    }
}
