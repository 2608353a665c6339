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
        let mut out = io::stdout().lock();
        let mut has_head = false;
        let mut begin = |out: &mut io::StdoutLock<'_>| -> Result<(), Failure> {
            if !has_head {
                has_head = true;
                out.write_all(&self.format.head())?;
            }
            Ok(())
        };
        self.filters.read(db, CHUNK, |lines| {
            begin(&mut out)?;
            out.write_all(&self.format.lines(lines))?;
            Ok(true)
        })?;
        begin(&mut out)?;
        out.flush()?;
        // The export has what was there before it.
        let (names, now) = (self.filters.names(), Clock::System.now());
        let what = (self.format, names.as_slice());
        Ok(db.write_blocking(|conn| {
            note(
                conn,
                self.filters.organization,
                what,
                &Origin::command_line(),
                now,
            )
        })?)
    }
}
