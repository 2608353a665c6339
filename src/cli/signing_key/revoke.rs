//! `lanyard key revoke`.

use clap::Args;
use serde::Serialize;

use super::keeper;
use crate::audit::Origin;
use crate::base::{Clock, KeyId};
use crate::cli::Common;
use crate::cli::output::{Failure, say, say_json};
use crate::cli::receipt::{ReceiptView, describe};
use crate::revocation;
use crate::signing_keys;

const EXAMPLES: &str = "\
Use this for a key that someone else may have. Every token that it signed is revoked, of every \
organization, on every node when the command returns. If the key was active, another one becomes \
active: the pending one, or else a new one. Companies must log in again. This cannot be undone.

Clients that validate tokens themselves see it in the revocation list and in \
/.well-known/jwks.json, which no longer contains the key.

Examples:
  lanyard key revoke 9mO2xVfQk0aB";

/// Revoke a key, with every token it signed, on every node
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Revoke {
    /// The key's id, as `lanyard key list` shows it
    // An id may begin with "-".
    #[arg(allow_hyphen_values = true)]
    kid: KeyId,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Done {
    kid: KeyId,
    successor: Option<KeyId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation: Option<ReceiptView>,
}

impl Revoke {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (config, db) = common.existing_database()?;
        let keeper = keeper(&config)?;
        let (kid, now) = (self.kid, Clock::System.now());
        let replacement = signing_keys::replacement(&db, kid)?;
        let origin = Origin::command_line();
        let (revoked, receipt) = revocation::commit_from_cli(&db, |conn| {
            signing_keys::revoke(conn, &keeper, kid, replacement, &origin, now)
        })?;
        if self.json {
            return say_json(&Done {
                kid,
                successor: revoked.successor,
                revocation: receipt.map(ReceiptView::from),
            });
        }
        say(match (revoked.successor, revoked.already) {
            (Some(next), _) => {
                format!("{kid} is revoked, with everything it signed; {next} signs in its place")
            }
            (None, false) => format!("{kid} is revoked, with everything it signed"),
            (None, true) => format!("{kid} was revoked before"),
        })?;
        say(describe(receipt))
    }
}
