//! `lanyard key reseal`.

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;

use super::keeper;
use crate::audit::Actor;
use crate::base::Clock;
use crate::cli::Common;
use crate::cli::output::{Failure, say, say_json};
use crate::seal;

const EXAMPLES: &str = "\
To change the master key while the service runs:

  1. Make the new one:  openssl rand -hex 32 > new.key
  2. On every node set master_key_file to it, and previous_master_key_files to the file of the \
old one. Restart the nodes one after another. Until the next step the nodes still seal with the \
old one, so that nodes with and without the new one can work side by side.
  3. lanyard key reseal, with the configuration of the nodes. All keys are resealed, or none.
  4. Remove previous_master_key_files. Keep the old file for as long as backups of the database \
need it.

Running it again changes nothing.

Examples:
  lanyard key reseal --config /etc/lanyard/lanyard.toml";

/// Seal signing keys and secrets of webhooks with the current master key
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Reseal {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Resealed<'a> {
    /// The number of resealed values of each column of `seal::SEALED`.
    #[serde(flatten)]
    counts: BTreeMap<&'static str, usize>,
    /// The fingerprint of the master key that seals the values now.
    sealed_by: &'a str,
}

impl Reseal {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (config, db) = common.existing_database()?;
        let keeper = keeper(&config)?;
        let now = Clock::System.now();
        let resealed = db.write_blocking(|conn| {
            seal::reseal(conn, keeper.masters(), &Actor::CommandLine, now)
        })?;
        let sealed_by = keeper.masters().current().fingerprint();
        if self.json {
            let counts = resealed.iter();
            return say_json(&Resealed {
                counts: counts
                    .map(|(column, count)| (column.member, count))
                    .collect(),
                sealed_by,
            });
        }
        let mut keys = 0;
        for (column, count) in resealed.iter() {
            if column.table == "signing_keys" {
                keys = count;
            } else if count > 0 {
                say(format_args!("{} sealed anew: {count}", column.what))?;
            }
        }
        say(if keys == 0 {
            format!("every key is sealed with the master key of fingerprint {sealed_by} already")
        } else {
            format!("keys sealed anew: {keys}, with the master key of fingerprint {sealed_by}")
        })
    }
}
