//! What commands print: results to standard output, failures to standard error.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;

use crate::app::StartFault;
use crate::db;

/// Why a command failed, for the person who typed it.
#[derive(Debug)]
pub(super) struct Failure(String);

impl Failure {
    pub(super) fn new(text: impl Display) -> Self {
        Self(text.to_string())
    }

    pub(super) fn tell(&self) {
        // Nobody is left to tell when standard error is gone.
        let _ = writeln!(io::stderr(), "lanyard: {}", self.0.trim_end());
    }
}

impl From<StartFault> for Failure {
    fn from(fault: StartFault) -> Self {
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
        Self::new(error)
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
