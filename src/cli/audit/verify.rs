//! `lanyard audit verify`.

use clap::Args;
use serde::Serialize;

use crate::audit::chain::{Fault, Hash};
use crate::audit::seal::MOST_COUNTED;
use crate::audit::verify::{Finding, Known, Report, What, verify};
use crate::base::Timestamp;
use crate::cli::Common;
use crate::cli::output::{Failure, say, say_json};

/// The exit code if lines were changed.
const CHANGED: u8 = 1;

/// The exit code if that cannot be found out.
const UNKNOWN: u8 = 2;

#[derive(Args)]
pub(in crate::cli) struct Verify {
    /// A hash that was kept elsewhere, with the number of its batch; may be repeated. Only this shows
    /// that the end of the log was cut off
    #[arg(long, value_name = "BATCH:HASH", value_parser = known)]
    known: Vec<Known>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn known(text: &str) -> Result<Known, String> {
    let wrong = || "it must be the number of a batch, a colon, and its hash".to_owned();
    let (batch, hash) = text.split_once(':').ok_or_else(wrong)?;
    let batch = batch.parse().ok().filter(|batch| *batch > 0);
    let hash: Result<Hash, _> = hash.parse();
    Ok((batch.ok_or_else(wrong)?, hash.map_err(|_| wrong())?))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    is_whole: bool,
    batches: u64,
    lines: u64,
    lines_with_erased_texts: u64,
    purged_batch: i64,
    unsealed: i64,
    newest: Option<NewestView>,
    compared_hashes: usize,
    faults: Vec<FaultView>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NewestView {
    batch: i64,
    hash: String,
    sealed_at: Timestamp,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FaultView {
    batch: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<i64>,
    what: String,
}

impl From<&Finding> for FaultView {
    fn from(finding: &Finding) -> Self {
        let line = match finding.fault {
            What::Batch(Fault::Line(line)) | What::Astray(line) => Some(line),
            _ => None,
        };
        Self {
            batch: finding.batch,
            line,
            what: words(finding),
        }
    }
}

/// Says what is wrong.
fn words(finding: &Finding) -> String {
    let batch = finding.batch;
    match finding.fault {
        What::Batch(Fault::Line(line)) => format!(
            "batch {batch}, line {line}: it was changed or added, or a line before it was removed"
        ),
        What::Batch(Fault::Removed) => format!("batch {batch}: lines at its end were removed"),
        What::Batch(Fault::Record) => format!("batch {batch}: its record was changed or removed"),
        What::Astray(line) => format!("line {line}: it names a batch that is not there"),
        What::Unlike => format!("batch {batch}: its hash is not the one that is known"),
        What::Short => format!("batch {batch}: the log ends before it"),
    }
}

impl Verify {
    pub(super) fn run(&self, common: &Common) -> Result<(), Failure> {
        let (_, db) = common
            .existing_database()
            .map_err(|failure| failure.or_code(UNKNOWN))?;
        let report = verify(&db, &self.known).map_err(|why| Failure::new(why).code(UNKNOWN))?;
        if self.json {
            say_json(&view(&report))?;
        } else {
            print(&report, &self.known)?;
        }
        if report.faults.is_empty() {
            Ok(())
        } else {
            Err(Failure::silent(CHANGED))
        }
    }
}

fn view(report: &Report) -> View {
    View {
        is_whole: report.faults.is_empty(),
        batches: report.batches,
        lines: report.lines,
        lines_with_erased_texts: report.erased,
        purged_batch: report.purged,
        unsealed: report.state.unsealed,
        newest: report.state.newest.map(|newest| NewestView {
            batch: newest.batch,
            hash: newest.hash.to_string(),
            sealed_at: newest.sealed_at,
        }),
        compared_hashes: report.compared,
        faults: report.faults.iter().map(FaultView::from).collect(),
    }
}

fn print(report: &Report, known: &[Known]) -> Result<(), Failure> {
    for finding in &report.faults {
        say(words(finding))?;
    }
    let lines = counted(report.lines, "line", "lines");
    let batches = counted(report.batches, "batch", "batches");
    say(match (report.faults.is_empty(), report.lines) {
        (true, 1) => format!("whole: {lines} in {batches} is as it was recorded"),
        (true, _) => format!("whole: {lines} in {batches} are as they were recorded"),
        (false, 1) => format!("NOT WHOLE: {lines} in {batches} was checked"),
        (false, _) => format!("NOT WHOLE: {lines} in {batches} were checked"),
    })?;
    if report.purged > 0 {
        say(format_args!(
            "batches up to {} were purged; the check began after them",
            report.purged
        ))?;
    }
    for (batch, _) in known.iter().filter(|(id, _)| *id <= report.purged) {
        say(format_args!(
            "the known hash of batch {batch} was not compared, since the batch was purged; give a newer one"
        ))?;
    }
    if report.erased > 0 {
        let lines = counted(report.erased, "line", "lines");
        say(format_args!("in {lines} personal texts were erased"))?;
    }
    if let Some(newest) = report.state.newest {
        say(format_args!(
            "newest batch {}, sealed at {}: {}",
            newest.batch, newest.sealed_at, newest.hash
        ))?;
    }
    let unsealed = report.state.unsealed;
    match unsealed {
        0 => Ok(()),
        1 => say("1 line is not sealed yet"),
        MOST_COUNTED => say(format_args!("{unsealed} lines or more are not sealed yet")),
        _ => say(format_args!("{unsealed} lines are not sealed yet")),
    }
}

/// Returns a number with the word for what is counted.
fn counted(number: u64, one: &str, many: &str) -> String {
    let word = if number == 1 { one } else { many };
    format!("{number} {word}")
}
