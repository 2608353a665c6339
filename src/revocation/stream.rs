//! The revocation list as a stream: what is in the database first, then what the feed brings, and how far that reaches.
//!
//! A head at sequence S, said `elapsed` after the stream was asked for, means: every revoke that had returned by then is
//! at S or before, and was sent. It counts from the request, so that a reader needs no clock but its own: whatever it
//! hears late can only make it think itself staler than it is.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::base::{Sequence, clock};
use crate::db::{self, Db};
use crate::feed::{self, Entry, Fact, Feed, News, Reader, Start, Target};
use crate::token::Claims;

/// Entries read from the database at once.
const PAGE: i64 = 100;

/// What is told to a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// The next revocations, in order.
    Entries(Vec<Entry>),
    /// It has heard of everything there is.
    Head {
        /// Up to here.
        seq: Sequence,
        /// As of so long after the stream was asked for.
        elapsed: Duration,
        /// Operator tokens with a lower `rev` have ended.
        oldest_rev: Sequence,
    },
}

/// What the reader's credential is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The credential is valid.
    Valid,
    /// It was revoked.
    Revoked,
    /// It has expired.
    Expired,
    /// This node has lost its lease: it cannot tell.
    Stale,
}

/// Why a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The reader left.
    Left,
    /// It did not read.
    Slow,
    /// Its credential counts no more.
    Refused,
    /// The node has lost its lease, or its database.
    Stale,
    /// The node is stopping.
    Stopped,
}

impl End {
    /// The word in the metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Slow => "slow",
            Self::Refused => "refused",
            Self::Stale => "stale",
            Self::Stopped => "stopped",
        }
    }
}

/// How a stream goes.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How often a head is said when nothing happens.
    pub heartbeat: Duration,
    /// How long a reader may take to make room for what it is told next.
    pub patience: Duration,
}

fn is_page(entries: &[Entry]) -> bool {
    i64::try_from(entries.len()).unwrap_or(i64::MAX) >= PAGE
}

/// How far one reader has come.
#[derive(Debug)]
struct Progress {
    /// Up to here, entries were taken.
    taken: Sequence,
    /// Up to here, they are in the database; what comes after is news.
    through: Sequence,
    /// Taken, but not sent.
    held: Vec<Entry>,
}

impl Progress {
    const fn new(start: Start) -> Self {
        Self {
            taken: start.after,
            through: start.through,
            held: Vec::new(),
        }
    }

    const fn start_over(&mut self, start: Start) {
        self.taken = start.after;
        self.through = start.through;
    }

    fn is_behind(&self) -> bool {
        self.taken < self.through
    }

    /// Takes a page of what the database has after `taken`; a short one is the last. What is committed but not yet applied
    /// comes as news.
    fn take_page(&mut self, page: &[Entry]) {
        let full = page.last().filter(|_| is_page(page));
        let reached = full.map(|last| last.seq);
        let applied = page.iter().take_while(|entry| entry.seq <= self.through);
        self.held.extend(applied);
        self.taken = reached.unwrap_or(self.through).min(self.through);
    }

    fn take_news(&mut self, entries: &[Entry]) {
        let new = entries.iter().filter(|entry| entry.seq > self.taken);
        self.held.extend(new);
        if let Some(last) = entries.last() {
            self.taken = last.seq.max(self.taken);
            self.through = self.through.max(self.taken);
        }
    }
}

/// Whether the entry revokes the reader's token. Claims do not name the key that signed them: a token that is revoked when a
/// key was revoked counts as revoked with the key.
fn revokes(entry: &Entry, reader: &Claims, standing: Standing) -> bool {
    match entry.fact {
        Fact::Revoked(Target::Key(_)) => standing == Standing::Revoked,
        _ => entry.revokes(reader),
    }
}

/// One reader's stream.
pub struct Stream<S> {
    db: Db,
    feed: Arc<Feed>,
    reader: Reader,
    claims: Claims,
    standing: S,
    /// When it was asked for (boot time).
    began: Duration,
    progress: Progress,
}

