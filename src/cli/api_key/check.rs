//! `lanyard api-key check`.

use std::io::Read;

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::api_key::Refused;
use crate::api_key::manage::{self, Standing};
use crate::base::{ApiKeyId, OrganizationId, Timestamp};
use crate::cli::output::{Failure, say, say_json};
use crate::db::Db;

/// The longest text that is read.
const LONGEST: u64 = 4_096;

#[derive(Args)]
pub(in crate::cli) struct Check {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Checked<'a> {
    valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<ApiKeyId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_id: Option<OrganizationId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'static str>,
    scopes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'a str>,
}

impl Check {
    pub(super) fn run(&self, db: &Db, now: Timestamp) -> Result<(), Failure> {
        let mut text = Zeroizing::new(String::new());
        std::io::stdin()
            .take(LONGEST)
            .read_to_string(&mut text)
            .map_err(|why| Failure::new(format!("cannot read standard input: {why}")))?;
        let (stored, outcome) = match db
            .read_blocking(|conn| manage::standing(conn, text.trim(), now))?
        {
            Standing::Unknown => (None, Err("not_found")),
            Standing::Known(stored, outcome) => (Some(stored), outcome.map_err(Refused::as_str)),
        };
        let rights = outcome.as_ref().ok();
        let key = stored.as_ref().map(|stored| &stored.key);
        let scopes = rights.map(|rights| &rights.scopes);
        let checked = Checked {
            valid: outcome.is_ok(),
            code: outcome.as_ref().err().copied(),
            id: key.map(|key| key.id),
            organization_id: key.map(|key| key.organization),
            name: key.map(|key| key.settings.name.as_str()),
            environment: key.map(|key| key.environment.as_str()),
            scopes: scopes
                .map(|scopes| scopes.iter().map(ToString::to_string).collect())
                .unwrap_or_default(),
            role: rights.and_then(|rights| rights.role.as_deref()),
        };
        if self.json {
            say_json(&checked)?;
        } else {
            let what = match (&checked.code, key) {
                (_, None) => "it is no key of this service".to_owned(),
                (Some(code), Some(key)) => format!("{} is refused: {code}", key.id),
                (None, Some(key)) => format!(
                    "{} of organization {} is valid; environment {}, scopes: {}, role: {}",
                    key.id,
                    key.organization,
                    key.environment,
                    checked.scopes.join(" "),
                    checked.role.unwrap_or("none"),
                ),
            };
            say(what)?;
        }
        if checked.valid {
            Ok(())
        } else {
            Err(Failure::silent(1))
        }
    }
}
