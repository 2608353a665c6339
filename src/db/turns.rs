//! Decides who goes next: a pure scheduler for a resource with a limited number of users at a time,
//! which is SQLite's writer or PostgreSQL's connections.
//!
//! 1. The feed goes first: a node that cannot confirm what it has applied loses its lease and
//!    refuses all requests.
//! 2. Then the ledger, unless it had the last turn: one of its turns serves many organizations.
//! 3. Then the party whose last turn is longest ago. A party holds no more slots than are free
//!    ([`Shares`]).
//! 4. A long turn (a thousand records in one transaction) yields to others: only one runs at a
//!    time. If it made others wait, the next long turn starts only after a pause of [`REST`] times
//!    its duration, so that long turns take at most a quarter of the time that others need. If it
//!    made callers wait, and not only the service's own jobs, the next long turn of the same party
//!    starts only after [`REST_OF_ONE`] times its duration, so that the long turns of one party
//!    delay about one in a hundred of the others' turns. A long turn that makes another wait longer
//!    than its [`Patience`] must be aborted.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use super::Party;
use crate::base::fair_share::Shares;

/// The length of the pause after a long turn, as a multiple of that turn's duration.
const REST: u32 = 3;

/// The same for the next long turn of the same party.
const REST_OF_ONE: u32 = 200;

/// The longest pause before the next long turn of anybody.
const LONGEST_REST: Duration = Duration::from_secs(1);

/// The longest pause before the next long turn of the same party, unless [`Patience::others`] is
/// shorter: a caller who waits for it still gets its turn.
const LONGEST_REST_OF_ONE: Duration = Duration::from_secs(2);

/// The number of parties whose last turn is remembered, in addition to those that wait.
const REMEMBERED: usize = 1_024;

/// How much work a turn does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Size {
    /// A few records.
    Short,
    /// As many records as a request may contain.
    Long,
}

/// How long a long turn may make others wait.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// The feed: much shorter than a lease.
    pub(super) feed: Duration,
    /// All others: shorter than their timeout for a connection.
    pub(super) others: Duration,
}

/// The id of a turn, from its request to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Ticket(u64);

#[derive(Debug, Clone, Copy)]
struct Turn {
    ticket: Ticket,
    party: Party,
    size: Size,
    requested: Duration,
}

/// A long turn that is running.
#[derive(Debug, Clone, Copy)]
struct LongTurn {
    turn: Turn,
    began: Duration,
    /// Whether another party has requested a turn in the meantime.
    crowded: bool,
    /// Whether one of these parties serves callers, which is not true of the service's own jobs.
    delayed_callers: bool,
}

impl LongTurn {
    /// Notes that another turn was requested.
    fn note_request(&mut self, other: &Turn) {
        if is_kept_by(other, self.turn.party) {
            self.crowded = true;
            self.delayed_callers |= other.party != Party::Service;
        }
    }
}

/// The turns that are running and those that were requested. All times are of one monotonic clock.
#[derive(Debug)]
pub(super) struct Turns {
    slots: usize,
    pub(super) patience: Patience,
    shares: Shares<Party>,
    waiting: VecDeque<Turn>,
    under_way: Vec<Turn>,
    long: Option<LongTurn>,
    /// No long turn starts before this time.
    rest: Duration,
    /// For each party: none of its long turns starts before this time. Times that have passed may
    /// be missing.
    rests: HashMap<Party, Duration>,
    /// For each party, with long turns counted separately: how many turns had been given when it
    /// last got one.
    last: HashMap<(Party, Size), u64>,
    given: u64,
    ledger_was_last: bool,
    tickets: u64,
}

impl Turns {
    pub(super) fn new(slots: usize, patience: Patience) -> Self {
        Self {
            slots,
            patience,
            shares: Shares::new(slots),
            waiting: VecDeque::new(),
            under_way: Vec::new(),
            long: None,
            rest: Duration::ZERO,
            rests: HashMap::new(),
            last: HashMap::new(),
            given: 0,
            ledger_was_last: false,
            tickets: 0,
        }
    }

