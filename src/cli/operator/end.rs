//! `lanyard operator deactivate` and `lanyard operator delete`.

use clap::Args;
use serde::Serialize;

use super::Of;
use crate::api_key::manage as keys;
use crate::audit::Origin;
use crate::base::{ApiKeyId, OperatorId, OrganizationId, Timestamp};
use crate::cli::output::{Failure, say, say_json};
use crate::cli::receipt::{ReceiptView, tell};
use crate::db::{Db, Error, Records, serialize_within};
use crate::operator::{self, Change, OperatorStatus};
use crate::revocation;

#[derive(Args)]
pub(in crate::cli) struct End {
    #[command(flatten)]
    of: Of,
    /// The operator's id
    id: OperatorId,
    /// Revoke the API keys that it made, too; without this they stay valid
    #[arg(long)]
    with_keys: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ended<'a> {
    id: OperatorId,
    organization_id: OrganizationId,
    status: &'static str,
    /// The keys that it made, which were not revoked before.
    keys: Vec<KeyOf<'a>>,
    keys_revoked: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation: Option<ReceiptView>,
}

#[derive(Serialize)]
struct KeyOf<'a> {
    id: ApiKeyId,
    name: &'a str,
}

/// How an operator ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Deactivate,
    Delete,
}

/// Why the operator did not end.
#[derive(Debug, thiserror::Error)]
enum EndError {
    #[error("{0}")]
    Operator(#[from] operator::ManageError),
    #[error("{0}")]
    Keys(#[from] keys::ManageError),
    #[error("{0}")]
    Database(#[from] Error),
}

impl End {
    pub(super) fn run(
        &self,
        db: &Db,
        how: How,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let change = Change {
            active: Some(false),
            ..Change::default()
        };
        let (organization, id) = (self.of.organization, self.id);
        // Also if it was inactive before: another caller may still wait for the nodes.
        let takes_away = |_: &_| true;
        let (made, receipt) = revocation::enforce_from_cli(db, takes_away, |conn| {
            // Both locks are taken before the first entry, which locks the head of the feed. A
            // transaction that waits for a lock after that makes every revoke wait, or deadlocks.
            serialize_within(conn, Records::Clients, organization)?;
            serialize_within(conn, Records::Operators, organization)?;
            let (made, mut entries) = if self.with_keys {
                keys::revoke_made_by(conn, organization, id, origin, now)?
            } else {
                (keys::made_by(conn, organization, id)?, Vec::new())
            };
            entries.extend(match how {
                How::Deactivate => operator::change(conn, organization, id, change, origin, now)?.1,
                How::Delete => operator::delete(conn, organization, id, origin, now)?,
            });
            Ok((made, entries))
        })
        .map_err(|error: EndError| Failure::new(error))?;
        let status = match how {
            How::Deactivate => OperatorStatus::Inactive,
            How::Delete => OperatorStatus::Deleted,
        };
        if self.json {
            return say_json(&Ended {
                id,
                organization_id: organization,
                status: status.as_str(),
                keys: made
                    .iter()
                    .map(|(id, name)| KeyOf { id: *id, name })
                    .collect(),
                keys_revoked: self.with_keys,
                revocation: receipt.map(ReceiptView::from),
            });
        }
        say(format_args!(
            "operator {id} of organization {organization} is {status}; its tokens are revoked"
        ))?;
        let what = if self.with_keys {
            "is revoked"
        } else {
            "stays valid (--with-keys revokes it)"
        };
        for (key, name) in &made {
            say(format_args!("key {key} ({name}), which it made, {what}"))?;
        }
        say(tell(receipt))
    }
}
