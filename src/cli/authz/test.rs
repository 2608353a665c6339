//! `lanyard authz test`.

use std::path::PathBuf;

use clap::Args;

use super::{UNUSABLE, read, rules};
use crate::access::rules_test_table::Case;
use crate::cli::output::{Failure, say};
use crate::config::Config;

const TABLE: &str = "\
The table is TOML, a [[request]] for each request:

  [[request]]
  method = \"POST\"
  url = \"https://api.example.com/api/v1/campaigns\"
  kind = \"api_key\"            # of the credential; left out: none. operator, session, access_token, company
  scopes = [\"write\"]          # what it may do
  role = \"marketing\"
  environment = \"live\"        # or test
  organization = 7            # default 1
  audience = [\"https://…\"]    # of an access token
  expired = false
  signed = false
  status = 200                # what is expected
  rule = \"campaigns\"          # may be left out
  error = \"forbidden\"         # the code; may be left out";

#[derive(Args)]
#[command(after_help = TABLE)]
pub(in crate::cli) struct Test {
    /// The table of requests (TOML)
    #[arg(value_name = "TABLE")]
    table: PathBuf,
}

impl Test {
    pub(super) fn run(&self, config: &Config) -> Result<(), Failure> {
        let file = rules(config)?;
        let path = self.table.display();
        let cases = Case::read_all(&read(&self.table)?)
            .map_err(|faults| Failure::new(format_args!("{path}: {faults}")).code(UNUSABLE))?;
        let rules = file.rules();
        let mut failed = 0;
        for case in &cases {
            if let Some(difference) = case.differs(&case.run(&rules, config.http.require_tls)) {
                failed += 1;
                let Case {
                    line, method, url, ..
                } = case;
                say(format_args!("{path}:{line}: {method} {url}: {difference}"))?;
            }
        }
        say(format_args!("{} requests, {failed} differ", cases.len()))?;
        if failed == 0 {
            Ok(())
        } else {
            Err(Failure::silent(1))
        }
    }
}
