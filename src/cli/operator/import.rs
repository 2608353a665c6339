//! `lanyard operator import`.

use std::fs;
use std::io::Read;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::Of;
use crate::audit::{self, Action, Event, Origin};
use crate::base::Timestamp;
use crate::cli::output::{Failure, say, say_json};
use crate::cli::receipt::{ReceiptView, describe};
use crate::db::{Db, Error};
use crate::operator::import::{
    self, Checked, Done, Effect, Encoding, Fault, LARGEST, MOST_AT_ONCE, Outcome, Summary,
};
use crate::operator::{Ids, ManageError};
use crate::organization;
use crate::revocation::{self, Receipt};

#[derive(Args)]
pub(in crate::cli) struct Import {
    #[command(flatten)]
    of: Of,
    /// The table, at most 4 MiB and 20000 lines; - for standard input. Its first line names the columns:
    /// id, externalId, name, email, role, status, in any order. An absent column leaves operators as
    /// they are, an empty cell clears
    file: PathBuf,
    /// Say what the table would do, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Leave out the lines with faults; without this a table with faults changes nothing
    #[arg(long)]
    skip_faults: bool,
    /// The encoding: auto, utf-8, utf-16, gb18030 or windows-1258
    #[arg(long, default_value = "auto")]
    encoding: String,
    /// Print JSON: one line for each line of the table, then one with the sums
    #[arg(long)]
    json: bool,
}

/// What a line would do, or has done.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LineView<'a> {
    line: u64,
    outcome: &'static str,
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    faults: &'a [Fault],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SumView {
    create: usize,
    update: usize,
    deactivate: usize,
    unchanged: usize,
    errors: usize,
    applied: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    revocation: Option<ReceiptView>,
}

impl SumView {
    fn of(summary: Summary, applied: bool, receipt: Option<Receipt>) -> Self {
        Self {
            create: summary.create,
            update: summary.update,
            deactivate: summary.deactivate,
            unchanged: summary.unchanged,
            errors: summary.errors,
            applied,
            revocation: receipt.map(ReceiptView::from),
        }
    }
}

impl Import {
    pub(super) fn run(&self, db: &Db, origin: &Origin, now: Timestamp) -> Result<(), Failure> {
        let organization = self.of.organization;
        let encoding: Encoding = self.encoding.parse().map_err(|_| {
            Failure::new("--encoding must be auto, utf-8, utf-16, gb18030 or windows-1258")
        })?;
        let (table, encoding) = import::read(&self.bytes()?, encoding).map_err(Failure::new)?;
        if !db.read_blocking(|conn| organization::exists(conn, organization))? {
            return Err(Failure::new(ManageError::UnknownOrganization));
        }
        let lines =
            db.read_blocking(|conn| import::check(conn, organization, table.lines.clone()))?;
        let summary = Summary::of(&lines);
        if !self.json {
            say(format_args!("read as {encoding}"))?;
            if !table.unknown.is_empty() {
                let names = table.unknown.join(", ");
                say(format_args!("these columns are left out: {names}"))?;
            }
        }
        let refused = summary.errors > 0 && !self.skip_faults;
        if self.dry_run || refused {
            self.would_do(&lines, summary)?;
            if refused {
                let errors = summary.errors;
                return Err(Failure::new(format_args!(
                    "{errors} lines have faults; correct them, or leave them out with --skip-faults"
                )));
            }
            return Ok(());
        }
        let (done, receipt) = self.apply(db, &lines, origin, now)?;
        self.has_done(&done, receipt)?;
        let refused = done.iter().filter(|one| one.outcome == Outcome::Refused);
        let refused = refused.count();
        if refused == 0 || self.skip_faults {
            return Ok(());
        }
        Err(Failure::new(format_args!(
            "{refused} lines were left out, because their operators were changed at the same time; run the same command again"
        )))
    }

