//! `lanyard migrate`.

use clap::Args;
use serde::Serialize;

use super::output::{Failure, say, say_json};
use super::{Common, log};
use crate::db;
use crate::organization;

const EXAMPLES: &str = "\
`lanyard serve` does this at start unless database.migrate is false. It is safe to run again, and several times at once. It \
also lists the logins and emails that are now equal to an older one, because names are compared without regard to case and \
Unicode composition: such a login works only exactly as it was typed before, until it is changed.

Examples:
  lanyard migrate --database sqlite:/var/lib/lanyard/lanyard.db
  lanyard migrate --check --json";

/// Bring the database's schema up to date
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Migrate {
    /// Only list the pending migrations; exit with 1 if there are any
    #[arg(long)]
    check: bool,
    /// Print JSON: {"applied": […], "pending": […], "colliding": […]}
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    applied: Vec<String>,
    pending: Vec<String>,
    /// The colliding names, as one sentence each.
    colliding: Vec<String>,
    /// The operators whose role gains rights by the migration that defined roles; `None` if it was
    /// not applied now.
    #[serde(skip_serializing_if = "Option::is_none")]
    gaining_rights: Option<i64>,
}

/// The largest number of names listed, for each kind.
const MOST: i64 = 1_000;

impl Migrate {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let config = common.load()?;
        // While this waits for another process, the log says so.
        let _log = log::start(&config.log)?;
        let url = config.database.url;
        let mut report = if self.check {
            if let Some(why) = super::absent(&url) {
                return Err(Failure::new(why));
            }
            Report {
                applied: Vec::new(),
                pending: db::pending(&url)?,
                colliding: Vec::new(),
                gaining_rights: None,
            }
        } else {
            Report {
                applied: db::migrate(&url)?,
                pending: Vec::new(),
                colliding: Vec::new(),
                gaining_rights: None,
            }
        };
        if report.pending.is_empty() {
            let (_, db) = common.existing_database()?;
            let found = if self.check {
                db::colliding_names(&db, MOST)?
            } else {
                db::settle_names(&db, MOST)?
            };
            report.gaining_rights = organization::gaining_rights(&db, &report.applied)?;
            report.colliding = found.iter().map(ToString::to_string).collect();
        }
        if self.json {
            say_json(&report)?;
        } else {
            for name in &report.applied {
                say(format_args!("applied {name}"))?;
            }
            for name in &report.pending {
                say(format_args!("missing {name}"))?;
            }
            for name in &report.colliding {
                say(name)?;
            }
            if let Some(count @ 1..) = report.gaining_rights {
                say(format_args!(
                    "operators whose role is defined now and gives them scopes: {count}; to see the roles of an organization: lanyard role list --organization ID"
                ))?;
            }
            if report.pending.is_empty() {
                say(format_args!("the schema of {url} is up to date"))?;
            }
        }
        if report.pending.is_empty() {
            Ok(())
        } else {
            Err(Failure::new(
                "the schema is behind; `lanyard migrate` brings it up to date",
            ))
        }
    }
}
