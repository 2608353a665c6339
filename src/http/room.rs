//! Memory for request bodies that are on their way or being worked on: bounded for callers without a credential, for one
//! organization, and for all organizations together.
//!
//! A small body needs no room: the connection it comes over costs as much anyway. So whoever fills the room keeps nobody from
//! logging in or validating a token.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::base::OrganizationId;

/// Bytes of a body that are not counted.
const SMALL: usize = 4 * 1024;

/// Bytes for all callers without a credential together.
const STRANGERS: usize = 4 * 1024 * 1024;

/// Bytes for one organization: four of the largest bodies.
const ORGANIZATION: usize = 16 * 1024 * 1024;

/// Bytes for all organizations together.
const ORGANIZATIONS: usize = 32 * 1024 * 1024;

/// There is no room now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

/// The room. Clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Room(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    strangers: usize,
    organizations: HashMap<OrganizationId, usize>,
    of_organizations: usize,
}

impl Room {
    /// The share of one body, empty yet. `None` is a caller without a credential.
    pub(super) fn share(&self, whose: Option<OrganizationId>) -> Share {
        Share {
            room: self.clone(),
            whose,
            counted: 0,
        }
    }
}

impl Held {
    /// Takes `more` bytes.
    fn take(&mut self, whose: Option<OrganizationId>, more: usize) -> Result<(), Full> {
        let Some(organization) = whose else {
            let held = fits(self.strangers, more, STRANGERS)?;
            self.strangers = held;
            return Ok(());
        };
        let own = self.organizations.get(&organization).copied();
        let own = fits(own.unwrap_or_default(), more, ORGANIZATION)?;
        self.of_organizations = fits(self.of_organizations, more, ORGANIZATIONS)?;
        self.organizations.insert(organization, own);
        Ok(())
    }

    fn give_back(&mut self, whose: Option<OrganizationId>, bytes: usize) {
        let Some(organization) = whose else {
            self.strangers -= bytes;
            return;
        };
        self.of_organizations -= bytes;
        if let Some(own) = self.organizations.get_mut(&organization) {
            *own -= bytes;
            if *own == 0 {
                self.organizations.remove(&organization);
            }
        }
    }
}

fn fits(held: usize, more: usize, most: usize) -> Result<usize, Full> {
    held.checked_add(more)
        .filter(|sum| *sum <= most)
        .ok_or(Full)
}

/// What one body takes of the room, until it is dropped.
#[derive(Debug)]
pub(super) struct Share {
    room: Room,
    whose: Option<OrganizationId>,
    counted: usize,
}

impl Share {
    /// Makes the share at least so large.
    ///
    /// # Errors
    /// [`Full`]; the share is then as large as before.
    pub(super) fn grow(&mut self, bytes: usize) -> Result<(), Full> {
        let wanted = if bytes > SMALL { bytes } else { 0 };
        if wanted > self.counted {
            let more = wanted - self.counted;
            self.room.0.lock().take(self.whose, more)?;
            self.counted = wanted;
        }
        Ok(())
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if self.counted > 0 {
            self.room.0.lock().give_back(self.whose, self.counted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_full_room_keeps_no_small_body_out() {
        let room = Room::default();
        let mut flood: Vec<_> = (0..1_000).map(|_| room.share(None)).collect();
        let let_in = flood
            .iter_mut()
            .filter_map(|share| share.grow(64 * 1024).ok());
        assert_eq!(let_in.count(), STRANGERS / (64 * 1024));
        assert_eq!(room.share(None).grow(SMALL + 1), Err(Full));
        assert_eq!(room.share(None).grow(SMALL), Ok(()));
        let mut organization = room.share(Some(OrganizationId(1)));
        assert_eq!(
            organization.grow(ORGANIZATION),
            Ok(()),
            "strangers take nothing of it"
        );
        flood.clear();
        assert_eq!(room.share(None).grow(STRANGERS), Ok(()));
    }

    #[test]
    fn one_organization_leaves_room_for_the_next() {
        let room = Room::default();
        let mut greedy: Vec<_> = (0..100)
            .map(|_| room.share(Some(OrganizationId(1))))
            .collect();
        let let_in = greedy
            .iter_mut()
            .filter_map(|share| share.grow(4 << 20).ok());
        assert_eq!(let_in.count(), 4);
        assert_eq!(room.share(Some(OrganizationId(2))).grow(4 << 20), Ok(()));
    }

    proptest! {
        /// Whatever comes and goes, the sums are those of the shares there are, and never above the bounds.
        #[test]
        fn the_books_are_right(steps in prop::collection::vec((0usize..12, 0i64..4, 0usize..(6 << 20), any::<bool>()), 0..200)) {
            let room = Room::default();
            let mut shares: Vec<Option<Share>> = (0..12).map(|_| None).collect();
            for (place, whose, bytes, go) in steps {
                let whose = (whose > 0).then_some(OrganizationId(whose));
                if go {
                    shares[place] = None;
                } else {
                    let share = shares[place].get_or_insert_with(|| room.share(whose));
                    let before = share.counted;
                    match share.grow(bytes) {
                        Ok(()) => prop_assert!(share.counted >= bytes || bytes <= SMALL),
                        Err(Full) => prop_assert_eq!(share.counted, before),
                    }
                }
                let sum = |of: &dyn Fn(&Share) -> bool| -> usize {
                    shares.iter().flatten().filter(|share| of(share)).map(|share| share.counted).sum()
                };
                let held = room.0.lock();
                prop_assert_eq!(held.strangers, sum(&|share| share.whose.is_none()));
                prop_assert_eq!(held.of_organizations, sum(&|share| share.whose.is_some()));
                prop_assert!(held.strangers <= STRANGERS && held.of_organizations <= ORGANIZATIONS);
                for id in 1..4 {
                    let id = OrganizationId(id);
                    let own = held.organizations.get(&id).copied().unwrap_or_default();
                    prop_assert_eq!(own, sum(&|share| share.whose == Some(id)));
                    prop_assert!(own <= ORGANIZATION);
                }
            }
            drop(shares);
            let held = room.0.lock();
            prop_assert!(held.strangers == 0 && held.of_organizations == 0 && held.organizations.is_empty());
        }
    }
}
