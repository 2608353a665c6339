//! `lanyard config …`.

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::Value;

use super::Common;
use super::output::{Failure, say, say_json};
use crate::base::Clock;
use crate::config::{self, Origin, Origins};
use crate::seal::MasterKeys;
use crate::server;

const EXAMPLES: &str = "\
Reads the configuration and the files it names (master key, certificate). Prints every error, one a line; or, if there is \
none, every effective setting and where it was given, in the format of a configuration file, with secrets hidden. Does not \
connect to the database, and creates nothing.

Examples:
  lanyard config check --config /etc/lanyard/lanyard.toml
  LANYARD_HTTP_LISTEN=0.0.0.0:8080 lanyard config check --json";

/// Look at the configuration
#[derive(Subcommand)]
#[command(disable_help_subcommand = true)]
pub(super) enum Config {
    /// Check the configuration: print its errors, or the effective settings
    Check(Check),
}

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Check {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Setting {
    key: &'static str,
    value: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    given: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    settings: Vec<Setting>,
    warnings: Vec<String>,
    /// The master key's fingerprint; `None` if the key has not been created yet.
    master_key_fingerprint: Option<String>,
}

impl Config {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let Self::Check(check) = self;
        let (config, origins) = common.load_with([])?;
        let (fingerprint, of_certificate) = files(&config)?;
        let mut warnings = config.warnings();
        warnings.extend(of_certificate);
        if check.json {
            let settings = config.settings().into_iter().map(|(key, value)| Setting {
                key,
                value: value.map_or(Value::Null, |value| {
                    serde_json::from_str(&value).unwrap_or(Value::String(value))
                }),
                given: given(&origins, key),
            });
            return say_json(&Report {
                settings: settings.collect(),
                warnings,
                master_key_fingerprint: fingerprint,
            });
        }
        say("ok")?;
        for warning in &warnings {
            say(format_args!("warning: {warning}"))?;
        }
        print(&config, &origins, fingerprint.as_deref())
    }
}

/// Checks the files that the configuration names. Returns the master key's fingerprint, unless the
/// key has not been created yet, and a warning about the certificate, if there is one.
fn files(config: &config::Config) -> Result<(Option<String>, Option<String>), Failure> {
    let mut errors = Vec::new();
    let mut warning = None;
    let fingerprint = match MasterKeys::load(config) {
        Ok(keys) => keys.map(|keys| keys.current().fingerprint().to_owned()),
        Err(error) => {
            errors.push(error.to_string());
            None
        }
    };
    if let Some(tls) = &config.http.tls {
        match server::check_tls(tls, &Clock::System) {
            Ok(found) => warning = found,
            Err(error) => errors.push(error.to_string()),
        }
    }
    if errors.is_empty() {
        Ok((fingerprint, warning))
    } else {
        Err(Failure::new(errors.join("\n")))
    }
}

/// Prints the settings in the format of the configuration file.
fn print(
    config: &config::Config,
    origins: &Origins,
    fingerprint: Option<&str>,
) -> Result<(), Failure> {
    let mut section = "";
    for (key, value) in config.settings() {
        let (of, name) = key.rsplit_once('.').unwrap_or(("", key));
        if section != of || key == "master_key" {
            section = of;
            say(if of.is_empty() {
                String::new()
            } else {
                format!("\n[{of}]")
            })?;
        }
        let Some(value) = value else {
            say(format_args!("# {name} is not set"))?;
            continue;
        };
        let mut notes: Vec<_> = given(origins, key).into_iter().collect();
        if key.starts_with("master_key") {
            notes.push(fingerprint.map_or_else(
                || "made at first start".to_owned(),
                |text| format!("fingerprint {text}"),
            ));
        }
        if notes.is_empty() {
            say(format_args!("{name} = {value}"))?;
        } else {
            say(format_args!("{name} = {value}  # {}", notes.join(", ")))?;
        }
    }
    Ok(())
}

/// Returns where a setting was given; `None` if the default applies.
fn given(origins: &Origins, key: &str) -> Option<String> {
    let origin = match (key, origins.of(key)) {
        ("database.url", Origin::Unset) => origins.of("database.url_file"),
        (_, origin) => origin,
    };
    match origin {
        Origin::Unset => None,
        Origin::Flag => Some("command line".to_owned()),
        Origin::Environment(name) => Some(name),
        Origin::Credential(name) => Some(format!("credential {name}")),
        Origin::File(path, None) => Some(path.display().to_string()),
        Origin::File(path, Some(line)) => Some(format!("{}:{line}", path.display())),
    }
}
