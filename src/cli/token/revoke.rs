//! `lanyard token revoke`: revokes a token, also while servers run. A company token is revoked with
//! every token derived from it, a refresh token with every token of its grant.

use clap::Args;
use serde::Serialize;

use super::named::{Found, bare, given};
use crate::audit::Origin;
use crate::base::{Clock, OrganizationId, TokenId};
use crate::cli::Common;
use crate::cli::output::{Failure, say, say_json};
use crate::cli::receipt::{ReceiptView, describe};
use crate::grant;
use crate::token::Kind;

const EXAMPLES: &str = "\
It returns once the token is revoked on every node. An id (the claim jti) is enough if the ledger \
has it.

Examples:
  lanyard token revoke 0190b6f0-5f5e-7a3c-9c4d-2f1d8a7b6c5d
  lanyard token revoke - < token.txt";

/// Revoke a token; for a company token, also every token derived from it; for a refresh token, its
/// grant
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::cli) struct Revoke {
    /// The token or its id; - for standard input, hidden from other users of the machine
    #[arg(value_name = "TOKEN|JTI")]
    token: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Revoked {
    jti: TokenId,
    kind: &'static str,
    organization_id: OrganizationId,
    /// The receipt. `None` if the token was revoked before.
    revocation: Option<ReceiptView>,
}

impl Revoke {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let text = given(&self.token)?;
        let (config, db) = common.existing_database()?;
        let now = Clock::System.now();
        let named = match Found::of(bare(&text), &db, &config, now)? {
            Found::Token(named) => *named,
            Found::Foreign(reasons) => {
                let reasons: Vec<_> = reasons.into_iter().map(|reason| reason.text).collect();
                return Err(Failure::new(format_args!(
                    "it is no token of this service: {}",
                    reasons.join("; ")
                )));
            }
        };
        let claims = named.claims;
        let origin = Origin::command_line();
        let receipt = grant::manage::revoke_token_from_cli(&db, &claims, &origin, now)?;
        if self.json {
            return say_json(&Revoked {
                jti: claims.jti,
                kind: claims.kind().as_str(),
                organization_id: claims.organization,
                revocation: receipt.map(ReceiptView::from),
            });
        }
        let name = format!("{} token {}", claims.kind(), claims.jti);
        match (receipt, claims.kind()) {
            (None, _) => say(format_args!("{name} was revoked before"))?,
            (Some(_), Kind::Operator | Kind::Session | Kind::Access) => {
                say(format_args!("{name} is revoked"))?;
            }
            (Some(_), Kind::Console) => {
                say(format_args!(
                    "{name} is revoked, with every token that was issued in it"
                ))?;
            }
            (Some(_), Kind::Refresh) => {
                say(format_args!(
                    "{name} is revoked, with its grant and every token of it"
                ))?;
            }
            (Some(_), Kind::Company) => {
                say(format_args!(
                    "{name} is revoked, with all that derives from it"
                ))?;
            }
        }
        say(describe(receipt))
    }
}
