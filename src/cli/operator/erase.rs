//! `lanyard operator erase`.

use std::io::{self, IsTerminal, Write};

use clap::Args;
use serde::Serialize;

use super::Of;
use crate::audit::Origin;
use crate::base::{OperatorId, OrganizationId, Timestamp};
use crate::cli::output::{Failure, say, say_json};
use crate::cli::receipt::{ReceiptView, describe};
use crate::db::Db;
use crate::operator::{self, ManageError};

/// What erasing overwrites, and what it does not reach.
const EFFECT: &str = "\
Name, email, external id, username, avatar, WeChat identities, password, second factor and addresses are overwritten, also in the \
audit log and the ledger. Tables of operators that were checked in the console and not yet imported are deleted. The operator is \
deleted and every token of it is revoked. Its id stays, with what was done under it. \
Not reached: backups (after restoring one, erase again), exports, messages already sent to webhooks, logs of the program, and names \
that others typed into names of keys, clients and roles.";

#[derive(Args)]
#[command(after_help = EFFECT)]
pub(in crate::cli) struct Erase {
    #[command(flatten)]
    of: Of,
    /// The operator's id
    #[arg(value_name = "OPERATOR")]
    id: OperatorId,
    /// Do not ask for confirmation; required if there is no terminal
    #[arg(long)]
    yes: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    id: OperatorId,
    organization_id: OrganizationId,
    status: &'static str,
    /// Lines of the audit log, and rows of the ledger, in which something was overwritten.
    audit_lines: usize,
    tokens: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation: Option<ReceiptView>,
}

impl Erase {
    pub(super) fn run(&self, db: &Db, origin: &Origin, now: Timestamp) -> Result<(), Failure> {
        let (organization, id) = (self.of.organization, self.id);
        let known: Result<_, ManageError> =
            db.read_blocking(|conn| operator::get(conn, organization, id));
        let name = known.map_err(Failure::new)?.profile.name;
        self.confirm(&name)?;
        let (erased, receipt) =
            operator::erase_from_cli(db, organization, id, origin, now).map_err(Failure::new)?;
        if self.json {
            return say_json(&View {
                id,
                organization_id: organization,
                status: "deleted",
                audit_lines: erased.lines,
                tokens: erased.tokens,
                revocation: receipt.map(ReceiptView::from),
            });
        }
        say(format_args!(
            "operator {id} of organization {organization} is erased: {} lines of the audit log and {} rows of the ledger were \
             overwritten; its tokens are revoked",
            erased.lines, erased.tokens
        ))?;
        say(describe(receipt))
    }

    fn confirm(&self, name: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        if !io::stdin().is_terminal() {
            return Err(Failure::new("this cannot be undone; add --yes to do it"));
        }
        write!(
            io::stderr(),
            "{EFFECT}\nErase {name} (operator {})? This cannot be undone. Type yes to go on: ",
            self.id
        )?;
        let mut answer = String::new();
        io::stdin().read_line(&mut answer)?;
        if answer.trim() == "yes" {
            Ok(())
        } else {
            Err(Failure::new("nothing was done"))
        }
    }
}