    fn bytes(&self) -> Result<Vec<u8>, Failure> {
        let wrong = |why| Failure::new(format_args!("{}: {why}", self.file.display()));
        let most = u64::try_from(LARGEST).unwrap_or(u64::MAX) + 1;
        let mut bytes = Vec::new();
        if self.file.as_os_str() == "-" {
            std::io::stdin().take(most).read_to_end(&mut bytes)
        } else {
            fs::File::open(&self.file).and_then(|file| file.take(most).read_to_end(&mut bytes))
        }
        .map_err(wrong)?;
        Ok(bytes)
    }

    fn would_do(&self, lines: &[Checked], summary: Summary) -> Result<(), Failure> {
        for checked in lines {
            let (line, none) = (checked.line.number, &[][..]);
            let (outcome, faults) = match &checked.effect {
                Effect::Create => ("create", none),
                Effect::Update {
                    deactivates: true, ..
                } => ("deactivate", none),
                Effect::Update { .. } => ("update", none),
                Effect::Unchanged { .. } => ("unchanged", none),
                Effect::Faulty(faults) => ("fault", &faults[..]),
            };
            if self.json {
                say_json(&LineView {
                    line,
                    outcome,
                    faults,
                })?;
            } else {
                say_faults(line, faults)?;
            }
        }
        if self.json {
            return say_json(&SumView::of(summary, false, None));
        }
        let Summary {
            create,
            update,
            deactivate,
            unchanged,
            errors,
        } = summary;
        say(format_args!(
            "{create} would be added, {update} changed, {deactivate} deactivated, {unchanged} are as the table says, {errors} have faults"
        ))
    }

    /// Applies the lines in transactions of a bounded size. What was applied stays if a later one fails;
    /// the same command then goes on.
    fn apply(
        &self,
        db: &Db,
        lines: &[Checked],
        origin: &Origin,
        now: Timestamp,
    ) -> Result<(Vec<Done>, Option<Receipt>), Failure> {
        let organization = self.of.organization;
        let (mut done, mut last) = (Vec::new(), None);
        for some in lines.chunks(MOST_AT_ONCE) {
            let new = some.iter().filter(|line| line.effect == Effect::Create);
            let ids = Ids::for_new(db, i64::try_from(new.count()).unwrap_or(i64::MAX))?;
            let (outcomes, receipt) = revocation::commit_from_cli(db, |conn| {
                let applied =
                    import::apply(conn, organization, some, origin, now, &ids, &|| false)?;
                Ok::<_, Error>((applied.done, applied.entries))
            })?;
            done.extend(outcomes);
            last = receipt.or(last);
        }
        let detail = format!("{} lines of a table", done.len());
        let event = Event::of(origin, Action::OperatorsImported, now, organization).detail(detail);
        db.write_blocking(|conn| audit::record(conn, &event))?;
        Ok((done, last))
    }

    fn has_done(&self, done: &[Done], receipt: Option<Receipt>) -> Result<(), Failure> {
        let mut summary = Summary::default();
        for one in done {
            match one.outcome {
                Outcome::Created => summary.create += 1,
                Outcome::Updated => summary.update += 1,
                Outcome::Deactivated => summary.deactivate += 1,
                Outcome::Unchanged => summary.unchanged += 1,
                Outcome::Refused => summary.errors += 1,
            }
            if self.json {
                say_json(&LineView {
                    line: one.line,
                    outcome: one.outcome.as_str(),
                    faults: &one.faults,
                })?;
            } else {
                say_faults(one.line, &one.faults)?;
            }
        }
        if self.json {
            return say_json(&SumView::of(summary, true, receipt));
        }
        let Summary {
            create,
            update,
            deactivate,
            unchanged,
            errors,
        } = summary;
        say(format_args!(
            "{create} added, {update} changed, {deactivate} deactivated, {unchanged} were as the table says, {errors} left out"
        ))?;
        if deactivate > 0 {
            say(describe(receipt))?;
        }
        Ok(())
    }
}

fn say_faults(line: u64, faults: &[Fault]) -> Result<(), Failure> {
    for fault in faults {
        let column = fault.column().map_or("", import::Column::as_str);
        let separator = if column.is_empty() { "" } else { ": " };
        say(format_args!(
            "line {line}: {column}{separator}{}",
            fault.text()
        ))?;
    }
    Ok(())
}
