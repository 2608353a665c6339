//! `lanyard operator stop-import`.

use clap::Args;
use serde::Serialize;

use super::Of;
use crate::audit::Origin;
use crate::base::{ImportId, OrganizationId, Timestamp};
use crate::cli::output::{Failure, say, say_json};
use crate::db::{self, Conn, Db};
use crate::operator::import;

#[derive(Args)]
pub(in crate::cli) struct StopImport {
    #[command(flatten)]
    of: Of,
    /// The import's id, as the console and the audit log have it
    #[arg(value_name = "IMPORT")]
    id: ImportId,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Stopped {
    id: ImportId,
    organization_id: OrganizationId,
    status: &'static str,
    /// How many lines were applied.
    done: i64,
    lines: i64,
}

impl StopImport {
    pub(super) fn run(&self, db: &Db, origin: &Origin, now: Timestamp) -> Result<(), Failure> {
        let (organization, id) = (self.of.organization, self.id);
        let stop = |conn: &mut Conn| {
            let stopped = import::stop(conn, organization, id, origin, now)?;
            Ok::<_, db::Error>((stopped, import::find(conn, organization, id)?))
        };
        let (stopped, found) = db.write_blocking(stop)?;
        let Some(found) = found.filter(|found| found.state != import::State::Checked) else {
            return Err(Failure::new(
                "there is no import with this id in this organization; the page of an import in the \
                 console and the audit log have its id",
            ));
        };
        if !stopped {
            return Err(Failure::new(format_args!(
                "import {id} has ended already, there is nothing to stop; {} of {} lines were applied",
                found.done, found.lines
            )));
        }
        if self.json {
            return say_json(&Stopped {
                id,
                organization_id: organization,
                status: found.state.as_str(),
                done: found.done,
                lines: found.lines,
            });
        }
        say(format_args!(
            "import {id} is stopped; {} of {} lines were applied, and stay so",
            found.done, found.lines
        ))
    }
}
