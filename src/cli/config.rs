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
The configuration is read, and the files it names: master key, certificate. Everything wrong is told, one line each; \
else every setting in force and where it was given, in the form of a configuration file, secrets hidden. The database \
is not asked, and nothing is made.

Examples:
  lanyard config check --config /etc/lanyard/lanyard.toml
  LANYARD_HTTP_LISTEN=0.0.0.0:8080 lanyard config check --json";

/// Look at the configuration
#[derive(Subcommand)]
#[command(disable_help_subcommand = true)]
pub(super) enum Config {
    /// Say what is wrong with the configuration, or which settings are in force
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
    /// Of the master key; none: it is yet to be made.
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
        tell(&config, &origins, fingerprint.as_deref())
    }
}

/// Looks into the files that the configuration names. Returns the master key's fingerprint, unless it is yet to be made, and
/// what there is to warn of the certificate.
fn files(config: &config::Config) -> Result<(Option<String>, Option<String>), Failure> {
    let mut faults = Vec::new();
    let mut warning = None;
    let fingerprint = match MasterKeys::load(config) {
        Ok(keys) => keys.map(|keys| keys.current().fingerprint().to_owned()),
        Err(fault) => {
            faults.push(fault.to_string());
            None
        }
    };
    if let Some(tls) = &config.http.tls {
        match server::check_tls(tls, &Clock::System) {
            Ok(found) => warning = found,
            Err(fault) => faults.push(fault.to_string()),
        }
    }
    if faults.is_empty() {
        Ok((fingerprint, warning))
    } else {
        Err(Failure::new(faults.join("\n")))
    }
}

/// The settings in the file's own form.
fn tell(
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

/// Where a setting was given; none: nowhere, the default stands.
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
