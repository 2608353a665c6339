//! The output of commands: results on standard output, failures on standard error.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde::Serialize;

use crate::app::StartError;
use crate::db;

/// Why a command failed, for its user, and the exit code.
#[derive(Debug)]
pub(super) struct Failure {
    text: Option<String>,
    code: u8,
}

/// How long printing a failure may take.
const PRINT_WITHIN: Duration = Duration::from_secs(1);

impl Failure {
    pub(super) fn new(text: impl Display) -> Self {
        Self {
            text: Some(text.to_string()),
            code: 1,
        }
    }

    /// A failure that prints nothing: its reason was printed already, or the reader of the output
    /// has gone.
    pub(super) fn silent(code: u8) -> Self {
        Self { text: None, code }
    }

    /// Returns the failure with another exit code, unless it is silent.
    pub(super) fn or_code(self, code: u8) -> Self {
        match self.text {
            Some(_) => Self { code, ..self },
            None => self,
        }
    }

    /// Returns the failure with another exit code.
    pub(super) fn code(self, code: u8) -> Self {
        Self { code, ..self }
    }

    /// Prints the failure, each line with a prefix.
    pub(super) fn print(&self) -> ExitCode {
        let mut lines = String::new();
        for line in self.text.iter().flat_map(|text| text.trim_end().lines()) {
            lines.extend(["lanyard: ", line.trim(), "\n"]);
        }
        // On its own thread, so that a reader that reads nothing cannot block the end of the
        // program.
        let (done, end) = mpsc::channel();
        let printing = thread::Builder::new().spawn(move || {
            // If standard error is closed, the failure cannot be reported.
            let _ = io::stderr().write_all(lines.as_bytes());
            let _ = done.send(());
        });
        if printing.is_ok() {
            let _ = end.recv_timeout(PRINT_WITHIN);
        }
        ExitCode::from(self.code)
    }
}

impl From<StartError> for Failure {
    fn from(error: StartError) -> Self {
        Self::new(error)
    }
}

impl From<db::Error> for Failure {
    fn from(error: db::Error) -> Self {
        Self::new(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        // Normal for `lanyard operator list | head`: the reader closed the pipe.
        match error.kind() {
            ErrorKind::BrokenPipe => Self::silent(1),
            _ => Self::new(error),
        }
    }
}

/// Prints a line.
pub(super) fn say(text: impl Display) -> Result<(), Failure> {
    writeln!(io::stdout(), "{text}").map_err(Failure::from)
}

/// Prints bytes as they are, without a line end of their own.
pub(super) fn say_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    Ok(out.flush()?)
}

/// Prints a value as one line of JSON.
pub(super) fn say_json(value: &impl Serialize) -> Result<(), Failure> {
    say(serde_json::to_string(value).map_err(Failure::new)?)
}

/// Prints rows under a header. Each column is as wide as its longest cell.
pub(super) fn say_table<const N: usize>(
    header: [&str; N],
    rows: &[[String; N]],
) -> Result<(), Failure> {
    let mut widths = header.map(|cell| cell.chars().count());
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut out = io::stdout().lock();
    for row in
        std::iter::once(header).chain(rows.iter().map(|row| row.each_ref().map(String::as_str)))
    {
        let line: Vec<_> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        writeln!(out, "{}", line.join("  ").trim_end())?;
    }
    Ok(())
}
