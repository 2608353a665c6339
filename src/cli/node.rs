//! `lanyard node …`: the nodes that run on the database. Reads the database directly.

use clap::Subcommand;
use serde::Serialize;

use super::Common;
use super::output::{Failure, say, say_json, say_table};
use crate::base::{Clock, Sequence, Timestamp};
use crate::feed;

const EXAMPLES: &str = "\
A node that was not seen for longer than its lease refuses to answer by itself. One that has crashed is listed until another node has \
removed its row.

Examples:
  lanyard node list
  lanyard node list --json";

/// Look at the nodes that run on the database
#[derive(Subcommand)]
#[command(after_help = EXAMPLES, disable_help_subcommand = true)]
pub(super) enum Node {
    /// List the nodes: how far each is in the feed, and which one is on duty
    List {
        /// Print JSON, one node a line
        #[arg(long)]
        json: bool,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    host: &'a str,
    version: Option<&'a str>,
    /// In seconds.
    lease: f64,
    applied: Sequence,
    /// How many entries of the feed it has not confirmed.
    behind: i64,
    started_at: Timestamp,
    seen_at: Timestamp,
    /// Whether it was not seen for longer than its lease.
    silent: bool,
    on_duty: bool,
}

impl Node {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let Self::List { json } = self;
        let (_, db) = common.existing_database()?;
        let found = db.read_blocking(feed::members)?;
        let now = Clock::System.now();
        let mut rows = Vec::new();
        for node in &found.nodes {
            let listed = Listed {
                host: &node.name,
                version: node.version.as_deref(),
                lease: node.lease.as_secs_f64(),
                applied: node.applied,
                behind: node.behind(found.head),
                started_at: node.started_at.whole_second(),
                seen_at: node.seen_at.whole_second(),
                silent: node.is_silent(now),
                on_duty: node.on_duty,
            };
            if *json {
                say_json(&listed)?;
                continue;
            }
            let state = match (listed.silent, listed.on_duty) {
                (true, _) => "silent",
                (false, true) => "on duty",
                (false, false) => "running",
            };
            rows.push([
                listed.host.to_owned(),
                state.to_owned(),
                listed.version.unwrap_or("-").to_owned(),
                format!("{} s", listed.lease),
                listed.applied.to_string(),
                listed.behind.to_string(),
                listed.started_at.to_string(),
                listed.seen_at.to_string(),
            ]);
        }
        match (*json, rows.is_empty()) {
            (true, _) => Ok(()),
            (false, true) => say("no node runs on this database"),
            (false, false) => say_table(
                [
                    "HOST", "STATE", "VERSION", "LEASE", "APPLIED", "BEHIND", "STARTED", "SEEN",
                ],
                &rows,
            ),
        }
    }
}
