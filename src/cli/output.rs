//! What commands print: results to standard output, failures to standard error.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde::Serialize;

use crate::app::StartError;
use crate::db;

/// Why a command failed, for the person who typed it, and the code it ends with.
#[derive(Debug)]
pub(super) struct Failure {
    text: Option<String>,
    code: u8,
}

/// How long a failure may take to be printed.
const TOLD_WITHIN: Duration = Duration::from_secs(1);

impl Failure {
    pub(super) fn new(text: impl Display) -> Self {
        Self {
            text: Some(text.to_string()),
            code: 1,
        }
    }

    /// A failure whose reason was printed already, or that nobody is left to hear of.
    pub(super) fn silent(code: u8) -> Self {
        Self { text: None, code }
    }

    /// The same with another code, if there is something to tell.
    pub(super) fn or_code(self, code: u8) -> Self {
        match self.text {
            Some(_) => Self { code, ..self },
            None => self,
        }
    }

    /// The same with another code.
    pub(super) fn code(self, code: u8) -> Self {
        Self { code, ..self }
    }

    /// Tells it, in one line or one line each.
    pub(super) fn tell(&self) -> ExitCode {
        let mut lines = String::new();
        for line in self.text.iter().flat_map(|text| text.trim_end().lines()) {
            lines.extend(["lanyard: ", line.trim(), "\n"]);
        }
        // On a thread of its own: a reader that reads nothing must not keep the program from ending.
        let (done, end) = mpsc::channel();
        let telling = thread::Builder::new().spawn(move || {
            // Nobody is left to tell when standard error is gone.
            let _ = io::stderr().write_all(lines.as_bytes());
            let _ = done.send(());
        });
        if telling.is_ok() {
            let _ = end.recv_timeout(TOLD_WITHIN);
        }
        ExitCode::from(self.code)
    }
}

impl From<StartError> for Failure {
    fn from(fault: StartError) -> Self {
        Self::new(fault)
    }
}

impl From<db::Error> for Failure {
    fn from(error: db::Error) -> Self {
        Self::new(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        // `lanyard operator list | head` has seen enough.
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

/// Prints a value as one line of JSON.
pub(super) fn say_json(value: &impl Serialize) -> Result<(), Failure> {
    say(serde_json::to_string(value).map_err(Failure::new)?)
}

/// Prints rows under a header, the columns as wide as what is in them.
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
