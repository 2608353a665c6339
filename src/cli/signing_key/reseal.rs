//! `lanyard key reseal`.

use clap::Args;
use serde::Serialize;

use super::keeper;
use crate::audit::Actor;
use crate::base::Clock;
use crate::cli::Common;
use crate::cli::output::{Failure, say, say_json};
use crate::{signing_keys, webhook};

const EXAMPLES: &str = "\
To change the master key while the service runs:

  1. Make the new one:  openssl rand -hex 32 > new.key
  2. On every node set master_key_file to it, and previous_master_key_files to the file of the old one. Restart the \
nodes one after another. Until the next step the old one goes on sealing, so that nodes with and without the new one \
get along.
  3. lanyard key reseal, with the configuration of the nodes. All keys are sealed anew, or none.
  4. Take previous_master_key_files away. Keep the old file for as long as backups of the database need it.

Running it again changes nothing.

Examples:
  lanyard key reseal --config /etc/lanyard/lanyard.toml";

/// Seal signing keys and secrets of webhooks with the present master key
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
    keys: usize,
    /// Secrets of webhooks.
    webhooks: usize,
    /// The fingerprint of the master key.
    sealed_by: &'a str,
}

impl Reseal {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (config, db) = common.existing_database()?;
        let keeper = keeper(&config)?;
        let now = Clock::System.now();
        let (keys, webhooks) = db.write_blocking(|conn| {
            let keys = signing_keys::reseal(conn, &keeper, &Actor::CommandLine, now)?;
            Ok::<_, Failure>((keys, webhook::reseal(conn, keeper.masters())?))
        })?;
        let sealed_by = keeper.masters().current().fingerprint();
        if self.json {
            return say_json(&Resealed {
                keys,
                webhooks,
                sealed_by,
            });
        }
        if webhooks > 0 {
            say(format_args!("secrets of webhooks sealed anew: {webhooks}"))?;
        }
        say(if keys == 0 {
            format!("every key is sealed with the master key of fingerprint {sealed_by} already")
        } else {
            format!("keys sealed anew: {keys}, with the master key of fingerprint {sealed_by}")
        })
    }
}
