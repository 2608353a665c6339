//! The command line: one file for each command.

mod api_key;
mod audit;
mod authz;
mod client;
mod completions;
mod config;
mod demo;
mod demo_client;
mod demo_data;
mod demo_usage;
mod descriptors;
mod dev;
mod health;
mod help;
mod job;
mod listen;
mod log;
mod migrate;
mod node;
mod operator;
mod organization;
mod output;
mod platform_admin;
mod receipt;
mod restore;
mod role;
mod serve;
mod session;
mod sign;
mod signals;
mod signing_key;
mod token;
mod usage;
mod webhook;
mod wechat_app;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, FromArgMatches, Parser, Subcommand};
use rustix::fs::Mode;

use crate::app::open_database;
use crate::config::{Config, Origins, Url};
use crate::db::Db;
use output::Failure;

/// A token service: company tokens, operator tokens, validation, revocation
#[derive(Parser)]
#[command(name = "lanyard", version, arg_required_else_help = true)]
struct Line {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
#[command(next_help_heading = "Configuration")]
struct Common {
    /// The configuration file (TOML)
    #[arg(
        long,
        global = true,
        env = "LANYARD_CONFIG",
        hide_env_values = true,
        value_name = "FILE"
    )]
    config: Option<PathBuf>,
    /// Set one key of the configuration; may be repeated
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    set: Vec<String>,
    #[arg(
        long,
        global = true,
        value_name = "URL",
        help = "The database: sqlite:PATH or postgres://…; no place for a password"
    )]
    database: Option<String>,
}

/// Parses a `--set`. The error does not quote it, because it may contain a secret. Parsed here
/// because clap's own errors quote the value.
fn setting(text: &str) -> Result<(String, String), Failure> {
    text.split_once('=')
        .map(|(key, value)| (key.trim().to_owned(), value.to_owned()))
        .ok_or_else(|| Failure::new("--set takes KEY=VALUE, such as --set http.workers=4").code(2))
}

#[derive(Subcommand)]
enum Command {
    Dev(dev::Dev),
    Serve(serve::Serve),
    Health(health::Health),
    #[command(subcommand)]
    Organization(organization::Organization),
    #[command(subcommand)]
    Operator(operator::Operator),
    #[command(subcommand)]
    Client(client::Client),
    #[command(subcommand)]
    ApiKey(api_key::ApiKey),
    #[command(subcommand)]
    Role(role::Role),
    #[command(subcommand)]
    Session(session::Session),
    Sign(sign::Sign),
    #[command(subcommand)]
    Authz(authz::Authz),
    #[command(subcommand)]
    Token(token::Token),
    #[command(subcommand)]
    Key(signing_key::Key),
    Usage(usage::Usage),
    #[command(subcommand)]
    Webhook(webhook::Webhook),
    #[command(subcommand)]
    Audit(audit::Audit),
    #[command(subcommand)]
    WechatApp(wechat_app::WechatApps),
    #[command(subcommand)]
    PlatformAdmin(platform_admin::PlatformAdmins),
    #[command(subcommand)]
    Node(node::Node),
    #[command(subcommand)]
    Job(job::Job),
    #[command(subcommand)]
    Config(config::Config),
    Migrate(migrate::Migrate),
    Restore(restore::Restore),
    Completions(completions::Completions),
}

impl Common {
    /// Returns the configuration, including the flags of one command, and where each setting was
    /// given.
    fn load_with(
        &self,
        flags: impl IntoIterator<Item = (&'static str, String)>,
    ) -> Result<(Config, Origins), Failure> {
        let set = self.set.iter().map(|text| setting(text));
        let set = set.collect::<Result<Vec<_>, _>>()?;
        let database = self.database.clone().map(|url| ("database.url", url));
        let named = database
            .into_iter()
            .chain(flags)
            .map(|(key, value)| (key.to_owned(), value));
        Config::load_with_origins(
            self.config.as_deref(),
            std::env::vars_os(),
            set.into_iter().chain(named),
        )
        .map_err(Failure::new)
    }

    fn load(&self) -> Result<Config, Failure> {
        self.load_with([]).map(|(config, _)| config)
    }

    /// Opens the database, and creates and migrates it if necessary.
    fn database(&self) -> Result<(Config, Db), Failure> {
        let config = self.load()?;
        let db = open_database(&config.database)?;
        Ok((config, db))
    }

    /// Opens the database only if it exists, so that a command run in the wrong folder fails
    /// instead of creating one.
    fn existing_database(&self) -> Result<(Config, Db), Failure> {
        let config = self.load()?;
        if let Some(why) = absent(&config.database.url) {
            return Err(Failure::new(why));
        }
        let db = open_database(&config.database)?;
        Ok((config, db))
    }
}

/// Returns why there is no database; `None` if it exists or that cannot be known without
/// connecting.
fn absent(url: &Url) -> Option<String> {
    match url {
        Url::Sqlite(path) if !path.exists() => Some(format!(
            "there is no database at {}; `lanyard serve`, `dev`, `migrate` and `organization add` make one",
            std::path::absolute(path)
                .as_deref()
                .unwrap_or(path)
                .display()
        )),
        Url::Sqlite(_) | Url::Postgres(_) => None,
    }
}

/// Runs the command of this process.
#[must_use]
pub fn run() -> ExitCode {
    // The database holds password hashes and its folder holds keys: new files must be readable by
    // their owner only.
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    let line =
        Line::from_arg_matches(&help::command().get_matches()).unwrap_or_else(|why| why.exit());
    let common = &line.common;
    if !matches!(line.command, Command::Dev(_) | Command::Serve(_)) {
        signals::end_if_first_process();
    }
    let outcome = match &line.command {
        Command::Dev(command) => command.run(common),
        Command::Serve(command) => command.run(common),
        Command::Health(command) => command.run(common),
        Command::Organization(command) => command.run(common),
        Command::Operator(command) => command.run(common),
        Command::Client(command) => command.run(common),
        Command::ApiKey(command) => command.run(common),
        Command::Role(command) => command.run(common),
        Command::Session(command) => command.run(common),
        Command::Authz(command) => command.run(common),
        Command::Sign(command) => command.run(),
        Command::Token(command) => command.run(common),
        Command::Key(command) => command.run(common),
        Command::Usage(command) => command.run(common),
        Command::Webhook(command) => command.run(common),
        Command::Audit(command) => command.run(common),
        Command::WechatApp(command) => command.run(common),
        Command::PlatformAdmin(command) => command.run(common),
        Command::Node(command) => command.run(common),
        Command::Job(command) => command.run(common),
        Command::Config(command) => command.run(common),
        Command::Migrate(command) => command.run(common),
        Command::Restore(command) => command.run(common),
        Command::Completions(command) => command.run(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.print(),
    }
}
