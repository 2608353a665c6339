//! `lanyard key rotate`.

use clap::Args;
use serde::Serialize;

use super::keeper;
use crate::audit::Origin;
use crate::base::{Clock, KeyId, Timestamp};
use crate::cli::Common;
use crate::cli::output::{Failure, say, say_json};
use crate::cli::receipt::{ReceiptView, describe};
use crate::revocation;
use crate::signing_keys::{self, KeyState};

const EXAMPLES: &str = "\
Makes the next key, for the algorithm in tokens.algorithm, and publishes it. The schedule makes \
it active once every client can have it (keys.publish_ahead; only the nodes need HS256 keys, \
which wait two minutes). With --force it signs as soon as every node has it: a client that \
verifies with an older copy of /.well-known/jwks.json refuses its tokens until that copy is \
renewed. Tokens that were signed before stay valid in both cases.

Examples:
  lanyard key rotate
  lanyard key rotate --force --json";

/// Make a new key now, before the schedule makes one
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Rotate {
    /// Sign with it at once, however recently it was published
    #[arg(long)]
    force: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rotated {
    kid: KeyId,
    algorithm: &'static str,
    state: &'static str,
    signs_from: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    spread: Option<ReceiptView>,
}

impl Rotate {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (config, db) = common.existing_database()?;
        let keeper = keeper(&config)?;
        let clock = Clock::System;
        let fresh = signing_keys::next(&db, config.tokens.algorithm)?;
        let algorithm = fresh.role().algorithm;
        let origin = Origin::command_line();
        let now = clock.now();
        let (pending, mut receipt) = revocation::commit_from_cli(&db, |conn| {
            signing_keys::publish(conn, &keeper, fresh, &origin, now)
        })?;
        let (mut state, mut signs_from) = (KeyState::Pending, pending.signs_from);
        let kid = pending.kid;
        if self.force {
            let now = clock.now();
            let ((), activated) = revocation::commit_from_cli(&db, |conn| {
                signing_keys::activate(conn, &keeper, kid, &origin, now)
            })?;
            (state, signs_from, receipt) = (KeyState::Active, now, activated);
        }
        if self.json {
            return say_json(&Rotated {
                kid,
                algorithm: algorithm.as_str(),
                state: state.as_str(),
                signs_from,
                spread: receipt.map(ReceiptView::from),
            });
        }
        say(match (state, pending.made) {
            (KeyState::Active, _) => format!("{kid} ({algorithm}) signs from now on"),
            (_, true) => format!("{kid} ({algorithm}) is published and signs from {signs_from} on"),
            (_, false) => format!(
                "{kid} ({algorithm}) was made before, is published and signs from {signs_from} on"
            ),
        })?;
        say(describe(receipt))
    }
}
