//! `lanyard token …`.

mod check;
mod claims;
mod reading;
mod report;

use std::io::Read;

use clap::{Args, Subcommand};

use super::Common;
use super::output::{Failure, say, say_json};
use crate::base::Clock;
use check::{Database, Unchecked};
use reading::Reading;
use report::{Report, Verdict};

const EXAMPLES: &str = "\
Exits with 0 when the token is valid, 1 when it would be refused, 2 when that cannot be told. The signature is checked \
with the keys in the database, revocation by its feed, the end by this machine's clock; nothing is changed. The token \
itself is never printed. Quotes around it and a leading \"Bearer\" are left out.

Examples:
  lanyard token inspect - < token.txt
  lanyard token inspect \"$OPERATOR_TOKEN\" --json
  lanyard token inspect --offline -        (what its text alone tells)";

/// Look at a token: what it is, why it would be refused
#[derive(Subcommand)]
#[command(disable_help_subcommand = true)]
pub(super) enum Token {
    /// Say what a token is and whether it would be refused, and why
    Inspect(Inspect),
}

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Inspect {
    /// The token; - for standard input, where no other user of the machine sees it
    token: String,
    /// Do not ask the database: neither signature nor revocation is checked
    #[arg(long)]
    offline: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// The code for what cannot be told.
const UNKNOWN: u8 = 2;

/// The most read from standard input (bytes): enough to say that it is too long.
const MOST_READ: u64 = 1 << 20;

impl Token {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let Self::Inspect(inspect) = self;
        inspect
            .run(common)
            .map_err(|(failure, code)| failure.code(code))
    }
}

impl Inspect {
    fn run(&self, common: &Common) -> Result<(), (Failure, u8)> {
        let unknown = |failure: Failure| (failure, UNKNOWN);
        let text = self.text().map_err(unknown)?;
        let text = bare(&text);
        let config = common.load().map_err(unknown)?;
        let now = Clock::System.now();
        let mut reading = Reading::of(text, &config.tokens.issuer, now);
        let unchecked = if self.offline {
            vec![
                Unchecked::new("signature", "--offline"),
                Unchecked::new("revocation", "--offline"),
            ]
        } else {
            Database::of(&config).check(text, &config, &mut reading)
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

    fn text(&self) -> Result<String, Failure> {
        if self.token != "-" {
            return Ok(self.token.clone());
        }
        let mut bytes = Vec::new();
        std::io::stdin()
            .take(MOST_READ)
            .read_to_end(&mut bytes)
            .map_err(|why| Failure::new(format_args!("cannot read standard input: {why}")))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The token within what copying leaves around it: white space, the quotes of a JSON string, `Bearer`.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let text = text
        .split_once(' ')
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map_or(text, |(_, token)| token.trim());
    text.strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::bare;

    #[test]
    fn what_copying_leaves_around_a_token_is_left_out() {
        for text in [
            "a.b.c",
            " a.b.c\n",
            "\"a.b.c\"\n",
            "Bearer a.b.c",
            "bearer  \"a.b.c\"",
        ] {
            assert_eq!(bare(text), "a.b.c");
        }
        assert_eq!(bare("\""), "\"");
        assert_eq!(bare("a b"), "a b");
    }
}
