//! `lanyard authz …`: what the rules of forward-auth say.

mod check;
mod credential;
mod test;

use std::path::Path;

use clap::Subcommand;

use super::Common;
use super::output::Failure;
use crate::access::RulesFile;
use crate::config::Config;

const EXAMPLES: &str = "\
Both read the rules of authz.rules_file as they are now, whether or not the service runs and has them in force. \
Exit with 2 if the rules have faults.

Examples:
  lanyard authz check POST https://api.example.com/api/v1/campaigns --token-file key.txt
  lanyard authz test table.toml
  lanyard authz test table.toml --set authz.rules_file=new-rules.toml";

/// The exit code if the rules or the table cannot be used.
const UNUSABLE: u8 = 2;

/// See what the rules of forward-auth decide
#[derive(Subcommand)]
#[command(after_help = EXAMPLES, disable_help_subcommand = true)]
pub(super) enum Authz {
    /// Say which rule decides about a request, and what it answers; exit code 0 if it answers 200
    Check(check::Check),
    /// Compare the rules with a table of requests and expected answers; exit code 1 if they differ
    Test(test::Test),
}

impl Authz {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let config = common.load().map_err(|failure| failure.or_code(UNUSABLE))?;
        match self {
            Self::Check(check) => check.run(&config),
            Self::Test(test) => test.run(&config),
        }
    }
}

/// Reads the rules.
fn rules(config: &Config) -> Result<RulesFile, Failure> {
    let unusable = |failure: Failure| failure.code(UNUSABLE);
    let path = config.authz.rules_file.clone();
    if path.is_none() {
        let why = "there are no rules: authz.rules_file is not set";
        return Err(unusable(Failure::new(why)));
    }
    RulesFile::open(path).map_err(|why| unusable(Failure::new(why)))
}

/// Reads a file that the command line names.
fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|why| {
        let what = format!("{} cannot be read: {why}", path.display());
        Failure::new(what).code(UNUSABLE)
    })
}
