//! The command line: one file a command.

mod log;
mod migrate;
mod operator;
mod organization;
mod output;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::app::open_database;
use crate::config::Config;
use crate::db::Db;
use output::Failure;

/// A token service: company tokens, operator tokens, validation from memory, revocation that holds.
#[derive(Parser)]
#[command(name = "lanyard", version, about, propagate_version = true)]
struct Line {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Common {
    /// The configuration file (TOML)
    #[arg(long, global = true, env = "LANYARD_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Sets one key of the configuration, such as http.listen=0.0.0.0:8080; may be repeated
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = setting)]
    set: Vec<(String, String)>,
}

fn setting(text: &str) -> Result<(String, String), String> {
    text.split_once('=')
        .map(|(key, value)| (key.trim().to_owned(), value.to_owned()))
        .ok_or_else(|| "must be KEY=VALUE, such as http.listen=0.0.0.0:8080".to_owned())
}

#[derive(Subcommand)]
enum Command {
    /// Run the service
    Serve,
    /// Bring the database's schema up to date
    Migrate(migrate::Migrate),
    /// Manage organizations
    #[command(subcommand)]
    Organization(organization::Organization),
    /// Manage the operators of an organization
    #[command(subcommand)]
    Operator(operator::Operator),
}

impl Common {
    fn load(&self) -> Result<Config, Failure> {
        // What is not UTF-8 can be no setting of ours.
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        Config::load(
            self.config.as_deref(),
            environment,
            self.set.iter().cloned(),
        )
        .map_err(|faults| Failure::new(faults.to_string()))
    }

    fn database(&self) -> Result<(Config, Db), Failure> {
        let config = self.load()?;
        let db = open_database(&config.database)?;
        Ok((config, db))
    }
}

/// Runs the command that the process was started with.
#[must_use]
pub fn run() -> ExitCode {
    let line = Line::parse();
    let outcome = match &line.command {
        Command::Serve => serve::run(&line.common),
        Command::Migrate(command) => command.run(&line.common),
        Command::Organization(command) => command.run(&line.common),
        Command::Operator(command) => command.run(&line.common),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.tell();
            ExitCode::FAILURE
        }
    }
}
