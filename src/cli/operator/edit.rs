//! `lanyard operator edit`.

use clap::Args;

use super::{Changed, Of};
use crate::audit::Origin;
use crate::base::{OperatorId, Timestamp};
use crate::cli::output::{Failure, say, say_json};
use crate::cli::receipt::{ReceiptView, describe};
use crate::db::Db;
use crate::operator::{self, Change, ManageError};
use crate::revocation;

#[derive(Args)]
pub(in crate::cli) struct Edit {
    #[command(flatten)]
    of: Of,
    /// The operator's id
    id: OperatorId,
    /// A new name
    #[arg(long)]
    name: Option<String>,
    /// A new external id; an empty text clears it, here and below
    #[arg(long, value_name = "TEXT")]
    external_id: Option<String>,
    /// A new email address
    #[arg(long)]
    email: Option<String>,
    /// A new role
    #[arg(long)]
    role: Option<String>,
    /// A new username; its sessions end
    #[arg(long)]
    username: Option<String>,
    /// A new tier
    #[arg(long)]
    tier: Option<String>,
    /// Activate it, after it was deactivated
    #[arg(long)]
    activate: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Edit {
    pub(super) fn run(&self, db: &Db, origin: &Origin, now: Timestamp) -> Result<(), Failure> {
        let cleared = |text: &Option<String>| {
            let text = text.clone()?;
            Some((!text.is_empty()).then_some(text))
        };
        let change = Change {
            name: self.name.clone(),
            external_id: cleared(&self.external_id),
            email: cleared(&self.email),
            role: cleared(&self.role),
            username: cleared(&self.username),
            tier: cleared(&self.tier),
            active: self.activate.then_some(true),
            ..Change::default()
        };
        if change == Change::default() {
            return Err(Failure::new(
                "nothing to change; give at least one of --name, --external-id, --email, --role, --username, --tier, --activate",
            ));
        }
        let (organization, id) = (self.of.organization, self.id);
        let takes_away = change.takes_away();
        let (operator, receipt) = revocation::enforce_from_cli(
            db,
            |_| takes_away,
            |conn| operator::change(conn, organization, id, change, origin, now),
        )
        .map_err(|error: ManageError| Failure::new(error))?;
        if self.json {
            return say_json(&Changed {
                id,
                organization_id: organization,
                status: operator.status.as_str(),
                revocation: receipt.map(ReceiptView::from),
            });
        }
        say(format_args!(
            "operator {id} of organization {organization} is changed"
        ))?;
        if receipt.is_some() {
            say(describe(receipt))?;
        }
        Ok(())
    }
}
