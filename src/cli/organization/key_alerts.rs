//! `lanyard organization set-key-alerts`.

use clap::Args;
use serde::Serialize;

use super::One;
use crate::audit::Origin;
use crate::base::{OrganizationId, Timestamp};
use crate::cli::output::{Failure, say, say_json};
use crate::db::Db;
use crate::organization::{self, KeyAlertsChange, ProfileChange};

#[derive(Args)]
pub(in crate::cli) struct SetKeyAlerts {
    #[command(flatten)]
    one: One,
    /// Whether a use of an API key from a new network is an alert [default: true]
    #[arg(long, value_name = "BOOLEAN")]
    new_network: Option<bool>,
    /// After how many days without use the next use is an alert; 0 for never [default: 30]
    #[arg(long, value_name = "DAYS")]
    silence_days: Option<i64>,
    /// An hour with more uses than this many times the mean is an alert; 0 for never [default: 10]
    #[arg(long, value_name = "TIMES")]
    rate_factor: Option<i64>,
    /// An hour with this many uses or fewer is no alert [default: 1000]
    #[arg(long, value_name = "USES")]
    rate_floor: Option<i64>,
    /// Set all that is not given to the default
    #[arg(long)]
    reset: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    id: OrganizationId,
    key_alerts: Alerts,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Alerts {
    new_network: bool,
    silence_days: i64,
    rate_factor: i64,
    rate_floor: i64,
}

impl SetKeyAlerts {
    pub(super) fn run(&self, db: &Db, origin: &Origin, now: Timestamp) -> Result<(), Failure> {
        let number = |given: Option<i64>| match given {
            Some(number) => Some(Some(number)),
            None => self.reset.then_some(None),
        };
        let change = ProfileChange {
            key_alerts: KeyAlertsChange {
                new_network: match self.new_network {
                    Some(wanted) => Some(Some(wanted)),
                    None => self.reset.then_some(None),
                },
                silence_days: number(self.silence_days),
                rate_factor: number(self.rate_factor),
                rate_floor: number(self.rate_floor),
            },
            ..ProfileChange::default()
        };
        let id = self.one.id;
        let (after, _) = db
            .write_blocking(|conn| organization::write(conn, id, change, origin, now))
            .map_err(Failure::new)?;
        let alerts = after.key_alerts;
        let shown = Alerts {
            new_network: alerts.new_network,
            silence_days: alerts.silence_days(),
            rate_factor: alerts.rate_factor(),
            rate_floor: alerts.rate_floor(),
        };
        if self.one.json {
            return say_json(&Shown {
                id,
                key_alerts: shown,
            });
        }
        let new_network = if shown.new_network { "yes" } else { "no" };
        say(format_args!(
            "alerts that organization {id} receives about API keys: new network: {new_network}, days of silence: {}, times the \
             mean: {}, and more than: {}",
            shown.silence_days, shown.rate_factor, shown.rate_floor
        ))
    }
}