    /// Requests a turn.
    pub(super) fn request(&mut self, party: Party, size: Size, now: Duration) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        let turn = Turn {
            ticket,
            party,
            size,
            requested: now,
        };
        if let Some(long) = &mut self.long {
            long.note_request(&turn);
        }
        self.waiting.push_back(turn);
        ticket
    }

    /// Gives the next turn; `None` if no turn can start at `now`. Must be called again until it
    /// returns `None`.
    pub(super) fn next(&mut self, now: Duration) -> Option<Ticket> {
        let candidates = self.waiting.iter().enumerate();
        let (place, _) = candidates
            .filter(|(_, turn)| self.may_begin(turn, now))
            .min_by_key(|(_, turn)| self.rank(turn))?;
        let turn = self.waiting.remove(place)?;
        self.shares.take(turn.party);
        self.under_way.push(turn);
        self.given += 1;
        self.last.insert((turn.party, turn.size), self.given);
        if turn.party != Party::Feed {
            self.ledger_was_last = turn.party == Party::Ledger;
        }
        if turn.size == Size::Long {
            let mut long = LongTurn {
                turn,
                began: now,
                crowded: false,
                delayed_callers: false,
            };
            for other in &self.waiting {
                long.note_request(other);
            }
            self.long = Some(long);
        }
        self.forget();
        Some(turn.ticket)
    }

    /// Ends a turn that was given, or withdraws a request.
    pub(super) fn end(&mut self, ticket: Ticket, now: Duration) {
        self.waiting.retain(|turn| turn.ticket != ticket);
        let place = self.under_way.iter().position(|turn| turn.ticket == ticket);
        let Some(place) = place else { return };
        let turn = self.under_way.swap_remove(place);
        self.shares.give_back(turn.party);
        if let Some(long) = self.long
            && long.turn.ticket == ticket
        {
            self.long = None;
            if long.crowded {
                let took = now.saturating_sub(long.began);
                let pause = |times, longest| now + took.saturating_mul(times).min(longest);
                self.rest = pause(REST, LONGEST_REST);
                self.rests.retain(|_, until| *until > now);
                if long.delayed_callers {
                    let longest = LONGEST_REST_OF_ONE.min(self.patience.others);
                    let until = pause(REST_OF_ONE, longest);
                    self.rests.insert(turn.party, until);
                }
            }
        }
    }

    /// Returns how long until a waiting turn may start if nothing else changes; `None` if time
    /// alone lets none start.
    pub(super) fn rest_left(&self, now: Duration) -> Option<Duration> {
        let long = self.waiting.iter().filter(|turn| turn.size == Size::Long);
        long.map(|turn| self.rest_of(turn.party).saturating_sub(now))
            .filter(|left| !left.is_zero())
            .min()
    }

    /// Returns the time before which no long turn of the party starts.
    fn rest_of(&self, party: Party) -> Duration {
        let own = self.rests.get(&party).copied();
        own.map_or(self.rest, |own| own.max(self.rest))
    }

    /// Returns whether a long turn must be aborted because it has made another wait for too long.
    pub(super) fn must_give_way(&self, now: Duration) -> bool {
        let Some(long) = self.long else { return false };
        let impatient = |turn: &Turn| {
            let waits = now.saturating_sub(turn.requested.max(long.began));
            if turn.party == Party::Feed {
                waits > self.patience.feed
            } else {
                is_kept_by(turn, long.turn.party) && waits > self.patience.others
            }
        };
        self.waiting.iter().any(impatient)
    }

    fn may_begin(&self, turn: &Turn, now: Duration) -> bool {
        let free = self.shares.taken() < self.slots;
        let own = turn.party == Party::Feed || self.shares.admits(turn.party);
        let gives_way =
            turn.size == Size::Long && (self.long.is_some() || now < self.rest_of(turn.party));
        free && own && !gives_way
    }

    /// Returns the rank of a turn. The lowest goes next.
    fn rank(&self, turn: &Turn) -> (u8, u64, Ticket) {
        let class = match turn.party {
            Party::Feed => 0,
            Party::Ledger if !self.ledger_was_last => 1,
            _ => 2,
        };
        let last = self.last.get(&(turn.party, turn.size));
        (class, last.copied().unwrap_or_default(), turn.ticket)
    }

    /// Bounds the memory about parties.
    fn forget(&mut self) {
        if self.last.len() > REMEMBERED + self.waiting.len() {
            let waiting: HashSet<_> = self
                .waiting
                .iter()
                .map(|turn| (turn.party, turn.size))
                .collect();
            self.last.retain(|party, _| waiting.contains(party));
        }
    }
}

/// Returns whether a turn may be waiting because of a long turn of `party`, rather than for its
/// place among long turns. The feed's turns are left out, because the feed always requests one.
fn is_kept_by(turn: &Turn, party: Party) -> bool {
    turn.party != party && turn.party != Party::Feed && turn.size == Size::Short
}

#[cfg(test)]
mod tests;
