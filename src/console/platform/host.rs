//! An admin of the platform, for the pages that an organization has, too.

use super::visit::Admin;
use crate::base::{OrganizationId, Timestamp};
use crate::console::answers::Page;
use crate::console::host::Host;
use crate::console::page::Notice;
use crate::console::visit::Outcome;
use crate::db::{Conn, Result};
use crate::platform::{self, Claim};

impl Host for Admin {
    fn owner(&self) -> OrganizationId {
        OrganizationId::SERVICE
    }

    fn may_change(&self) -> bool {
        true
    }

    fn form_token(&self) -> String {
        self.csrf()
    }

    fn asked_for_proof(&self) -> Option<Outcome> {
        // The gate has asked for it before every act.
        None
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

    fn claim(conn: &mut Conn, _: OrganizationId, once: &str, now: Timestamp) -> Result<Claim> {
        platform::claim(conn, once, now)
    }

    fn made(conn: &mut Conn, _: OrganizationId, once: &str, what: &str) -> Result<()> {
        platform::made(conn, once, what)
    }
}
