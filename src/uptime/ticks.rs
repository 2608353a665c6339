//! The ticks, and the floors that follow from them.

use std::time::Duration;

use crate::base::{Sequence, Timestamp};
use crate::token::Life;

/// The uptime between two ticks.
pub const EVERY: Duration = Duration::from_hours(1);

/// The longest time between a tick and the last token issued by a node that had not applied it: a
/// lease, a request, and transactions that wait.
const SLACK: Duration = Duration::from_mins(30);

/// How much longer an entry is kept than any token needs it. In this time, `explain` can still say
/// why a token was refused, and a follower that was stopped can still find its last applied entry.
pub const KEPT: Duration = Duration::from_hours(22);

/// A point in the service's uptime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// The entry of the feed for this tick.
    pub seq: Sequence,
    /// The service's uptime.
    pub uptime: Duration,
    /// The wall-clock time; on PostgreSQL the earlier of this node's and the database's.
    pub at: Timestamp,
    /// The id of the last line in the audit log at that time.
    pub audit_id: i64,
}

/// All stored ticks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ticks {
    /// In order of age, the oldest first.
    all: Vec<Tick>,
    /// The first tick of each day of uptime. Longer lives use only these, so that deleting the
    /// other ticks lowers no floor.
    days: Vec<Tick>,
}

fn day(tick: &Tick) -> u64 {
    const SECONDS: u64 = 86_400;
    tick.uptime.as_secs() / SECONDS
}

/// Returns the newest of `ticks` that is at least `age` of uptime older than `last`.
fn older_by(ticks: &[Tick], last: Option<&Tick>, age: Duration) -> Option<Tick> {
    let last = last?.uptime;
    let old = ticks.partition_point(|tick| last.saturating_sub(tick.uptime) >= age);
    ticks.get(old.checked_sub(1)?).copied()
}

/// Returns how much uptime must pass after a tick until every token of this life issued before it
/// has expired. Allows for boot clocks that run 1 % fast. Returns `None` if such tokens never
/// expire.
fn outlived(life: Life) -> Option<Duration> {
    life.span().map(|span| span + span / 100 + SLACK)
}

impl Ticks {
    /// Takes the ticks, oldest first.
    #[must_use]
    pub fn new(all: Vec<Tick>) -> Self {
        debug_assert!(all.is_sorted_by_key(|tick| (tick.seq, tick.uptime)));
        let mut days = all.clone();
        days.dedup_by_key(|tick| day(tick));
        Self { all, days }
    }

    /// Returns the sequence of the newest tick old enough that every token of `life` issued before
    /// it expired at least `more` ago; 0 if there is none.
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

    /// Returns the floor: every token of at most this life with a `rev` below it has expired. 0 if
    /// there is no such tick yet.
    #[must_use]
    pub fn floor(&self, life: Life) -> Sequence {
        self.outlived(life, Duration::ZERO)
    }

    /// Returns the sequence below which every entry about tokens of at most this life can be
    /// deleted, as far as these tokens are concerned. Never above [`Ticks::floor`] of that life.
    #[must_use]
    pub fn spent(&self, life: Life) -> Sequence {
        self.outlived(life, KEPT)
    }

    /// Returns an instant that passed at least `span` ago according to every clock that wrote a
    /// tick since then. A clock that is ahead for a while has no effect. Returns `None` if the
    /// service has not run for that long.
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

    /// Returns the id of the last line of the audit log that was written at least `span` of uptime
    /// ago.
    #[must_use]
    pub fn audit_horizon(&self, span: Duration) -> Option<i64> {
        self.older_by(span).map(|tick| tick.audit_id)
    }

    /// Returns the ticks that are no longer needed: of those too old for any hourly floor, all but
    /// the first of each day of uptime.
    #[must_use]
    pub fn needless(&self) -> Vec<Sequence> {
        let hourly = self.spent(Life::Days(1));
        let pairs = self.all.iter().zip(self.all.iter().skip(1));
        pairs
            .filter(|(before, tick)| tick.seq < hourly && day(before) == day(tick))
            .map(|(_, tick)| tick.seq)
            .collect()
    }

    /// Returns the ticks, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Tick> {
        self.all.iter()
    }

    /// Returns the newest tick.
    #[must_use]
    pub fn last(&self) -> Option<&Tick> {
        self.all.last()
    }
}

#[cfg(test)]
mod tests;
