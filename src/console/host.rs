//! Who opens the pages that both an organization and the platform have: webhooks and the audit log.

use std::ops::Deref;

use super::answers::Page;
use super::gate;
use super::page::Notice;
use super::visit::{Outcome, Signed, Visit};
use crate::base::{OrganizationId, Timestamp};
use crate::db::{Conn, Result};
use crate::session::console::{self, Claim, Right};

/// A person who has signed in, for pages that both areas have.
pub(super) trait Host: Deref<Target = Visit> + 'static {
    /// Returns whose records the pages are about. For the platform it is
    /// [`OrganizationId::SERVICE`].
    fn owner(&self) -> OrganizationId;

    /// Whether the person may change these records.
    fn may_change(&self) -> bool;

    /// Returns the token for the forms of the session.
    fn form_token(&self) -> String;

    /// Asks for a proof who the person is, before an act that turns out to reveal or widen something.
    /// `None` if one was given lately.
    fn asked_for_proof(&self) -> Option<Outcome>;

    /// Returns a page, with what the last act left to say.
    async fn shows(&self, page: Page) -> Outcome;

    /// Returns a page that answers a form.
    fn answers(&self, page: &Page) -> Outcome;

    /// Goes on to a page, which says what was done.
    async fn has_done(&self, to: &str, notice: Notice) -> Outcome;

    /// Goes on to the record that a form has made when it was sent before.
    async fn had_sent(&self, to: &str) -> Outcome;

    /// Marks a form as sent, in the transaction that makes something for it.
    fn claim(conn: &mut Conn, owner: OrganizationId, once: &str, now: Timestamp) -> Result<Claim>;

    /// Stores what a form has made.
    fn made(conn: &mut Conn, owner: OrganizationId, once: &str, what: &str) -> Result<()>;
}

impl Host for Signed {
    fn owner(&self) -> OrganizationId {
        self.organization()
    }

    fn may_change(&self) -> bool {
        self.found.right == Right::Admin
    }

    fn form_token(&self) -> String {
        self.csrf()
    }

    fn asked_for_proof(&self) -> Option<Outcome> {
        gate::ask_proof(self)
    }

    async fn shows(&self, page: Page) -> Outcome {
        self.page(page).await
    }

    fn answers(&self, page: &Page) -> Outcome {
        self.answer(page)
    }

    async fn has_done(&self, to: &str, notice: Notice) -> Outcome {
        self.done(to, notice).await
    }

    async fn had_sent(&self, to: &str) -> Outcome {
        self.sent_before(to).await
    }

    fn claim(conn: &mut Conn, owner: OrganizationId, once: &str, now: Timestamp) -> Result<Claim> {
        console::claim(conn, owner, once, now)
    }

    fn made(conn: &mut Conn, owner: OrganizationId, once: &str, what: &str) -> Result<()> {
        console::made(conn, owner, once, what)
    }
}
