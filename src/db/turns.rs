//! Who goes next: a pure scheduler for what only so many may use at once, the writer of SQLite or the connections to PostgreSQL.
//!
//! 1. The feed first: a node that cannot confirm what it has applied loses its lease, and refuses everybody.
//! 2. Then the ledger, unless it had the last turn: one of its turns serves many organizations.
//! 3. Then the party whose last turn is longest ago. A party holds no more of the slots than are free ([`Shares`]).
//! 4. A long turn (a thousand records in one transaction) gives way: one at a time; and when others were kept waiting by one, the
//!    next begins only after a rest of [`REST`] times as long. So long turns take at most a quarter of the time that others need.
//!    One that keeps another waiting for longer than that has patience ([`Patience`]) is to be broken off.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use super::Party;
use crate::base::fair::Shares;

/// How long the rest after a long turn is, in lengths of that turn.
const REST: u32 = 3;

/// The longest rest.
const LONGEST_REST: Duration = Duration::from_secs(1);

/// Parties of which it is remembered when they last had a turn, beside those that wait.
const REMEMBERED: usize = 1_024;

/// How much a turn will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Size {
    /// A few records.
    Short,
    /// As many records as a request may name.
    Long,
}

/// How long a long turn may keep others waiting.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// The feed: far less than a lease.
    pub(super) feed: Duration,
    /// Everyone else: less than they wait for a connection before they give up.
    pub(super) others: Duration,
}

/// Names a turn, from the request for it to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Ticket(u64);

#[derive(Debug, Clone, Copy)]
struct Turn {
    ticket: Ticket,
    party: Party,
    size: Size,
    asked: Duration,
}

/// A long turn under way.
#[derive(Debug, Clone, Copy)]
struct LongTurn {
    turn: Turn,
    began: Duration,
    /// Whether another party came meanwhile.
    crowded: bool,
}

/// The turns under way and those asked for. Times are those of one clock that never goes back.
#[derive(Debug)]
pub(super) struct Turns {
    slots: usize,
    pub(super) patience: Patience,
    shares: Shares<Party>,
    waiting: VecDeque<Turn>,
    under_way: Vec<Turn>,
    long: Option<LongTurn>,
    /// No long turn begins before.
    rest: Duration,
    /// When each party, with long turns counted apart, last got one: the number of turns given until then.
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
            last: HashMap::new(),
            given: 0,
            ledger_was_last: false,
            tickets: 0,
        }
    }

    /// Asks for a turn.
    pub(super) fn ask(&mut self, party: Party, size: Size, now: Duration) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        let turn = Turn {
            ticket,
            party,
            size,
            asked: now,
        };
        if let Some(long) = &mut self.long {
            long.crowded |= is_kept_by(&turn, long.turn.party);
        }
        self.waiting.push_back(turn);
        ticket
    }

    /// Gives the next turn, if there is one to give at `now`. To be called again until there is none.
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
            self.long = Some(LongTurn {
                turn,
                began: now,
                crowded: self
                    .waiting
                    .iter()
                    .any(|other| is_kept_by(other, turn.party)),
            });
        }
        self.forget();
        Some(turn.ticket)
    }

    /// Ends a turn that was given, or no longer asks for one.
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
                self.rest = now + (took * REST).min(LONGEST_REST);
            }
        }
    }

    /// How long until a turn that waits may begin although nothing else changes; `None` if none does so.
    pub(super) fn rest_left(&self, now: Duration) -> Option<Duration> {
        let left = self.rest.saturating_sub(now);
        let waits = |turn: &Turn| turn.size == Size::Long;
        (!left.is_zero() && self.waiting.iter().any(waits)).then_some(left)
    }

    /// Whether a long turn must be broken off, since it has kept another waiting for too long.
    pub(super) fn must_give_way(&self, now: Duration) -> bool {
        let Some(long) = self.long else { return false };
        let impatient = |turn: &Turn| {
            let waits = now.saturating_sub(turn.asked.max(long.began));
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
        let gives_way = turn.size == Size::Long && (self.long.is_some() || now < self.rest);
        free && own && !gives_way
    }

    /// The least goes next.
    fn rank(&self, turn: &Turn) -> (u8, u64, Ticket) {
        let class = match turn.party {
            Party::Feed => 0,
            Party::Ledger if !self.ledger_was_last => 1,
            _ => 2,
        };
        let last = self.last.get(&(turn.party, turn.size));
        (class, last.copied().unwrap_or_default(), turn.ticket)
    }

    /// Keeps what is remembered of parties bounded.
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

/// Whether a turn may be waiting for a long one of `party`, and not for its own turn among long ones. The feed's never counts: it asks
/// all the time.
fn is_kept_by(turn: &Turn, party: Party) -> bool {
    turn.party != party && turn.party != Party::Feed && turn.size == Size::Short
}

#[cfg(test)]
mod tests;
