//! The nodes as people see them: how far each one is, and which one is on duty.

use std::time::Duration;

use super::store;
use crate::base::{Sequence, Timestamp};
use crate::db::{Conn, Result};
use crate::{duty, feed};

/// The nodes, and the newest entry of the feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// The newest sequence.
    pub head: Sequence,
    /// The nodes, ordered by name. One that has crashed is among them until another node has removed
    /// its row.
    pub nodes: Vec<Member>,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its number, which is drawn anew at every start.
    pub id: i64,
    /// The name of its host.
    pub name: String,
    /// Its version of Lanyard. `None` if it was started before nodes recorded that.
    pub version: Option<String>,
    /// How long it may answer from memory after the start of its last sync.
    pub lease: Duration,
    /// The last sequence that it has confirmed.
    pub applied: Sequence,
    /// When it registered, by its own clock.
    pub started_at: Timestamp,
    /// When it last confirmed a sequence, by its own clock.
    pub seen_at: Timestamp,
    /// Whether it runs what is done once for all nodes.
    pub on_duty: bool,
}

impl Member {
    /// Returns how many entries up to `head` the node has not confirmed.
    #[must_use]
    pub fn behind(&self, head: Sequence) -> i64 {
        head.0.saturating_sub(self.applied.0).max(0)
    }

    /// Returns whether the node was not seen for longer than its lease, so that it should refuse to
    /// answer. Wall clocks are compared: this is for people, and nothing is decided by it.
    #[must_use]
    pub fn is_silent(&self, now: Timestamp) -> bool {
        self.seen_at.plus(self.lease) < now
    }
}

/// Returns the nodes.
///
/// # Errors
/// Returns an error if the database fails.
pub fn members(conn: &mut Conn) -> Result<Members> {
    let holder = duty::holder(conn)?;
    let rows = store::full(conn)?;
    // Read last: a node is never ahead of the head that is shown with it.
    let head = feed::head(conn)?;
    let member = |row: store::Full| Member {
        id: row.id,
        on_duty: holder == Some(row.id),
        name: row.name,
        version: row.version,
        lease: Duration::from_micros(u64::try_from(row.lease).unwrap_or_default()),
        applied: row.applied_seq,
        started_at: row.started_at,
        seen_at: row.seen_at,
    };
    Ok(Members {
        head,
        nodes: rows.into_iter().map(member).collect(),
    })
}
