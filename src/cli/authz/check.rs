//! `lanyard authz check`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use super::credential::Judge;
use super::{read, rules};
use crate::access::{Access, Denial, Original, Rules, decide};
use crate::base::Clock;
use crate::cli::output::{Failure, say, say_json};
use crate::cli::token::bare;
use crate::config::{Config, RequireTls};

#[derive(Args)]
pub(in crate::cli) struct Check {
    /// The method
    #[arg(value_name = "METHOD")]
    method: String,
    /// The absolute URL
    #[arg(value_name = "URL")]
    url: String,
    /// A file with the token or the key that the request has; it is not used up
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// The client's address, for keys that may be used from some addresses only
    #[arg(long, value_name = "ADDRESS")]
    address: Option<IpAddr>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What is answered.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Checked {
    status: u16,
    /// The rule that decides; empty if none matches.
    rule: String,
    /// Why it is refused; empty if it is not.
    reason: String,
}

impl Check {
    pub(super) fn run(&self, config: &Config) -> Result<(), Failure> {
        let file = rules(config)?;
        let checked = self.check(config, &file.rules())?;
        if self.json {
            say_json(&checked)?;
        } else {
            let rule = match checked.rule.as_str() {
                "" => "no rule".to_owned(),
                name => format!("rule {name}"),
            };
            let reason = match checked.reason.as_str() {
                "" => String::new(),
                reason => format!(": {reason}"),
            };
            say(format_args!("{} by {rule}{reason}", checked.status))?;
        }
        if checked.status == 200 {
            Ok(())
        } else {
            Err(Failure::silent(1))
        }
    }

    fn check(&self, config: &Config, rules: &Rules) -> Result<Checked, Failure> {
        let refused = |rule: &str, denial: &Denial<'_>, reason: String| Checked {
            status: denial.status(),
            rule: rule.to_owned(),
            reason,
        };
        let forbidden = Denial::Forbidden("");
        let original = match Original::of_url(self.method.as_bytes(), self.url.as_bytes()) {
            Ok(original) => original,
            Err(why) => return Ok(refused("", &forbidden, why.to_string())),
        };
        let Some(rule) = rules.find(&original) else {
            return Ok(refused("", &forbidden, "no rule matches".to_owned()));
        };
        let denial = match &rule.access {
            Access::Public => None,
            Access::Credential(_)
                if !original.is_https && config.http.require_tls != RequireTls::Never =>
            {
                Some(Denial::PLAIN_HTTP)
            }
            Access::Credential(demand) => match &self.token_file {
                _ if demand.signed => Some(Denial::Signature("the request must be signed".into())),
                None => Some(Denial::Missing),
                Some(path) => {
                    let text = Zeroizing::new(read(path)?);
                    let judge = Judge {
                        config,
                        address: self.address,
                        now: Clock::System.now(),
                    };
                    match judge.rights(bare(&text))? {
                        Err(denial) => Some(denial),
                        Ok(rights) => {
                            decide(demand, &rights.bearer(), &rights.definitions.roles).err()
                        }
                    }
                }
            },
        };
        Ok(match denial {
            None => Checked {
                status: 200,
                rule: rule.name.to_string(),
                reason: String::new(),
            },
            Some(denial) => refused(&rule.name, &denial, denial.reason().into_owned()),
        })
    }
}