impl<S: Fn() -> Standing> Stream<S> {
    /// A stream of what comes after `after`, for the bearer of `claims`, with its first page read.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin(
        db: Db,
        feed: Arc<Feed>,
        mut reader: Reader,
        (claims, standing): (Claims, S),
        after: Sequence,
        began: Duration,
    ) -> db::Result<Self> {
        let progress = Progress::new(reader.start_over(after));
        let mut stream = Self {
            db,
            feed,
            reader,
            claims,
            standing,
            began,
            progress,
        };
        stream.read_on().await?;
        Ok(stream)
    }

    /// Tells `out` until one of them has had enough.
    pub async fn run(mut self, pace: Pace, out: mpsc::Sender<Said>) -> End {
        let mut beats = interval(pace.heartbeat);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        beats.reset();
        let (mut beat, mut owed) = (false, true);
        loop {
            match self.tell_entries(beat, pace, &out).await {
                Ok(sent) => owed |= sent || beat,
                Err(end) => return end,
            }
            if self.progress.is_behind() {
                if self.read_on().await.is_err() {
                    return End::Stale;
                }
                continue;
            }
            if owed {
                match self.tell_head(pace, &out).await {
                    Ok(told) => owed = !told,
                    Err(end) => return end,
                }
            }
            beat = false;
            tokio::select! {
                biased;
                () = out.closed() => return End::Left,
                news = self.reader.next() => match news {
                    News::Entries(entries) => self.progress.take_news(&entries),
                    News::Missed => {
                        let start = self.reader.start_over(self.progress.taken);
                        self.progress.start_over(start);
                    }
                    News::Over => return End::Stopped,
                },
                _ = beats.tick() => beat = true,
            }
        }
    }

    async fn read_on(&mut self) -> db::Result<()> {
        if !self.progress.is_behind() {
            return Ok(());
        }
        let (organization, after) = (self.claims.organization, self.progress.taken);
        let _turn = self.reader.turn().await;
        let page = self
            .db
            .read(move |conn| feed::page(conn, organization, after, PAGE))
            .await?;
        self.progress.take_page(&page);
        Ok(())
    }

    /// Sends what is held; whether there was anything. A reader whose token was revoked is owed the entry that says so: what
    /// came before it is kept until it is there, at most until the next beat; what comes after is not for it any more.
    async fn tell_entries(
        &mut self,
        beat: bool,
        pace: Pace,
        out: &mpsc::Sender<Said>,
    ) -> Result<bool, End> {
        let held = &mut self.progress.held;
        let standing = (self.standing)();
        let last = held
            .iter()
            .position(|entry| revokes(entry, &self.claims, standing));
        match (standing, last) {
            (Standing::Stale, _) => return Err(End::Stale),
            (Standing::Expired, _) => return Err(End::Refused),
            (Standing::Revoked, None) if beat || is_page(held) => return Err(End::Refused),
            (Standing::Revoked, None) => return Ok(false),
            (_, Some(last)) => held.truncate(last + 1),
            (Standing::Valid, None) => {}
        }
        let sent = !held.is_empty();
        if sent {
            let entries = std::mem::take(held);
            tell(Said::Entries(entries), pace, out).await?;
        }
        if last.is_some() {
            return Err(End::Refused);
        }
        Ok(sent)
    }

    /// Says how far it is, if it is there; whether it was. The lease first, what was heard after it, then whether the lease
    /// still holds (see `feed::Lease`); the time before all of them.
    async fn tell_head(&self, pace: Pace, out: &mpsc::Sender<Said>) -> Result<bool, End> {
        let elapsed = clock::boot_time().saturating_sub(self.began);
        let lease = self.feed.lease_snapshot();
        let all = self.reader.up_to_date();
        let Some(seq) = all.filter(|_| self.progress.held.is_empty()) else {
            return Ok(false);
        };
        if !lease.holds(clock::boot_time()) {
            return Err(End::Stale);
        }
        let said = Said::Head {
            seq,
            elapsed,
            oldest_rev: self.feed.index().floor(),
        };
        tell(said, pace, out).await?;
        Ok(true)
    }
}

async fn tell(said: Said, pace: Pace, out: &mpsc::Sender<Said>) -> Result<(), End> {
    match timeout(pace.patience, out.send(said)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::Left),
        Err(_) => Err(End::Slow),
    }
}

#[cfg(test)]
mod tests;
