//! A row of the registry: how it is confirmed, seen by another node, written to the disk, and lost
//! in a crash of the database.

use crate::laws::Laws;

/// A row of the registry. Observers can distinguish any two versions of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Version {
    pub(crate) applied: bool,
    /// Whether this is the version that another node saw at its last look.
    pub(crate) seen: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) struct Row {
    pub(crate) now: Version,
    /// The version that a crash restores: a confirmation does not wait until it is on the disk.
    pub(crate) disk: Version,
    /// Since when the other node has seen the version that it last saw.
    pub(crate) since: u8,
}

impl Row {
    pub(crate) fn new() -> Self {
        let version = Version {
            applied: false,
            seen: false,
        };
        Self {
            now: version,
            disk: version,
            since: 0,
        }
    }

    pub(crate) fn confirmed(self, applied: bool) -> Self {
        let now = Version {
            applied,
            seen: false,
        };
        Self { now, ..self }
    }

    /// Another node reads the row. If the disk has the same version, the one on the disk is seen as
    /// well.
    pub(crate) fn looked_at(self, at: u8) -> Self {
        let on_disk = self.now == self.disk;
        let mut row = self;
        row.now.seen = true;
        row.disk.seen = on_disk;
        row.since = at;
        row
    }

    pub(crate) fn written(self) -> Self {
        Self {
            disk: self.now,
            ..self
        }
    }

    pub(crate) fn crashed(self, laws: Laws) -> Self {
        let mut row = Self {
            now: self.disk,
            ..self
        };
        if laws.watched_anew_after_crash {
            row.now.seen = false;
            row.disk.seen = false;
        }
        row
    }
}
