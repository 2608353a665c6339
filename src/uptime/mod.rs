//! Uptime: how long the service has run, all nodes together; and what follows from it for tokens and for what is kept about
//! them. No wall clock has any influence on it.
//!
//! One node at a time, the one on duty, adds what its own `CLOCK_BOOTTIME` has measured since it last added. Every hour of uptime
//! it writes a *tick*: an entry of the feed, and beside it the uptime at which it was written. A token carries the sequence that
//! its issuer had applied (`rev`). So a token with a `rev` below a tick was issued before it, at most a lease and a request later;
//! and once as much uptime has been counted since the tick as the token could live, the token has ended, whatever any clock says.
//!
//! The law: **a token whose `rev` is below the floor of its life is refused; what revokes it is deleted only from below that
//! floor.** So nothing that is deleted can make a token valid again: not a wrong clock, not a restart, not a failover. That
//! uptime is measured well decides only how early a token is refused that has not ended, never whether a revoked one comes back.

mod store;

pub(crate) use store::{add, insert, thin_out};
pub use store::{load, read};

use std::time::Duration;

use crate::base::{Sequence, Timestamp};
use crate::token::Life;

/// Uptime between two ticks.
pub const EVERY: Duration = Duration::from_hours(1);

/// What lies between a tick and the last token of a node that had not applied it: a lease, a request, and transactions that wait.
const SLACK: Duration = Duration::from_mins(30);

/// How much longer an entry is kept than any token needs it, for those who ask why a token was refused; and how long a follower
/// may stand still and still find the entry it had come to.
pub const KEPT: Duration = Duration::from_hours(22);

/// A moment in the life of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// The entry of the feed that tells of it.
    pub seq: Sequence,
    /// How long the service had run.
    pub uptime: Duration,
    /// What the wall clock said, and on PostgreSQL the database's, if that said less.
    pub at: Timestamp,
    /// The last line of the audit log there was.
    pub audit_id: i64,
}

/// The ticks there were.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ticks {
    /// Oldest first.
    all: Vec<Tick>,
    /// The first of each day of uptime: what longer lives are reckoned by, so that thinning out lowers no floor.
    days: Vec<Tick>,
}

fn day(tick: &Tick) -> u64 {
    const SECONDS: u64 = 86_400;
    tick.uptime.as_secs() / SECONDS
}

/// The newest of `ticks` that is at least `age` of uptime older than `last`.
fn older_by(ticks: &[Tick], last: Option<&Tick>, age: Duration) -> Option<Tick> {
    let last = last?.uptime;
    let old = ticks.partition_point(|tick| last.saturating_sub(tick.uptime) >= age);
    ticks.get(old.checked_sub(1)?).copied()
}

/// How much uptime must have passed since a tick for every token of this life from before it to have ended: boot clocks that run a
/// hundredth fast are allowed for. `None` if it never has.
fn outlived(life: Life) -> Option<Duration> {
    life.span().map(|span| span + span / 100 + SLACK)
}

impl Ticks {
    /// From the ticks, oldest first.
    #[must_use]
    pub fn new(all: Vec<Tick>) -> Self {
        debug_assert!(all.is_sorted_by_key(|tick| (tick.seq, tick.uptime)));
        let mut days = all.clone();
        days.dedup_by_key(|tick| day(tick));
        Self { all, days }
    }

    /// The newest tick from so long ago that what lives for `life` has ended, and `more`.
    fn outlived(&self, life: Life, more: Duration) -> Sequence {
        let ticks = match life {
            Life::Days(0 | 1) => &self.all,
            Life::Days(_) | Life::Endless => &self.days,
        };
        let tick = outlived(life).and_then(|age| older_by(ticks, self.last(), age + more));
        tick.map_or(Sequence(0), |tick| tick.seq)
    }

    fn older_by(&self, age: Duration) -> Option<Tick> {
        older_by(&self.all, self.last(), age)
    }

    /// Every token of at most this life whose `rev` is below has ended. 0 as long as that cannot be said of any.
    #[must_use]
    pub fn floor(&self, life: Life) -> Sequence {
        self.outlived(life, Duration::ZERO)
    }

    /// Every entry that concerns tokens of at most this life and whose sequence is below can be deleted, as far as those tokens are
    /// concerned. Never above the [`Ticks::floor`] of that life.
    #[must_use]
    pub fn spent(&self, life: Life) -> Sequence {
        self.outlived(life, KEPT)
    }

    /// An instant that has been over for at least `span`, as every clock said that wrote a tick since. A clock that is ahead for a
    /// while moves it by nothing. `None` as long as the service has not run for that long.
    #[must_use]
    pub fn horizon(&self, span: Duration) -> Option<Timestamp> {
        self.over_for(span + KEPT)
    }

    /// As [`Ticks::horizon`], without the day's distance that it keeps: an instant that has been over for `span` of uptime.
    #[must_use]
    pub fn over_for(&self, span: Duration) -> Option<Timestamp> {
        let since = self.older_by(span)?.seq;
        let witnesses = self.all.iter().rev().take_while(|tick| tick.seq >= since);
        witnesses.map(|tick| tick.at).min()
    }

    /// The last line of the audit log that was written at least `span` of uptime ago.
    #[must_use]
    pub fn audit_horizon(&self, span: Duration) -> Option<i64> {
        self.older_by(span).map(|tick| tick.audit_id)
    }

    /// The ticks that no law needs any more: of those older than any floor that is looked up by the hour, all but the first of
    /// each day of uptime.
    #[must_use]
    pub fn needless(&self) -> Vec<Sequence> {
        let hourly = self.spent(Life::Days(1));
        let pairs = self.all.iter().zip(self.all.iter().skip(1));
        pairs
            .filter(|(before, tick)| tick.seq < hourly && day(before) == day(tick))
            .map(|(_, tick)| tick.seq)
            .collect()
    }

    /// The ticks, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Tick> {
        self.all.iter()
    }

    /// The last one.
    #[must_use]
    pub fn last(&self) -> Option<&Tick> {
        self.all.last()
    }
}

#[cfg(test)]
mod tests;
