//! Counting entries that revoke something. A node counts those that it has written itself; a command,
//! which is no node, writes the count with the entry, and likewise that of a token that it issues.

use super::{Count, Counts, Grain, Pending, Usage, spread, store};
use crate::base::{OrganizationId, Timestamp};
use crate::db::{Conn, Result};
use crate::feed::{Entry, Fact, Listener};
use crate::token::Kind;

/// Returns the organization that an entry is counted for. `None` if it is not counted.
fn counted(entry: &Entry) -> Option<OrganizationId> {
    let revokes = matches!(entry.fact, Fact::Revoked(_));
    let organization = entry.organization;
    (revokes && organization != OrganizationId::SERVICE).then_some(organization)
}

impl Listener for Usage {
    fn apply(&self, _: &Entry) -> Result<()> {
        Ok(())
    }

    fn reset(&self) -> Result<()> {
        Ok(())
    }

    fn wrote(&self, entry: &Entry) {
        if let Some(organization) = counted(entry) {
            self.note(organization, Count::RevokedEntries);
        }
    }
}

/// Counts entries in the transaction that writes them, for a process that is not a node.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn record_entries(conn: &mut Conn, entries: &[Entry]) -> Result<()> {
    let one = Counts::default().with(Count::RevokedEntries, 1);
    let pending = |entry: &Entry| -> Option<Pending> {
        Some(((counted(entry)?, Grain::Minute.start(entry.at)), one))
    };
    let pending: Vec<_> = entries.iter().filter_map(pending).collect();
    store::add(conn, &spread(&pending))
}

/// Counts a token in the transaction that issues it, for a process that is not a node.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn record_issued(
    conn: &mut Conn,
    organization: OrganizationId,
    kind: Kind,
    at: Timestamp,
) -> Result<()> {
    let Some(count) = Count::of_issued(kind) else {
        return Ok(());
    };
    let one = Counts::default().with(count, 1);
    store::add(
        conn,
        &spread(&[((organization, Grain::Minute.start(at)), one)]),
    )
}
