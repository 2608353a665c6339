//! `lanyard migrate`.

use clap::Args;
use serde::Serialize;

use super::Common;
use super::output::{Failure, say, say_json};
use crate::db;

/// Applies what is missing of the schema; running it again changes nothing.
#[derive(Args)]
pub(super) struct Migrate {
    /// Only say what is missing; exit 1 if anything is
    #[arg(long)]
    check: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report {
    applied: Vec<String>,
    pending: Vec<String>,
}

impl Migrate {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let url = common.load()?.database.url;
        let report = if self.check {
            Report {
                applied: Vec::new(),
                pending: db::pending(&url)?,
            }
        } else {
            Report {
                applied: db::migrate(&url)?,
                pending: Vec::new(),
            }
        };
        if self.json {
            say_json(&report)?;
        } else {
            for name in &report.applied {
                say(format_args!("applied {name}"))?;
            }
            for name in &report.pending {
                say(format_args!("missing {name}"))?;
            }
            if report.applied.is_empty() && report.pending.is_empty() {
                say("the schema is up to date")?;
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
