//! `lanyard organization set`.

use clap::Args;
use serde::Serialize;

use super::One;
use crate::audit::Origin;
use crate::base::{OrganizationId, Timestamp};
use crate::cli::output::{Failure, say, say_json};
use crate::cli::receipt::{ReceiptView, describe};
use crate::db::Db;
use crate::organization::{self, ProfileChange};
use crate::revocation;

#[derive(Args)]
pub(in crate::cli) struct Set {
    #[command(flatten)]
    one: One,
    /// The display name
    #[arg(long)]
    name: Option<String>,
    /// The longest life of operator tokens, at most 86400 [default: 86400]
    #[arg(long, value_name = "SECONDS")]
    operator_token_max: Option<i64>,
    /// The life of company tokens [default: they do not expire]
    #[arg(long, value_name = "SECONDS")]
    company_token_lifetime: Option<i64>,
    /// How often a company token is to be rotated [default: `company_tokens.rotation_period`]
    #[arg(long, value_name = "DAYS")]
    rotation_period: Option<i64>,
    /// How long a rotated company token stays valid [default: `company_tokens.rotation_grace`]
    #[arg(long, value_name = "SECONDS")]
    rotation_grace: Option<i64>,
    /// Whether a company token that is due ends after the grace: true or false [default: false]
    #[arg(long, value_name = "BOOL")]
    enforce_rotation: Option<bool>,
    /// Whether an operator can be granted only the scopes of its role: true or false [default: false]
    #[arg(long, value_name = "BOOL")]
    cap_scopes_by_role: Option<bool>,
    /// Set the terms of tokens that are not given to their defaults
    #[arg(long)]
    reset: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    id: OrganizationId,
    name: &'a str,
    token_policy: Policy,
    cap_scopes_by_role: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation: Option<ReceiptView>,
}

/// The terms of tokens. `None` stands for the default.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Policy {
    operator_token_max_seconds: Option<i64>,
    company_token_lifetime_seconds: Option<i64>,
    rotation_period_days: Option<i64>,
    rotation_grace_seconds: Option<i64>,
    enforce_rotation: bool,
}

impl Set {
    /// Returns the value to set: the given one, or the default if all are reset.
    fn value<T>(&self, given: Option<T>) -> Option<Option<T>> {
        match given {
            Some(value) => Some(Some(value)),
            None => self.reset.then_some(None),
        }
    }

    pub(super) fn run(&self, db: &Db, origin: &Origin, now: Timestamp) -> Result<(), Failure> {
        let id = self.one.id;
        let change = ProfileChange {
            name: self.name.clone(),
            operator_token_max_seconds: self.value(self.operator_token_max),
            company_token_lifetime_seconds: self.value(self.company_token_lifetime),
            rotation_period_days: self.value(self.rotation_period),
            rotation_grace_seconds: self.value(self.rotation_grace),
            enforce_rotation: self.value(self.enforce_rotation),
            cap_scopes_by_role: self.value(self.cap_scopes_by_role),
            ..ProfileChange::default()
        };
        // With the cap, tokens lose scopes.
        let narrows = |_: &_| self.cap_scopes_by_role == Some(true);
        let write = |conn: &mut _| organization::write(conn, id, change, origin, now);
        let (after, receipt) =
            revocation::enforce_from_cli(db, narrows, write).map_err(Failure::new)?;
        if self.one.json {
            let policy = after.policy;
            return say_json(&Shown {
                id,
                name: &after.name,
                token_policy: Policy {
                    operator_token_max_seconds: policy.operator_token_max_seconds,
                    company_token_lifetime_seconds: policy.company_token_lifetime_seconds,
                    rotation_period_days: policy.rotation_period_days,
                    rotation_grace_seconds: policy.rotation_grace_seconds,
                    enforce_rotation: policy.enforce_rotation,
                },
                cap_scopes_by_role: after.cap_scopes_by_role,
                revocation: receipt.map(ReceiptView::from),
            });
        }
        say(format_args!("organization {id} is as given"))?;
        match receipt {
            Some(_) => say(describe(receipt)),
            None => Ok(()),
        }
    }
}
