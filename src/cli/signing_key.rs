//! `lanyard key …`. The commands work on the database itself, also while servers run: the servers
//! follow the feed.

mod export;
mod list;
mod reseal;
mod revoke;
mod rotate;

use clap::Subcommand;

use super::Common;
use super::output::Failure;
use crate::config::Config;
use crate::seal::{MasterKeys, SealError};
use crate::signing_keys::{Keeper, KeysError, Rules};

const EXAMPLES: &str = "\
The service rotates its keys by itself, as the settings in [keys] define: a new key is published, \
signs once every client can have it, and verifies until the last token it signed has expired. \
These commands show the keys, and change them when the schedule is not soon enough. They work on \
the database itself, also while servers run, with the same configuration as the servers.

Examples:
  lanyard key list
  lanyard key rotate
  lanyard key revoke 9mO2xVfQk0aB";

/// Look at signing keys, rotate and revoke them
#[derive(Subcommand)]
#[command(after_help = EXAMPLES, disable_help_subcommand = true)]
pub(super) enum Key {
    List(list::List),
    Rotate(rotate::Rotate),
    ExportPublic(export::ExportPublic),
    Revoke(revoke::Revoke),
    Reseal(reseal::Reseal),
}

impl Key {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        match self {
            Self::List(command) => command.run(common),
            Self::Rotate(command) => command.run(common),
            Self::ExportPublic(command) => command.run(common),
            Self::Revoke(command) => command.run(common),
            Self::Reseal(command) => command.run(common),
        }
    }
}

impl From<KeysError> for Failure {
    fn from(error: KeysError) -> Self {
        Self::new(error)
    }
}

impl From<SealError> for Failure {
    fn from(why: SealError) -> Self {
        Self::new(why)
    }
}

/// Returns what unseals the keys. It makes no master key.
///
/// # Errors
/// Returns an error if the master key does not exist or cannot be read.
pub(super) fn keeper(config: &Config) -> Result<Keeper, Failure> {
    let masters = MasterKeys::load(config)?.ok_or_else(|| {
        Failure::new("there is no master key yet; the service makes it at its first start")
    })?;
    Ok(Keeper::new(masters, Rules::of(config)))
}
