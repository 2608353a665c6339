//! Watches the registry of nodes: a node whose row changes is running.

use std::collections::HashMap;
use std::time::Duration;

use super::error::RestoreError;
use super::store::{self, NodeRow};
use crate::base::clock;
use crate::config::LONGEST_LEASE;
use crate::db::Db;
use crate::feed;

/// How often the registry is read.
const LOOK: Duration = Duration::from_millis(50);

/// The rows of the registry that have not changed for longer than a running node can go without
/// changing its row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watched(HashMap<i64, i64>);

impl Watched {
    fn begin(rows: &[NodeRow]) -> Self {
        Self(rows.iter().map(|row| (row.id, row.beats)).collect())
    }

    /// Returns the hosts of rows that are new or have changed: their nodes are running.
    pub(super) fn running(&self, rows: &[NodeRow]) -> Vec<String> {
        let moved = |row: &&NodeRow| self.0.get(&row.id) != Some(&row.beats);
        rows.iter()
            .filter(moved)
            .map(|row| row.name.clone())
            .collect()
    }
}

/// Returns how long to watch these rows. A node changes its row after a third of its lease, and
/// answers nothing once its lease has expired.
fn long_enough(rows: &[NodeRow]) -> Duration {
    let longest = rows.iter().map(NodeRow::lease).max();
    longest.map_or(Duration::ZERO, |lease| {
        feed::outlived(lease.min(LONGEST_LEASE))
    })
}

/// Watches the registry for slightly longer than the longest lease in it.
///
/// # Errors
/// Returns [`RestoreError::Serving`] as soon as a row changes or a new one appears, and the errors
/// of the database.
pub fn watch(db: &Db) -> Result<Watched, RestoreError> {
    let rows = db
        .read_blocking(store::nodes)
        .map_err(RestoreError::NoRegistry)?;
    let (watched, began) = (Watched::begin(&rows), clock::boot_time());
    let end = began + long_enough(&rows);
    while clock::boot_time() < end {
        clock::pause(LOOK);
        let running = watched.running(&db.read_blocking(store::nodes)?);
        if !running.is_empty() {
            return Err(RestoreError::Serving(running));
        }
    }
    Ok(watched)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: i64, beats: i64) -> NodeRow {
        NodeRow {
            id,
            name: format!("host-{id}"),
            lease: 5_000_000,
            beats,
        }
    }

    #[test]
    fn a_row_that_moves_or_is_new_is_one_of_a_node_that_runs() {
        let watched = Watched::begin(&[row(1, 7), row(2, 7)]);
        assert!(watched.running(&[row(1, 7), row(2, 7)]).is_empty());
        assert!(watched.running(&[row(2, 7)]).is_empty(), "one has stopped");
        assert_eq!(watched.running(&[row(1, 8), row(2, 7)]), ["host-1"]);
        assert_eq!(watched.running(&[row(1, 6), row(2, 7)]), ["host-1"]);
        assert_eq!(watched.running(&[row(1, 7), row(3, 7)]), ["host-3"]);
    }

    #[test]
    fn rows_are_watched_for_longer_than_the_longest_lease() {
        let mut rows = vec![row(1, 7), row(2, 7)];
        rows[1].lease = 9_000_000;
        assert!(long_enough(&rows) > Duration::from_secs(9));
        assert_eq!(long_enough(&[]), Duration::ZERO);
        rows[0].lease = i64::MAX;
        assert!(long_enough(&rows) < LONGEST_LEASE * 2);
    }
}
