//! `lanyard audit …`: reads the audit log and checks the chain over it, also while nodes run.

mod export;
mod filters;
mod list;
mod verify;

use clap::Subcommand;

use super::Common;
use super::output::Failure;

const EXAMPLES: &str = "\
`verify` exits with 0 if the log is as it was recorded, 1 if something was changed, 2 if that cannot be found out. Organizations \
read their log at GET /api/company/audit and in the console.

Examples:
  lanyard audit list --organization 7 --action token.revoked --from 2030-01-01T00:00:00Z
  lanyard audit list --organization 7 --actor operator:31 --json
  lanyard audit export --organization 7 --format csv > audit.csv
  lanyard audit verify
  lanyard audit verify --known 812:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

/// Read the audit log, export it, and check that nobody has changed it
#[derive(Subcommand)]
#[command(after_help = EXAMPLES, disable_help_subcommand = true)]
pub(super) enum Audit {
    /// List lines, the newest first
    List(list::List),
    /// Print all lines that match, the newest first, as CSV or as JSON lines; this is recorded, too
    Export(export::Export),
    /// Check that no line was changed, removed or added after it was sealed
    Verify(verify::Verify),
}

impl Audit {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(&common.existing_database()?.1),
            Self::Export(export) => export.run(&common.existing_database()?.1),
            Self::Verify(verify) => verify.run(common),
        }
    }
}
