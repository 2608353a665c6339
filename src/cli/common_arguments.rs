//! The arguments that every command takes: where the configuration and the database are.

use std::path::PathBuf;

use clap::Args;

use super::output::Failure;
use crate::app::open_database;
use crate::config::{Config, Origins, Url};
use crate::db::Db;

#[derive(Args)]
#[command(next_help_heading = "Configuration")]
pub(super) struct Common {
    /// The configuration file (TOML)
    #[arg(
        long,
        global = true,
        env = "LANYARD_CONFIG",
        hide_env_values = true,
        value_name = "FILE"
    )]
    pub(super) config: Option<PathBuf>,
    /// Set one key of the configuration; may be repeated
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub(super) set: Vec<String>,
    #[arg(
        long,
        global = true,
        value_name = "URL",
        help = "The database: sqlite:PATH or postgres://…; no place for a password"
    )]
    pub(super) database: Option<String>,
}

/// Parses a `--set`. The error does not quote it, because it may contain a secret. Parsed here
/// because clap's own errors quote the value.
fn setting(text: &str) -> Result<(String, String), Failure> {
    text.split_once('=')
        .map(|(key, value)| (key.trim().to_owned(), value.to_owned()))
        .ok_or_else(|| Failure::new("--set takes KEY=VALUE, such as --set http.workers=4").code(2))
}

impl Common {
    /// Returns the configuration, including the flags of one command, and where each setting was
    /// given.
    pub(super) fn load_with(
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

    pub(super) fn load(&self) -> Result<Config, Failure> {
        self.load_with([]).map(|(config, _)| config)
    }

    /// Opens the database, and creates and migrates it if necessary.
    pub(super) fn database(&self) -> Result<(Config, Db), Failure> {
        let config = self.load()?;
        let db = open_database(&config.database)?;
        Ok((config, db))
    }

    /// Opens the database only if it exists, so that a command run in the wrong folder fails
    /// instead of creating one.
    pub(super) fn existing_database(&self) -> Result<(Config, Db), Failure> {
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
pub(super) fn absent(url: &Url) -> Option<String> {
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
