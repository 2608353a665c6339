//! `lanyard token …`.

mod check;
mod claims;
mod company;
mod explain;
mod named;
mod reading;
mod report;
mod revoke;
mod wording;

use clap::{Args, Subcommand};

use super::Common;
use super::output::{Failure, say, say_json};
use crate::base::Clock;
use crate::token::Issuers;
pub(super) use check::{Database, Unchecked, open, ring};
pub(super) use named::bare;
use named::given;
pub(super) use reading::Reading;
use report::{Report, Verdict};

const EXAMPLES: &str = "\
Exits with 0 if the token is valid, 1 if it would be refused, 2 if that cannot be decided. The \
signature is checked with the keys in the database, revocation with its feed, and expiry with \
this machine's clock; nothing is changed. The token itself is never printed. Quotes around it and \
a leading \"Bearer\" are left out.

Examples:
  lanyard token inspect - < token.txt
  lanyard token inspect \"$OPERATOR_TOKEN\" --json
  lanyard token inspect --offline -        (checks its text alone)";

/// Look at a token: what it is, why it is refused; revoke it
#[derive(Subcommand)]
#[command(disable_help_subcommand = true)]
pub(super) enum Token {
    /// Say what a token is and whether it would be refused, and why
    Inspect(Inspect),
    Explain(explain::Explain),
    Revoke(revoke::Revoke),
    Add(company::Add),
    Rotate(company::Rotate),
    Retire(company::Retire),
    Label(company::SetLabel),
}

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Inspect {
    /// The token; - for standard input, hidden from other users of the machine
    token: String,
    /// Do not read the database: neither the signature nor revocation is checked
    #[arg(long)]
    offline: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The exit code if the token cannot be judged.
const UNKNOWN: u8 = 2;

impl Token {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        match self {
            Self::Inspect(inspect) => inspect
                .run(common)
                .map_err(|(failure, code)| failure.code(code)),
            Self::Explain(explain) => explain.run(common),
            Self::Revoke(revoke) => revoke.run(common),
            Self::Add(add) => add.run(common),
            Self::Rotate(rotate) => rotate.run(common),
            Self::Retire(retire) => retire.run(common),
            Self::Label(label) => label.run(common),
        }
    }
}

impl Inspect {
    fn run(&self, common: &Common) -> Result<(), (Failure, u8)> {
        let unknown = |failure: Failure| (failure, UNKNOWN);
        let text = given(&self.token).map_err(unknown)?;
        let text = bare(&text);
        let config = common.load().map_err(unknown)?;
        let now = Clock::System.now();
        let mut reading = Reading::of(text, &Issuers::of_config(&config), now);
        let unchecked = if self.offline {
            vec![
                Unchecked::new("signature", "--offline"),
                Unchecked::new("revocation", "--offline"),
            ]
        } else {
            Database::of(&config).check(text, &config, &mut reading, now)
        };
        let report = Report::new(&reading, unchecked);
        if self.json {
            say_json(&report).map_err(unknown)?;
        } else {
            say(report.text(now)).map_err(unknown)?;
        }
        match report.verdict() {
            Verdict::Valid => Ok(()),
            Verdict::Refused => Err((Failure::silent(1), 1)),
            Verdict::Unknown => Err((Failure::silent(UNKNOWN), UNKNOWN)),
        }
    }
}
