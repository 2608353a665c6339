//! The party on whose behalf the database is used. Connections and turns are shared out among
//! parties.

use std::cell::Cell;

use crate::base::OrganizationId;

/// A user of the database. One party must not slow the others down (see `turns`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Party {
    /// The node's own work on the feed. It always goes first, because a node that cannot reach the
    /// feed loses its lease.
    Feed,
    /// The groups, which work for many organizations at once: those of the ledger, of codes and
    /// refresh tokens, and of values that are used once. They get every second turn.
    Ledger,
    /// The service's own work: jobs, webhooks, the command line.
    Service,
    /// Callers without a credential.
    Unauthenticated,
    /// The callers of one organization.
    Organization(OrganizationId),
}

thread_local! {
    /// The party whose request this thread is working on.
    static CURRENT: Cell<Party> = const { Cell::new(Party::Service) };
}

impl Party {
    /// Returns the party whose request this thread is working on; [`Party::Service`] if it works on
    /// no request.
    #[must_use]
    pub fn current() -> Self {
        CURRENT.get()
    }

    /// Sets the party of the current request, once its credential has been verified.
    pub fn enter(self) {
        CURRENT.set(self);
    }

    /// Runs `work` on behalf of this party. If [`Party::enter`] changes the party meanwhile, `self`
    /// becomes that party.
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
        let mut party = Party::Unauthenticated;
        assert_eq!(Party::current(), Party::Service);
        party.scope(|| {
            assert_eq!(Party::current(), Party::Unauthenticated);
            acme.enter();
        });
        assert_eq!((party, Party::current()), (acme, Party::Service));
        assert_eq!(party.scope(Party::current), acme);
    }
}
