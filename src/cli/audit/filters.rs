//! Which lines a command reads.

use std::net::IpAddr;

use clap::Args;

use crate::audit::{self, Action, Filter, Line, Page};
use crate::base::{OrganizationId, Seek, Timestamp};
use crate::cli::output::Failure;
use crate::db::Db;
use crate::organization;

#[derive(Args)]
pub(super) struct Filters {
    /// Only lines of this organization; without it those of all, and of the service itself
    #[arg(long, value_name = "ID")]
    pub(super) organization: Option<OrganizationId>,
    /// Who did it, such as operator:31 or command-line
    #[arg(long, value_name = "TEXT")]
    actor: Option<String>,
    /// What was done, such as token.revoked; may be repeated
    #[arg(long, value_name = "WORD", value_parser = action)]
    action: Vec<Action>,
    /// What it was done to, such as operator:31
    #[arg(long, value_name = "TEXT")]
    subject: Option<String>,
    /// The client's IP address
    #[arg(long, value_name = "IP")]
    address: Option<IpAddr>,
    /// The id of the request
    #[arg(long, value_name = "ID")]
    request: Option<String>,
    /// At this time or later (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
    from: Option<Timestamp>,
    /// Before this time (RFC 3339)
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse)]
    to: Option<Timestamp>,
}

fn action(word: &str) -> Result<Action, String> {
    word.parse().map_err(|_| {
        let words = Action::ALL.map(Action::as_str).join(", ");
        format!("it must be one of {words}")
    })
}

/// Why a command about an organization fails.
const UNKNOWN: &str = "there is no organization with this id";

impl Filters {
    /// Returns the names of the filters that are set.
    pub(super) fn names(&self) -> Vec<&'static str> {
        let set = [
            ("actor", self.actor.is_some()),
            ("action", !self.action.is_empty()),
            ("subject", self.subject.is_some()),
            ("address", self.address.is_some()),
            ("request", self.request.is_some()),
            ("from", self.from.is_some()),
            ("to", self.to.is_some()),
        ];
        set.into_iter()
            .filter(|(_, is_set)| *is_set)
            .map(|(name, _)| name)
            .collect()
    }

    /// Checks that the organization exists.
    pub(super) fn check(&self, db: &Db) -> Result<(), Failure> {
        match self.organization {
            Some(id) if !db.read_blocking(|conn| organization::exists(conn, id))? => {
                Err(Failure::new(UNKNOWN))
            }
            _ => Ok(()),
        }
    }

    /// Passes the lines that match to `take`, at most `chunk` at a time, until it returns false.
    pub(super) fn read(
        &self,
        db: &Db,
        chunk: i64,
        mut take: impl FnMut(Vec<Line>) -> Result<bool, Failure>,
    ) -> Result<(), Failure> {
        let mut page = Page {
            organization: self.organization,
            filter: Filter {
                actions: self.action.clone(),
                actor: self.actor.clone(),
                target: self.subject.clone(),
                address: self.address,
                request_id: self.request.clone(),
                from: self.from,
                to: self.to,
            },
            seek: Seek::First,
            limit: chunk,
        };
        loop {
            let asked = page.clone();
            let found = db.read_blocking(|conn| audit::page(conn, &asked))?;
            if !found.page.rows.is_empty() && !take(found.page.rows)? {
                return Ok(());
            }
            let Some(next) = found.page.next else {
                return Ok(());
            };
            page.seek = next;
        }
    }
}
