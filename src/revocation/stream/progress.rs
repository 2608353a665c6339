//! How far a reader has come: which entries it was given, and which it still gets from the database
//! and not as news.

use crate::base::Sequence;
use crate::feed::{Entry, Start};

/// Entries in one read from the database.
pub(super) const PAGE: i64 = 100;

/// Whether the entries fill a page, so that more may follow.
pub(super) fn is_page(entries: &[Entry]) -> bool {
    i64::try_from(entries.len()).unwrap_or(i64::MAX) >= PAGE
}

/// The position of one reader.
#[derive(Debug)]
pub(super) struct Progress {
    /// The entries up to this sequence were taken from the database or from the news.
    pub(super) taken: Sequence,
    /// The entries up to this sequence are read from the database. Later ones come as news.
    pub(super) through: Sequence,
    /// Entries that were taken, but not sent yet.
    pub(super) held: Vec<Entry>,
}

impl Progress {
    pub(super) const fn new(start: Start) -> Self {
        Self {
            taken: start.after,
            through: start.through,
            held: Vec::new(),
        }
    }

    pub(super) const fn start_over(&mut self, start: Start) {
        self.taken = start.after;
        self.through = start.through;
    }

    pub(super) fn is_behind(&self) -> bool {
        self.taken < self.through
    }

    /// Takes a page of the entries after `taken` from the database. A page that is not full is the
    /// last. An entry that is committed but not yet applied comes as news later.
    pub(super) fn take_page(&mut self, page: &[Entry]) {
        let full = page.last().filter(|_| is_page(page));
        let reached = full.map(|last| last.seq);
        let applied = page.iter().take_while(|entry| entry.seq <= self.through);
        self.held.extend(applied);
        self.taken = reached.unwrap_or(self.through).min(self.through);
    }

    pub(super) fn take_news(&mut self, entries: &[Entry]) {
        let new = entries.iter().filter(|entry| entry.seq > self.taken);
        self.held.extend(new);
        if let Some(last) = entries.last() {
            self.taken = last.seq.max(self.taken);
            self.through = self.through.max(self.taken);
        }
    }
}
