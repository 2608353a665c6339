//! The revocation list as a stream. It sends what is in the database first, then what the node's
//! follower applies, and how far that reaches.
//!
//! A head with sequence S, `elapsed` after the stream was requested, means: every revoke that had
//! returned by then has a sequence of S or lower, and was sent. The time counts from the request,
//! so that a reader needs no clock but its own. A delay on the way can only make the reader
//! consider itself older than it is.

mod progress;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};

use self::progress::{PAGE, Progress, is_page};
use crate::base::{Sequence, clock};
use crate::db::{self, Db};
use crate::feed::{self, Entry, Fact, Feed, News, Reader, Target};
use crate::token::Claims;

/// What is sent to a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// The next revocations, in order.
    Entries(Vec<Entry>),
    /// The reader has received everything there is.
    Head {
        /// Up to this sequence.
        seq: Sequence,
        /// As of this time after the stream was requested.
        elapsed: Duration,
        /// Operator tokens with a lower `rev` have expired.
        oldest_rev: Sequence,
    },
}

/// The state of the reader's credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialState {
    /// The credential is valid.
    Valid,
    /// The credential was revoked.
    Revoked,
    /// The credential has expired.
    Expired,
    /// This node has lost its lease, so it cannot judge the credential.
    Stale,
}

/// Why a stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The reader disconnected.
    Left,
    /// The reader did not read what was sent.
    Slow,
    /// The reader's credential has expired or was revoked.
    Refused,
    /// The node has lost its lease, or cannot read its database.
    Stale,
    /// The node is stopping.
    Stopped,
}

impl End {
    /// Returns the word in the metrics.
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

/// The times of a stream.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How often a head is sent when nothing happens.
    pub heartbeat: Duration,
    /// How long the stream waits for a reader that does not read.
    pub patience: Duration,
}

/// Whether the entry revokes the reader's token. Claims do not name the key that signed them. So if
/// the token is revoked at the time when a key was revoked, this assumes that it was revoked with
/// the key.
fn revokes(entry: &Entry, reader: &Claims, standing: CredentialState) -> bool {
    match entry.fact {
        Fact::Revoked(Target::Key(_)) => standing == CredentialState::Revoked,
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
    /// When the stream was requested (boot time).
    began: Duration,
    progress: Progress,
}

impl<S: Fn() -> CredentialState> Stream<S> {
    /// Returns a stream of the entries after `after`, for the holder of `claims`, with its first
    /// page read.
    ///
    /// # Errors
    /// Returns an error if the database fails.
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

    /// Sends entries and heads to `out` until the reader disconnects or the stream must end.
    /// Returns the reason.
    pub async fn run(mut self, pace: Pace, out: mpsc::Sender<Said>) -> End {
        let mut beats = interval(pace.heartbeat);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        beats.reset();
        let (mut beat, mut head_due) = (false, true);
        loop {
            match self.send_entries(beat, pace, &out).await {
                Ok(sent) => head_due |= sent || beat,
                Err(end) => return end,
            }
            if self.progress.is_behind() {
                if self.read_on().await.is_err() {
                    return End::Stale;
                }
                continue;
            }
            if head_due {
                match self.send_head(pace, &out).await {
                    Ok(sent) => head_due = !sent,
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
                    News::Stopping => return End::Stopped,
                },
                _ = beats.tick() => beat = true,
            }
        }
    }

    async fn read_on(&mut self) -> db::Result<()> {
        if !self.progress.is_behind() {
            return Ok(());
        }
        let of = (self.claims.organization, self.reader.listed());
        let after = self.progress.taken;
        let _turn = self.reader.turn().await;
        let page = self
            .db
            .read(move |conn| feed::page(conn, of, after, PAGE))
            .await?;
        self.progress.take_page(&page);
        Ok(())
    }

    /// Sends the entries that are held. Returns whether there were any. A reader whose token was
    /// revoked still receives the entry that revoked it. The entries before it are held back until
    /// it is there, at most until the next heartbeat; the entries after it are not sent.
    async fn send_entries(
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
            (CredentialState::Stale, _) => return Err(End::Stale),
            (CredentialState::Expired, _) => return Err(End::Refused),
            (CredentialState::Revoked, None) if beat || is_page(held) => return Err(End::Refused),
            (CredentialState::Revoked, None) => return Ok(false),
            (_, Some(last)) => held.truncate(last + 1),
            (CredentialState::Valid, None) => {}
        }
        let sent = !held.is_empty();
        if sent {
            let entries = std::mem::take(held);
            send(Said::Entries(entries), pace, out).await?;
        }
        if last.is_some() {
            return Err(End::Refused);
        }
        Ok(sent)
    }

    /// Sends a head if everything up to it was sent. Returns whether it did. It reads the elapsed
    /// time first, then the lease, then the position of the feed, and checks last that the lease
    /// has not expired (see `feed::Lease`).
    async fn send_head(&self, pace: Pace, out: &mpsc::Sender<Said>) -> Result<bool, End> {
        let elapsed = clock::boot_time().saturating_sub(self.began);
        let lease = self.feed.lease_snapshot();
        let all = self.reader.up_to_date();
        let Some(seq) = all.filter(|_| self.progress.held.is_empty()) else {
            return Ok(false);
        };
        if !lease.holds(clock::boot_time()) {
            return Err(End::Stale);
        }
        let head = Said::Head {
            seq,
            elapsed,
            oldest_rev: self.feed.index().floor(),
        };
        send(head, pace, out).await?;
        Ok(true)
    }
}

async fn send(item: Said, pace: Pace, out: &mpsc::Sender<Said>) -> Result<(), End> {
    match timeout(pace.patience, out.send(item)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(End::Left),
        Err(_) => Err(End::Slow),
    }
}

#[cfg(test)]
mod tests;
