//! `lanyard session …`: the sessions of the console. Changes the database directly, also while nodes
//! run.

use clap::{Args, Subcommand};
use serde::Serialize;

use super::Common;
use super::output::{Failure, say, say_json, say_table};
use super::receipt::{ReceiptView, describe};
use crate::audit::Origin;
use crate::base::{Clock, OperatorId, OrganizationId, Timestamp, TokenId};
use crate::config::Config;
use crate::db::{self, Conn, Db};
use crate::feed;
use crate::grant;
use crate::ledger;
use crate::organization;
use crate::revocation::Receipt;
use crate::session::Lives;
use crate::session::console::{self, ConsoleSession, OthersError, Whose};

const EXAMPLES: &str = "\
A session of the console is a person who has signed in to /console. Its tokens are the operator tokens that were issued in it.

Examples:
  lanyard session list --organization 7
  lanyard session end --organization 7 0190a5e0-0000-7000-8000-000000000000
  lanyard session end-others --organization 7 0190a5e0-0000-7000-8000-000000000000
  lanyard session disown --organization 7 0190a5e0-0000-7000-8000-000000000000";

/// Manage the sessions of the console
#[derive(Subcommand)]
#[command(after_help = EXAMPLES, disable_help_subcommand = true)]
pub(super) enum Session {
    /// List who is signed in to the console, the latest used first, at most 200
    List {
        #[command(flatten)]
        of: Of,
        /// Print JSON, one session a line
        #[arg(long)]
        json: bool,
    },
    /// End a session; the tokens that were issued in it stay valid
    End(One),
    /// End all other console sessions of the same account; their operator tokens stay valid
    EndOthers(One),
    /// End a session that was not its owner's, and revoke every token that was issued in it
    Disown(One),
}

#[derive(Args)]
pub(super) struct Of {
    /// The organization's id
    #[arg(long, value_name = "ID")]
    organization: OrganizationId,
}

#[derive(Args)]
pub(super) struct One {
    #[command(flatten)]
    of: Of,
    /// The session's id
    #[arg(value_name = "SESSION")]
    id: TokenId,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listed<'a> {
    id: TokenId,
    /// Null for the organization's own account.
    operator_id: Option<OperatorId>,
    signed_in_at: Timestamp,
    last_used_at: Timestamp,
    address: Option<&'a str>,
    agent: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ended {
    id: TokenId,
    organization_id: OrganizationId,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation: Option<ReceiptView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EndedOthers {
    /// The session that goes on.
    id: TokenId,
    organization_id: OrganizationId,
    /// How many others have ended.
    ended: usize,
}

impl Session {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (config, db) = common.existing_database()?;
        let (origin, now) = (Origin::command_line(), Clock::System.now());
        match self {
            Self::List { of, json } => list(&config, &db, of.organization, now, *json),
            Self::End(one) => {
                let (organization, id) = (one.of.organization, one.id);
                let end = |conn: &mut Conn| console::end(conn, organization, id, &origin, now);
                if !db.write_blocking(end)? {
                    return Err(unknown());
                }
                one.ended(
                    "ended",
                    "has ended; the tokens that were issued in it stay valid",
                    None,
                )
            }
            Self::EndOthers(one) => {
                let which = (one.of.organization, one.id);
                let lives = Lives::of_console_by(&config.console);
                let end =
                    |conn: &mut Conn| console::end_others_by_id(conn, which, lives, &origin, now);
                let ended = db.write_blocking(end).map_err(|why| one.refused(&why))?;
                if one.json {
                    return say_json(&EndedOthers {
                        id: one.id,
                        organization_id: one.of.organization,
                        ended,
                    });
                }
                say(format_args!(
                    "other sessions of the same account that have ended: {ended}; session {} goes on",
                    one.id
                ))
            }
            Self::Disown(one) => {
                let (organization, id) = (one.of.organization, one.id);
                let find = |conn: &mut Conn| ledger::find(conn, organization, id);
                let record = db.read_blocking(find)?.ok_or_else(unknown)?;
                let claims = record.line.claims;
                if claims.kind() != crate::token::Kind::Console {
                    return Err(unknown());
                }
                let receipt = grant::manage::revoke_token_from_cli(&db, &claims, &origin, now)?;
                let end = |conn: &mut Conn| console::end(conn, organization, id, &origin, now);
                db.write_blocking(end)?;
                let what = "has ended, and every token that was issued in it is revoked";
                one.ended("disowned", what, receipt)
            }
        }
    }
}

fn unknown() -> Failure {
    Failure::new("there is no session of the console with this id in this organization")
}

impl One {
    /// Says why no other session was ended, and what helps.
    fn refused(&self, why: &OthersError) -> Failure {
        match why {
            OthersError::NotOpen => Failure::new(format_args!(
                "{why}; `lanyard session list --organization {}` shows the open ones",
                self.of.organization
            )),
            _ => Failure::new(why),
        }
    }

    fn ended(
        &self,
        status: &'static str,
        what: &str,
        receipt: Option<Receipt>,
    ) -> Result<(), Failure> {
        if self.json {
            return say_json(&Ended {
                id: self.id,
                organization_id: self.of.organization,
                status,
                revocation: receipt.map(ReceiptView::from),
            });
        }
        say(format_args!("session {} {what}", self.id))?;
        match receipt {
            Some(_) => say(describe(receipt)),
            None => Ok(()),
        }
    }
}

fn list(
    config: &Config,
    db: &Db,
    organization: OrganizationId,
    now: Timestamp,
    json: bool,
) -> Result<(), Failure> {
    let lives = Lives::of_console_by(&config.console);
    let read = |conn: &mut Conn| {
        if !organization::exists(conn, organization)? {
            return Ok(None);
        }
        let mut valid: Vec<ConsoleSession> = Vec::new();
        for session in console::list(conn, organization, Whose::Everybody, lives, now)? {
            if feed::revoking_entry(conn, &session.claims(lives))?.is_none() {
                valid.push(session);
            }
        }
        Ok::<_, db::Error>(Some(valid))
    };
    let found = db.read_blocking(read)?;
    let found = found.ok_or_else(|| Failure::new(organization::ManageError::Unknown))?;
    let mut rows = Vec::new();
    for session in &found {
        let listed = Listed {
            id: session.jti,
            operator_id: session.operator,
            signed_in_at: session.signed_in_at,
            last_used_at: session.last_seen_at.whole_second(),
            address: session.address.as_deref(),
            agent: session.agent.as_deref(),
        };
        if json {
            say_json(&listed)?;
            continue;
        }
        let operator = listed.operator_id.map(|id| id.to_string());
        rows.push([
            listed.id.to_string(),
            operator.unwrap_or_else(|| "-".to_owned()),
            listed.signed_in_at.to_string(),
            listed.last_used_at.to_string(),
            listed.address.unwrap_or("-").to_owned(),
        ]);
    }
    match (json, rows.is_empty()) {
        (true, _) => Ok(()),
        (false, true) => say(format_args!(
            "nobody is signed in to the console of organization {organization}"
        )),
        (false, false) => say_table(
            ["SESSION", "OPERATOR", "SIGNED IN", "LAST USE", "ADDRESS"],
            &rows,
        ),
    }
}
