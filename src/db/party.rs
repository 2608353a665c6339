//! On whose behalf the database is used: the party that a turn, a place or a connection is given to.

use std::cell::Cell;

use crate::base::OrganizationId;

/// Who uses the database. What one party does is kept from slowing the others down (see `turns`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Party {
    /// The node itself, which loses its lease if it is kept from the feed: it always goes first.
    Feed,
    /// The ledger's group commit, which writes for every organization at once: it gets every second turn.
    Ledger,
    /// The service's own work: jobs, webhooks, the command line.
    Service,
    /// Callers without a credential.
    Strangers,
    /// The callers of one organization.
    Organization(OrganizationId),
}

thread_local! {
    /// Whose request this thread is at work on.
    static CURRENT: Cell<Party> = const { Cell::new(Party::Service) };
}

impl Party {
    /// Returns the party whose request this thread is at work on; [`Party::Service`] if it is at work on none.
    #[must_use]
    pub fn current() -> Self {
        CURRENT.get()
    }

    /// Makes this the party of the request at hand, once its credential is known.
    pub fn enter(self) {
        CURRENT.set(self);
    }

    /// Runs `work` on behalf of this party, and takes over what [`Party::enter`] made of it meanwhile.
    pub fn scope<T>(&mut self, work: impl FnOnce() -> T) -> T {
        struct Restore<'a>(&'a mut Party, Party);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                *self.0 = CURRENT.replace(self.1);
            }
        }
        let before = CURRENT.replace(*self);
        let _restore = Restore(self, before);
        work()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_keeps_its_party_from_one_poll_to_the_next() {
        let acme = Party::Organization(OrganizationId(7));
        let mut party = Party::Strangers;
        assert_eq!(Party::current(), Party::Service);
        party.scope(|| {
            assert_eq!(Party::current(), Party::Strangers);
            acme.enter();
        });
        assert_eq!((party, Party::current()), (acme, Party::Service));
        assert_eq!(party.scope(Party::current), acme);
    }
}
