//! `lanyard api-key add`.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::{masters_if, say_secrets};
use crate::api_key::manage::{self, ManageError, Members, NewKey};
use crate::api_key::{Environment, Prefix, SigningSecret};
use crate::audit::Origin;
use crate::base::{ApiKeyId, OrganizationId, Timestamp};
use crate::cli::output::{Failure, say_json};
use crate::config::Config;
use crate::db::Db;

#[derive(Args)]
pub(in crate::cli) struct Add {
    /// The organization's id
    #[arg(long, value_name = "ID")]
    organization: OrganizationId,
    /// For the people who manage it
    #[arg(long, value_name = "TEXT")]
    name: String,
    /// What it is for: live or test
    #[arg(long, default_value = "live", value_parser = environment)]
    environment: Environment,
    /// What the key begins with: ak or sk
    #[arg(long, default_value = "ak", value_parser = prefix)]
    prefix: Prefix,
    /// A scope of the key, or several with spaces between them; may be repeated
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// Its role
    #[arg(long)]
    role: Option<String>,
    /// The operator that the key is bound to
    #[arg(long, value_name = "ID", conflicts_with = "role")]
    operator: Option<i64>,
    /// After what time it expires, such as 90d [default: never]
    #[arg(long, value_name = "SPAN", value_parser = span)]
    expires_in: Option<Duration>,
    /// An address or network from which it may be used; may be repeated [default: from everywhere]
    #[arg(long = "allow-ip", value_name = "ADDRESS")]
    allowed: Vec<String>,
    /// Give it a signing secret as well, with which requests can be signed
    #[arg(long)]
    signing: bool,
    /// Refuse requests that are not signed; implies --signing
    #[arg(long)]
    require_signature: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn span(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|why| format!("{why}; write it like 90d or 12h"))
}

fn environment(text: &str) -> Result<Environment, &'static str> {
    text.parse().map_err(|_| "it is live or test")
}

fn prefix(text: &str) -> Result<Prefix, &'static str> {
    text.parse().map_err(|_| "it is ak or sk")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Added<'a> {
    id: ApiKeyId,
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signing_secret: Option<&'a str>,
}

impl Add {
    pub(super) fn run(
        &self,
        (config, db): (&Config, &Db),
        origin: &Origin,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let names = self.scopes.iter().flat_map(|text| text.split(' '));
        let scopes = names.filter(|name| !name.is_empty()).map(str::to_owned);
        let end = self.expires_in.map(|span| now.plus(span).whole_second());
        let wanted = NewKey {
            members: Members {
                name: Some(self.name.clone()),
                scopes: Some(scopes.collect()),
                role: Some(self.role.clone()),
                expires_at: Some(end),
                allowed: Some(self.allowed.clone()),
                require_signature: Some(self.require_signature),
            },
            environment: Some(self.environment),
            prefix: Some(self.prefix),
            operator: self.operator,
            signing: self.signing || self.require_signature,
        };
        let masters = masters_if(wanted.signing, config, db)?;
        let made = db
            .write_blocking(|conn| {
                let masters = masters.as_ref();
                manage::create(conn, masters, self.organization, &wanted, origin, now)
            })
            .map_err(|error: ManageError| Failure::new(error))?;
        if self.json {
            return say_json(&Added {
                id: made.stored.key.id,
                key: made.text.text(),
                signing_secret: made.secret.as_ref().map(SigningSecret::text),
            });
        }
        say_secrets(&made)
    }
}
