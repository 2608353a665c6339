//! `lanyard operator reset-second-factor`.

use clap::Args;
use serde::Serialize;

use super::Of;
use crate::audit::Origin;
use crate::base::{OperatorId, OrganizationId, Timestamp};
use crate::cli::output::{Failure, say, say_json};
use crate::db::Db;
use crate::operator::{ManageError, second_factor};

#[derive(Args)]
pub(in crate::cli) struct ResetSecondFactor {
    #[command(flatten)]
    of: Of,
    /// The operator's id
    id: OperatorId,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Reset {
    id: OperatorId,
    organization_id: OrganizationId,
    second_factor: bool,
}

impl ResetSecondFactor {
    pub(super) fn run(&self, db: &Db, origin: &Origin, now: Timestamp) -> Result<(), Failure> {
        let (organization, id) = (self.of.organization, self.id);
        db.write_blocking(|conn| second_factor::remove(conn, organization, id, origin, now))
            .map_err(|error: ManageError| Failure::new(error))?;
        if self.json {
            return say_json(&Reset {
                id,
                organization_id: organization,
                second_factor: false,
            });
        }
        say(format_args!(
            "operator {id} of organization {organization} has no second factor; it signs in with its password alone, and its \
             console sessions have ended"
        ))
    }
}
