//! `lanyard operator token`.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::Of;
use crate::base::{OperatorId, Timestamp};
use crate::cli::output::{Failure, say, say_json};
use crate::cli::token::ring;
use crate::config::{Config, LedgerMode};
use crate::db::Db;
use crate::feed;
use crate::ledger::Label;
use crate::operator::{self, FromCli};
use crate::organization::{self, OrganizationStatus};

#[derive(Args)]
pub(in crate::cli) struct Token {
    #[command(flatten)]
    of: Of,
    /// The operator's id
    id: OperatorId,
    /// How long the token is valid
    #[arg(long, value_name = "N", default_value = "60")]
    minutes: u32,
    /// A note that the ledger keeps with the token, such as why it was issued
    #[arg(long, value_name = "TEXT")]
    note: Option<Label>,
    /// Print JSON: {"token": …, "expiresAt": …}
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Issued<'a> {
    token: &'a str,
    expires_at: Timestamp,
}

impl Token {
    pub(super) fn run(&self, config: &Config, db: &Db, now: Timestamp) -> Result<(), Failure> {
        // The sequence comes before every record.
        let rev = db.read_blocking(feed::head)?;
        let id = self.of.organization;
        let organization = db.read_blocking(|conn| organization::find(conn, id))?;
        let organization =
            organization.ok_or_else(|| Failure::new("there is no organization with this id"))?;
        if organization.status != OrganizationStatus::Active {
            return Err(Failure::new(
                "the organization is suspended: no tokens are issued for it",
            ));
        }
        let ring = ring(db, config).map_err(Failure::new)?;
        let wanted = FromCli {
            organization: id,
            operator: self.id,
            life: Duration::from_secs(u64::from(self.minutes) * 60),
            longest: organization.policy.operator_token_cap(),
            rev,
            note: self.note.clone(),
            ring: &ring,
            issuer: &config.tokens.issuer,
            in_ledger: config.ledger.mode != LedgerMode::Off,
        };
        let token = operator::issue_from_cli(db, &wanted, now).map_err(Failure::new)?;
        if self.json {
            return say_json(&Issued {
                token: &token.text,
                expires_at: token.expires_at,
            });
        }
        say(&token.text)
    }
}
