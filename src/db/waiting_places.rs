//! Limits how many callers wait for the database or use it: each takes a thread and some memory.
//! Nobody waits for a place.

use std::sync::Arc;

use parking_lot::Mutex;

use super::Party;
use super::turns::Size;
use crate::base::fair_share::Shares;

/// The places for long transactions, and the largest number of one party, including those that are
/// running. Long transactions run one at a time, so more would only wait in vain.
const LONG: usize = 32;
const LONG_OF_ONE: usize = 4;

/// All places.
pub(super) struct Places(Mutex<Taken>);

struct Taken {
    all: Shares<Party>,
    long: Shares<Party>,
}

/// A place. It becomes free when this is dropped.
pub(super) struct Place {
    places: Arc<Places>,
    party: Party,
    size: Size,
}

impl Places {
    pub(super) fn new(total: usize) -> Self {
        Self(Mutex::new(Taken {
            all: Shares::new(total),
            long: Shares::new(LONG.min(total)),
        }))
    }

    /// Returns whether the party may take a place.
    pub(super) fn admits(&self, party: Party, size: Size) -> bool {
        self.0.lock().admits(party, size)
    }

    pub(super) fn taken(&self) -> usize {
        self.0.lock().all.taken()
    }
}

impl Taken {
    fn admits(&self, party: Party, size: Size) -> bool {
        let long = || self.long.admits(party) && self.long.of(party) < LONG_OF_ONE;
        self.all.admits(party) && (size == Size::Short || long())
    }
}

impl Place {
    /// Takes a place; `None` if the party already has its share.
    pub(super) fn take(places: &Arc<Places>, party: Party, size: Size) -> Option<Self> {
        let mut taken = places.0.lock();
        if !taken.admits(party, size) {
            return None;
        }
        if size == Size::Long {
            taken.long.take(party);
        }
        taken.all.take(party);
        drop(taken);
        Some(Self {
            places: Arc::clone(places),
            party,
            size,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.0.lock();
        taken.all.give_back(self.party);
        if self.size == Size::Long {
            taken.long.give_back(self.party);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::OrganizationId;

    #[test]
    fn one_organizations_long_transactions_take_no_others_places() {
        let places = Arc::new(Places::new(256));
        let [one, other] = [1, 2].map(|id| Party::Organization(OrganizationId(id)));
        let take = |party, size| Place::take(&places, party, size);
        let long: Vec<_> = (0..32).filter_map(|_| take(one, Size::Long)).collect();
        assert_eq!(long.len(), LONG_OF_ONE);
        assert!(!places.admits(one, Size::Long));
        assert!(places.admits(one, Size::Short) && places.admits(other, Size::Long));
        assert!(take(other, Size::Long).is_some());
        let short: Vec<_> = (0..300).filter_map(|_| take(one, Size::Short)).collect();
        assert_eq!(long.len() + short.len(), 128);
        assert!(take(other, Size::Short).is_some());
        drop((long, short));
        assert_eq!(places.taken(), 0);
    }
}
