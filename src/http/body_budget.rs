//! A budget of memory for request bodies that are being received or processed: bounded for callers
//! without a credential, for one organization, and for all organizations together.
//!
//! A small body is not counted, because its connection costs as much anyway. So a caller that uses
//! up the budget cannot keep others from logging in or validating a token.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::base::OrganizationId;

/// Bodies of at most so many bytes are not counted.
const SMALL: usize = 4 * 1024;

/// Bytes for all callers without a credential together: browsers too, whose largest form is a table of
/// operators of 4 MiB.
const STRANGERS: usize = 8 * 1024 * 1024;

/// Bytes for one organization: four of the largest bodies.
const ORGANIZATION: usize = 16 * 1024 * 1024;

/// Bytes for all organizations together.
const ORGANIZATIONS: usize = 32 * 1024 * 1024;

/// The budget is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

/// The budget. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct BodyBudget(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    strangers: usize,
    organizations: HashMap<OrganizationId, usize>,
    of_organizations: usize,
}

impl BodyBudget {
    /// Returns a reservation of zero bytes for one body. `None` stands for callers without a
    /// credential.
    pub(super) fn reservation(&self, organization: Option<OrganizationId>) -> Reservation {
        Reservation {
            budget: self.clone(),
            organization,
            counted: 0,
        }
    }
}

impl Held {
    /// Adds `more` bytes.
    ///
    /// # Errors
    /// Returns [`Full`] if they exceed a bound; then nothing is added.
    fn take(&mut self, organization: Option<OrganizationId>, more: usize) -> Result<(), Full> {
        let Some(organization) = organization else {
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

    fn give_back(&mut self, organization: Option<OrganizationId>, bytes: usize) {
        let Some(organization) = organization else {
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

/// The part of the budget that one body takes, until it is dropped.
#[derive(Debug)]
pub(super) struct Reservation {
    budget: BodyBudget,
    organization: Option<OrganizationId>,
    counted: usize,
}

impl Reservation {
    /// Grows the reservation to at least `bytes`.
    ///
    /// # Errors
    /// Returns [`Full`] if the budget is used up; the reservation then keeps its size.
    pub(super) fn grow(&mut self, bytes: usize) -> Result<(), Full> {
        let wanted = if bytes > SMALL { bytes } else { 0 };
        if wanted > self.counted {
            let more = wanted - self.counted;
            self.budget.0.lock().take(self.organization, more)?;
            self.counted = wanted;
        }
        Ok(())
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.counted > 0 {
            self.budget
                .0
                .lock()
                .give_back(self.organization, self.counted);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_full_budget_keeps_no_small_body_out() {
        let budget = BodyBudget::default();
        let mut flood: Vec<_> = (0..1_000).map(|_| budget.reservation(None)).collect();
        let let_in = flood
            .iter_mut()
            .filter_map(|reservation| reservation.grow(64 * 1024).ok());
        assert_eq!(let_in.count(), STRANGERS / (64 * 1024));
        assert_eq!(budget.reservation(None).grow(SMALL + 1), Err(Full));
        assert_eq!(budget.reservation(None).grow(SMALL), Ok(()));
        let mut organization = budget.reservation(Some(OrganizationId(1)));
        assert_eq!(
            organization.grow(ORGANIZATION),
            Ok(()),
            "callers without a credential take nothing of it"
        );
        flood.clear();
        assert_eq!(budget.reservation(None).grow(STRANGERS), Ok(()));
    }

    #[test]
    fn one_organization_leaves_memory_for_the_next() {
        let budget = BodyBudget::default();
        let mut greedy: Vec<_> = (0..100)
            .map(|_| budget.reservation(Some(OrganizationId(1))))
            .collect();
        let let_in = greedy
            .iter_mut()
            .filter_map(|reservation| reservation.grow(4 << 20).ok());
        assert_eq!(let_in.count(), 4);
        assert_eq!(
            budget.reservation(Some(OrganizationId(2))).grow(4 << 20),
            Ok(())
        );
    }

    proptest! {
        /// After any sequence of changes, the sums are those of the existing reservations, and
        /// never above the bounds.
        #[test]
        fn the_books_are_right(steps in prop::collection::vec((0usize..12, 0i64..4, 0usize..(6 << 20), any::<bool>()), 0..200)) {
            let budget = BodyBudget::default();
            let mut reservations: Vec<Option<Reservation>> = (0..12).map(|_| None).collect();
            for (place, organization, bytes, go) in steps {
                let organization = (organization > 0).then_some(OrganizationId(organization));
                if go {
                    reservations[place] = None;
                } else {
                    let reservation = reservations[place].get_or_insert_with(|| budget.reservation(organization));
                    let before = reservation.counted;
                    if reservation.grow(bytes).is_ok() {
                        prop_assert!(reservation.counted >= bytes || bytes <= SMALL);
                    } else {
                        prop_assert_eq!(reservation.counted, before);
                    }
                }
                let sum = |of: &dyn Fn(&Reservation) -> bool| -> usize {
                    reservations.iter().flatten().filter(|reservation| of(reservation)).map(|reservation| reservation.counted).sum()
                };
                let held = budget.0.lock();
                prop_assert_eq!(held.strangers, sum(&|reservation| reservation.organization.is_none()));
                prop_assert_eq!(held.of_organizations, sum(&|reservation| reservation.organization.is_some()));
                prop_assert!(held.strangers <= STRANGERS && held.of_organizations <= ORGANIZATIONS);
                for id in 1..4 {
                    let id = OrganizationId(id);
                    let own = held.organizations.get(&id).copied().unwrap_or_default();
                    prop_assert_eq!(own, sum(&|reservation| reservation.organization == Some(id)));
                    prop_assert!(own <= ORGANIZATION);
                }
            }
            drop(reservations);
            let held = budget.0.lock();
            prop_assert!(held.strangers == 0 && held.of_organizations == 0 && held.organizations.is_empty());
        }
    }
}
