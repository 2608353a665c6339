//! `lanyard audit export`.

use std::io::{self, Write};

use clap::Args;

use super::filters::Filters;
use crate::audit::Origin;
use crate::audit::export::{CHUNK, Format, note};
use crate::base::Clock;
use crate::cli::output::Failure;
use crate::db::Db;

#[derive(Args)]
pub(in crate::cli) struct Export {
    #[command(flatten)]
    filters: Filters,
    /// csv, for spreadsheets, or jsonl, a JSON object on each line
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    format: Format,
}

fn format(word: &str) -> Result<Format, String> {
    word.parse()
        .map_err(|_| "it must be csv or jsonl".to_owned())
}

impl Export {
    pub(super) fn run(&self, db: &Db) -> Result<(), Failure> {
        self.filters.check(db)?;
        // Recorded first: an export that is stopped halfway has also left the service.
        let (names, now) = (self.filters.names(), Clock::System.now());
        let what = (self.format, names.as_slice());
        let (organization, origin) = (self.filters.organization, Origin::command_line());
        db.write_blocking(|conn| note(conn, organization, what, &origin, now))?;
        let mut out = io::stdout().lock();
        out.write_all(&self.format.head())?;
        self.filters.read(db, CHUNK, |lines| {
            out.write_all(&self.format.lines(lines))?;
            Ok(true)
        })?;
        Ok(out.flush()?)
    }
}
