//! `lanyard organization set-console-sign-in`.

use clap::Args;
use serde::Serialize;

use crate::audit::Origin;
use crate::base::{OrganizationId, Timestamp};
use crate::cli::output::{Failure, say, say_json};
use crate::db::Db;
use crate::organization::{self, ConsoleSignIn, ProfileChange};
use crate::revocation;

#[derive(Args)]
pub(in crate::cli) struct SetConsoleSignIn {
    /// The organization's id
    id: OrganizationId,
    /// anyone: with the organization's own login as well; operators: then this login opens the API
    /// only
    #[arg(value_name = "RULE", value_parser = rule)]
    rule: ConsoleSignIn,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn rule(text: &str) -> Result<ConsoleSignIn, &'static str> {
    text.parse().map_err(|_| "must be anyone or operators")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    id: OrganizationId,
    console_sign_in: &'static str,
}

impl SetConsoleSignIn {
    pub(super) fn run(&self, db: &Db, origin: &Origin, now: Timestamp) -> Result<(), Failure> {
        let (id, change) = (
            self.id,
            ProfileChange {
                console_sign_in: Some(self.rule),
                ..ProfileChange::default()
            },
        );
        let (after, _) = revocation::commit_from_cli(db, |conn| {
            organization::write(conn, id, change, origin, now)
        })
        .map_err(Failure::new)?;
        let rule = after.console_sign_in;
        if self.json {
            return say_json(&Shown {
                id,
                console_sign_in: rule.as_str(),
            });
        }
        say(match rule {
            ConsoleSignIn::Anyone => {
                format!("the login of organization {id} opens the console, and so do its operators")
            }
            ConsoleSignIn::Operators => format!(
                "only operators sign in to the console of organization {id}; the console sessions of its own login have \
                 ended"
            ),
        })
    }
}
