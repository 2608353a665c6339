//! How a node applies entries: those that are live when it starts, those that others commit, and its
//! own. It recovers here when the database has lost entries that it had applied.

use std::sync::mpsc::{self, SyncSender};
use std::thread;

use super::{Feed, TURN, Turn};
use crate::base::Sequence;
use crate::db::{Db, Error, Result};
use crate::feed::catch_up::{Page, Reading, read_on};
use crate::feed::index::Held;
use crate::feed::{Entry, Position, store};
use crate::uptime::{self, Ticks};

/// Entries in one page.
const PAGE: u16 = 10_000;

/// Pages that were read and are not added to the index yet, at most.
const PAGES_WAITING: usize = 2;

/// Sends the live entries after `after`, up to `until`, page by page.
fn read_live(
    db: &Db,
    ticks: &Ticks,
    mut after: Sequence,
    until: Sequence,
    pages: &SyncSender<Vec<Held>>,
) -> Result<()> {
    db.read_blocking(|conn| {
        loop {
            let page = store::live(conn, ticks, after, until, PAGE.into())?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = last.seq;
            // It fails only if the receiver is gone, and then nobody waits for the entries.
            if pages.send(page).is_err() {
                return Ok(());
            }
        }
    })
}

impl Feed {
    pub(super) fn load_live(&self, turn: &mut Turn) -> Result<()> {
        let (head, ticks, first) = self.db.read_blocking(|conn| {
            let head = store::place(conn)?;
            self.index.admit(&store::organizations(conn)?);
            let ticks = uptime::read(conn)?;
            let first = store::live(conn, &ticks, Sequence(0), head.seq, 1)?;
            Ok::<_, Error>((head, ticks, first.first().map(|entry| entry.seq)))
        })?;
        if let Some(first) = first {
            self.hold_live(&ticks, Sequence(first.0 - 1), head.seq)?;
        }
        // This comes last: an entry that was purged during the load above is below the floors that
        // are read here.
        self.reset()?;
        self.move_to(turn, &[], head);
        Ok(())
    }

    /// Adds the live entries after `after`, up to `head`, to the index. If they may be many, two
    /// connections read half of them each, at the same time.
    fn hold_live(&self, ticks: &Ticks, after: Sequence, head: Sequence) -> Result<()> {
        let many = head.0 - after.0 > i64::from(PAGE);
        let middle = Sequence(if many {
            i64::midpoint(after.0, head.0)
        } else {
            head.0
        });
        let mut intake = self.index.intake();
        thread::scope(|scope| {
            let (pages, received) = mpsc::sync_channel(PAGES_WAITING);
            let read = |db: Db, after, until| {
                let pages = pages.clone();
                scope.spawn(move || read_live(&db, ticks, after, until, &pages))
            };
            let first = read(self.db.clone(), after, middle);
            let second = many.then(|| read(self.db.reserved(self.length / 4), middle, head));
            drop(pages);
            for page in received {
                for entry in &page {
                    intake.hold(entry);
                }
            }
            for reader in [Some(first), second].into_iter().flatten() {
                let read = reader.join();
                read.map_err(|_| Error::Internal("a reader of the feed panicked".to_owned()))??;
            }
            Ok::<_, Error>(())
        })?;
        intake.finish();
        Ok(())
    }

    fn move_to(&self, turn: &mut Turn, entries: &[Entry], reached: Position) {
        for listener in &self.listeners {
            listener.advanced(entries, reached.seq);
        }
        turn.applied = reached;
        self.index.has_reached(reached.seq);
    }

    fn reset(&self) -> Result<()> {
        for listener in &self.listeners {
            listener.reset()?;
        }
        Ok(())
    }

    pub(super) fn apply_new(&self, turn: &mut Turn) -> Result<()> {
        loop {
            let head = self.db.read_blocking(store::place)?;
            // The connection is free between two pages, because a listener may need it to apply an
            // entry.
            let entries_after = |from| {
                self.db
                    .read_blocking(|conn| store::entries_after(conn, from, head.seq, PAGE.into()))
            };
            let reading = read_on(turn.applied, head, PAGE.into(), entries_after, |page| {
                self.take_page(turn, page)
            });
            match reading? {
                Reading::Whole => return Ok(()),
                Reading::Gaps => {}
                Reading::Lost => self.recover_from_loss(turn, head)?,
            }
        }
    }

    fn take_page(&self, turn: &mut Turn, page: &Page<'_>) -> Result<()> {
        for entry in page.entries {
            self.apply_entry(entry)?;
        }
        if !page.whole {
            self.reset()?;
        }
        self.move_to(turn, page.entries, page.reached);
        Ok(())
    }

    /// Recovers when the database does not have the last entry that this node applied: it lost
    /// committed entries (a standby was promoted without them), whether or not other entries were
    /// written since. This node keeps the revocations of the lost entries, refuses to answer until
    /// it has read everything again, and lifts the head. So a token whose `rev` is a lost sequence
    /// cannot escape a later revocation.
    fn recover_from_loss(&self, turn: &mut Turn, head: Position) -> Result<()> {
        self.lease.forfeit();
        let applied = turn.applied.seq;
        tracing::error!(
            head = %head.seq, %applied,
            "the database no longer knows the entry this node had come to: committed entries are lost, or this node slept for \
             longer than they are kept. It reads everything anew; check the database's synchronous replication"
        );
        let now = self.clock.now();
        self.db
            .write_blocking(|conn| store::secure_head(conn, applied, now))?;
        self.load_live(turn)
    }

    fn apply_entry(&self, entry: &Entry) -> Result<()> {
        self.index.apply(entry);
        for listener in &self.listeners {
            listener.apply(entry)?;
        }
        Ok(())
    }

    /// Applies an entry that this node has committed. The revocation is in force on this node from
    /// now on, even if the database becomes unreachable; its sequence counts as applied once all
    /// entries before it are applied. Returns whether the entry was applied. If not, this node
    /// refuses to answer until it is, and the revoking call waits for this node as for any other.
    pub fn apply_own(&self, entry: &Entry) -> bool {
        for listener in &self.listeners {
            listener.wrote(entry);
        }
        let held = self.apply_entry(entry);
        if let Err(why) = &held {
            self.lease.forfeit();
            tracing::error!(%why, seq = %entry.seq, "an entry cannot be applied: this node answers nothing from memory");
        }
        let reached = match self.turn.try_lock_for(TURN) {
            Some(mut turn) if turn.applied.seq < entry.seq => self.apply_new(&mut turn),
            Some(_) => Ok(()),
            None => Err(Error::Busy),
        };
        if let Err(why) = reached {
            tracing::warn!(%why, seq = %entry.seq, "an entry is applied, but not yet all entries before it");
        }
        held.is_ok()
    }
}
