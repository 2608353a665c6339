//! The load bench: it compares the real `lanyard` server with a bare actix-web server (the
//! baseline) in one run, so the result is a ratio and not a property of the machine.
//!
//! `cargo bench --bench load -- [names] [--rounds N] [--seconds S] [--json FILE] [--quick]`
//!
//! A name selects the rows whose names contain it; without names all rows run. `wrk` generates the
//! load if it is installed, and otherwise a small generator of our own.

// A bench measures real time and prints its results; its counts are far below the size at which an
// f64 loses digits.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss
)]

mod arguments;
mod baseline;
mod callgrind;
#[path = "../../tests/support/http/mod.rs"]
mod client;
#[path = "../../tests/support/cluster/mod.rs"]
mod cluster;
mod feed;
mod flood;
mod generator;
mod grants;
mod http;
mod keys;
mod lab;
mod ledger;
mod oauth;
mod oidc_provider;
mod paced;
mod pgbench;
mod process;
mod report;
mod rows;
mod service;
mod statistics;
mod threads;
mod tokens;
mod wrk;

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use arguments::Arguments;
use lab::Lab;

type Fallible<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let mut given: Vec<String> = std::env::args().skip(1).collect();
    if given
        .first()
        .is_some_and(|first| first == baseline::COMMAND)
    {
        return outcome(baseline::serve(&given));
    }
    if given.first().is_some_and(|first| first == flood::COMMAND) {
        return outcome(flood::serve());
    }
    // Cargo passes `--bench` for `cargo bench`, and nothing for `cargo test --benches`, which must
    // not measure.
    if !given.iter().any(|argument| argument == "--bench") {
        println!("load: nothing to test here; run `cargo bench --bench load`");
        return ExitCode::SUCCESS;
    }
    given.retain(|argument| argument != "--bench");
    outcome(Arguments::parse(given).and_then(run))
}

fn run(arguments: Arguments) -> Fallible<()> {
    let lab = Lab::new(arguments)?;
    let chosen: Vec<_> = rows::ALL
        .iter()
        .filter(|row| lab.arguments.wants(row.name))
        .collect();
    if chosen.is_empty() {
        let names: Vec<_> = rows::ALL.iter().map(|row| row.name).collect();
        return Err(format!("no row has such a name; there are: {}", names.join(", ")).into());
    }
    let mut report = report::Report::new(&lab);
    for row in chosen {
        eprintln!("· {} …", row.name);
        // If one row panics, the results of the others are kept.
        let result = catch_unwind(AssertUnwindSafe(|| (row.measure)(&lab)));
        report.add(
            row.name,
            result.unwrap_or_else(|_| Err("panicked, see above".into())),
        );
    }
    report.print();
    if let Some(file) = &lab.arguments.json {
        std::fs::write(file, report.json()?)?;
    }
    if report.failed() {
        Err("some rows could not be measured".into())
    } else {
        Ok(())
    }
}

fn outcome(result: Fallible<()>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::FAILURE
        }
    }
}
