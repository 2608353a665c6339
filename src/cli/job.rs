//! `lanyard job …`: the jobs that are done once for all nodes. Reads and changes the database directly.

use clap::Subcommand;
use serde::Serialize;

use super::Common;
use super::output::{Failure, say, say_json, say_table};
use crate::audit::Origin;
use crate::base::{Clock, Timestamp};
use crate::schedule;

const EXAMPLES: &str = "\
The node on duty runs these jobs. A job that somebody wants to run at once begins within some seconds, on whichever node is on duty \
then.

Examples:
  lanyard job list
  lanyard job run purge_ledger";

/// Look at the jobs of the service, and run one at once
#[derive(Subcommand)]
#[command(after_help = EXAMPLES, disable_help_subcommand = true)]
pub(super) enum Job {
    /// List the jobs: when each ran, whether it failed, and when it is due
    List {
        /// Print JSON, one job a line
        #[arg(long)]
        json: bool,
    },
    /// Let the node on duty run a job at once
    Run {
        /// The name of the job
        name: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    name: &'static str,
    /// In seconds.
    every: f64,
    /// When the last run that succeeded began. Null if it never did, or if its runs are not written down.
    ran_at: Option<Timestamp>,
    /// When the last run began, if it failed.
    failed_at: Option<Timestamp>,
    /// How often it has failed since it last succeeded.
    failures: i64,
    /// When somebody asked that it runs at once, until it has.
    wanted_at: Option<Timestamp>,
    /// When it is due. Null if its runs are not written down, or if it never ran.
    next_at: Option<Timestamp>,
}

#[derive(Serialize)]
struct Requested<'a> {
    name: &'a str,
    status: &'static str,
}

impl Job {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        match self {
            Self::List { json } => list(common, *json),
            Self::Run { name, json } => {
                let (_, db) = common.existing_database()?;
                let (origin, now) = (Origin::command_line(), Clock::System.now());
                db.write_blocking(|conn| schedule::request(conn, name, &origin, now))
                    .map_err(Failure::new)?;
                if *json {
                    return say_json(&Requested {
                        name,
                        status: "requested",
                    });
                }
                say(format_args!(
                    "the node on duty runs {name} within some seconds; `lanyard job list` shows when it did"
                ))
            }
        }
    }
}

fn list(common: &Common, json: bool) -> Result<(), Failure> {
    let (_, db) = common.existing_database()?;
    let mut rows = Vec::new();
    for job in db.read_blocking(schedule::list)? {
        let listed = Listed {
            name: job.name,
            every: job.every.as_secs_f64(),
            ran_at: job.ran_at.map(Timestamp::whole_second),
            failed_at: job.failed_at.map(Timestamp::whole_second),
            failures: job.failures,
            wanted_at: job.wanted_at.map(Timestamp::whole_second),
            next_at: job.next_at.map(Timestamp::whole_second),
        };
        if json {
            say_json(&listed)?;
            continue;
        }
        let at = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.to_string());
        let state = match (listed.wanted_at, listed.failed_at) {
            (Some(_), _) => "runs at once",
            (None, Some(_)) => "failed",
            (None, None) => "-",
        };
        rows.push([
            listed.name.to_owned(),
            format!("{} s", listed.every),
            state.to_owned(),
            listed.failures.to_string(),
            at(listed.ran_at),
            at(listed.next_at),
        ]);
    }
    if json {
        return Ok(());
    }
    say_table(
        ["JOB", "EVERY", "STATE", "FAILURES", "LAST RUN", "DUE"],
        &rows,
    )
}
