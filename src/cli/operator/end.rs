//! `lanyard operator deactivate` and `lanyard operator delete`.

use clap::Args;
use serde::Serialize;

use super::Of;
use crate::api_key::manage::{self as keys, Maker, MakerEnd};
use crate::audit::Origin;
use crate::base::{ApiKeyId, OperatorId, OrganizationId, Timestamp};
use crate::cli::output::{Failure, say, say_json};
use crate::cli::receipt::{ReceiptView, describe};
use crate::db::Db;
use crate::operator::OperatorStatus;

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

impl End {
    pub(super) fn run(
        &self,
        db: &Db,
        how: MakerEnd,
        origin: &Origin,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let (organization, id) = (self.of.organization, self.id);
        let maker = Maker {
            which: (organization, id),
            how,
            with_keys: self.with_keys,
        };
        let ended = keys::end_maker_from_cli(db, &maker, origin, now);
        let (made, receipt) = ended.map_err(Failure::new)?;
        let status = match how {
            MakerEnd::Deactivate => OperatorStatus::Inactive,
            MakerEnd::Delete => OperatorStatus::Deleted,
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
        say(describe(receipt))
    }
}
