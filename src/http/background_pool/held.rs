//! How many jobs an organization may have in the pool at once.
//!
//! The rule: **an organization may have [`JOBS_OF_ONE`] jobs however large they are, and more as long as
//! their bodies have at most [`BYTES_OF_ONE`] together**; and nobody may have more places than are free.

use std::collections::HashMap;

use crate::base::OrganizationId;
use crate::base::fair_share::Shares;

/// The most jobs that wait or run at once.
const PLACES: usize = 256;

pub(super) const JOBS_OF_ONE: usize = 4;
pub(super) const BYTES_OF_ONE: usize = 4 * 1024 * 1024;

/// The jobs that each organization has.
pub(super) struct Held {
    places: Shares<OrganizationId>,
    /// The bytes of each organization's bodies.
    bytes: HashMap<OrganizationId, usize>,
}

impl Held {
    pub(super) fn new() -> Self {
        Self {
            places: Shares::new(PLACES),
            bytes: HashMap::new(),
        }
    }

    /// Returns how many jobs the organization has.
    pub(super) fn of(&self, organization: OrganizationId) -> usize {
        self.places.of(organization)
    }

    /// Takes a place for one more job with a body of `bytes`. Returns whether the organization may have
    /// it.
    pub(super) fn take(&mut self, organization: OrganizationId, bytes: usize) -> bool {
        let held = self.bytes.get(&organization).copied().unwrap_or_default();
        let together = held.saturating_add(bytes);
        let fits = self.of(organization) < JOBS_OF_ONE || together <= BYTES_OF_ONE;
        if !(fits && self.places.admits(organization)) {
            return false;
        }
        self.places.take(organization);
        self.bytes.insert(organization, together);
        true
    }

    /// Returns the place of a job.
    pub(super) fn give_back(&mut self, organization: OrganizationId, bytes: usize) {
        self.places.give_back(organization);
        if self.of(organization) == 0 {
            self.bytes.remove(&organization);
        } else if let Some(held) = self.bytes.get_mut(&organization) {
            *held = held.saturating_sub(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nobody_has_many_large_jobs(
            steps in prop::collection::vec((0_i64..3, 0..BYTES_OF_ONE, any::<bool>()), 0..400),
        ) {
            let mut held = Held::new();
            let mut jobs: Vec<(OrganizationId, usize)> = Vec::new();
            for (organization, bytes, begins) in steps {
                let organization = OrganizationId(organization);
                let own = |job: &&(OrganizationId, usize)| job.0 == organization;
                if begins {
                    let few = jobs.iter().filter(own).count() < JOBS_OF_ONE;
                    let together: usize = jobs.iter().filter(own).map(|job| job.1).sum();
                    let taken = held.take(organization, bytes);
                    prop_assert!(!taken || few || together + bytes <= BYTES_OF_ONE);
                    prop_assert!(taken || !few);
                    if taken {
                        jobs.push((organization, bytes));
                    }
                } else if let Some(place) = jobs.iter().position(|job| job.0 == organization) {
                    let (organization, bytes) = jobs.swap_remove(place);
                    held.give_back(organization, bytes);
                }
            }
            for (organization, bytes) in jobs {
                held.give_back(organization, bytes);
            }
            prop_assert!(held.bytes.is_empty());
        }
    }

    #[test]
    fn an_organization_has_many_jobs_while_they_are_small() {
        let (one, other) = (OrganizationId(1), OrganizationId(2));
        let mut held = Held::new();
        for _ in 0..64 {
            assert!(held.take(one, BYTES_OF_ONE / 64));
        }
        assert!(!held.take(one, 1));
        assert!(held.take(other, BYTES_OF_ONE));
    }
}
