//! `lanyard key list`.

use clap::Args;
use serde::Serialize;

use crate::base::{KeyId, Timestamp};
use crate::cli::Common;
use crate::cli::output::{Failure, say, say_json, say_table};
use crate::signing_keys::{self, Planned, Rules};
use crate::token::Purpose;

const EXAMPLES: &str = "\
A key is pending (published, does not sign yet), active (signs), retiring (no longer signs, still \
verifies what it signed), revoked (every token it signed is revoked) or retired (its secret is \
deleted). For a pending key, SIGNS FROM is when the schedule makes it active. This command does \
not need the master key.

Examples:
  lanyard key list
  lanyard key list --json | jq -r 'select(.state == \"active\").kid'";

/// List the signing keys, the oldest first
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct List {
    /// Print JSON, one line for each key
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    kid: KeyId,
    algorithm: &'static str,
    /// The purpose of the key. `None` if it signs tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'static str>,
    state: &'static str,
    created_at: Timestamp,
    /// When the key began to sign, or will begin. `None` if it never did.
    signs_from: Option<Timestamp>,
    signed_until: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    retired_at: Option<Timestamp>,
    /// The fingerprint of the master key that sealed the key.
    sealed_by: String,
}

impl Listed {
    fn of(planned: Planned) -> Self {
        let Planned {
            kept, signs_from, ..
        } = planned;
        let life = kept.key.life;
        Self {
            kid: kept.key.kid,
            algorithm: kept.key.role.algorithm.as_str(),
            purpose: match kept.key.role.purpose {
                Purpose::Tokens => None,
                Purpose::IdTokens => Some(Purpose::IdTokens.as_str()),
            },
            state: life.word(),
            created_at: life.created_at,
            signs_from,
            signed_until: life.activated_at.and(life.retiring_at),
            revoked_at: life.revoked_at,
            retired_at: life.retired_at,
            sealed_by: kept.sealed_by,
        }
    }
}

impl List {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (config, db) = common.existing_database()?;
        let rules = Rules::of(&config);
        let kept = db.read_blocking(signing_keys::all)?;
        let planned = signing_keys::timeline(kept, &rules);
        let listed: Vec<_> = planned.into_iter().map(Listed::of).collect();
        if self.json {
            return listed.iter().try_for_each(say_json);
        }
        if listed.is_empty() {
            return say("there are no signing keys; the service makes one at its first start");
        }
        let or_dash =
            |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), |at| at.to_string());
        let rows: Vec<_> = listed
            .into_iter()
            .map(|key| {
                [
                    key.kid.to_string(),
                    match key.purpose {
                        None => key.algorithm.to_owned(),
                        Some(purpose) => format!("{} ({purpose})", key.algorithm),
                    },
                    key.state.to_owned(),
                    key.created_at.to_string(),
                    or_dash(key.signs_from),
                    or_dash(key.signed_until),
                    or_dash(key.retired_at),
                    key.sealed_by,
                ]
            })
            .collect();
        say_table(
            [
                "KID",
                "ALGORITHM",
                "STATE",
                "CREATED",
                "SIGNS FROM",
                "UNTIL",
                "RETIRED",
                "SEALED BY",
            ],
            &rows,
        )
    }
}
