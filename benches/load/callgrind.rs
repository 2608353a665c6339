//! Counts the instructions that a server executes for a request, with valgrind's callgrind. Unlike
//! times, the count is the same on a busy machine.
//!
//! Counted is the thread that serves the connection, in user space. `memset` is left out: actix
//! clears buffers with it in every server, and valgrind counts each byte of that.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Fallible;
use crate::http::Connection;
use crate::lab::Skipped;
use crate::process::Server;

/// The requests before the count begins, and those that are counted. In the first, each of the
/// bodies in turn occurs at least once.
const WARM_UP: usize = 500;
const COUNTED: usize = 2_000;

/// What is not counted, by a part of the function's name.
const NOT_COUNTED: &str = "memset";

/// Where callgrind writes what it counted, in one folder for each server.
pub(crate) struct Callgrind(PathBuf);

impl Callgrind {
    /// Returns an error that skips the row if valgrind is not installed.
    pub(crate) fn new(folder: &Path, name: &str) -> Fallible<Self> {
        if Command::new("callgrind_control")
            .arg("--version")
            .output()
            .is_err()
        {
            return Err(Skipped("valgrind is not installed".into()).into());
        }
        let folder = folder.join(name);
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    /// Returns the command that runs the same program under valgrind.
    pub(crate) fn wrap(&self, command: &Command) -> Command {
        let mut wrapped = Command::new("valgrind");
        wrapped
            .args([
                "--quiet",
                "--tool=callgrind",
                "--instr-atstart=no",
                "--separate-threads=yes",
            ])
            .arg(format!(
                "--callgrind-out-file={}",
                self.0.join("out").display()
            ))
            .arg(command.get_program())
            .args(command.get_args());
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                wrapped.env(name, value);
            }
        }
        if let Some(folder) = command.get_current_dir() {
            wrapped.current_dir(folder);
        }
        wrapped
    }

    /// Returns the instructions of a request, on average. The server gets the requests in turn, on
    /// one connection.
    pub(crate) fn count(&self, server: Server, requests: &[String]) -> Fallible<f64> {
        let mut connection = Connection::open(server.address)?;
        let mut ask = |count: usize| -> Fallible<()> {
            for request in requests.iter().cycle().take(count) {
                connection.call(request)?.ok()?;
            }
            Ok(())
        };
        ask(WARM_UP.max(requests.len() * 2))?;
        control(&server, "on")?;
        ask(COUNTED)?;
        control(&server, "off")?;
        // What was counted is written when the server ends.
        drop(server);
        let mut most = 0;
        for file in fs::read_dir(&self.0)? {
            most = most.max(instructions(&fs::read_to_string(file?.path())?)?);
        }
        Ok(most as f64 / COUNTED as f64)
    }
}

fn control(server: &Server, state: &str) -> Fallible<()> {
    let pid = server.id().to_string();
    let output = Command::new("callgrind_control")
        .args(["-i", state, &pid])
        .output()?;
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into())
    }
}

/// Returns what the functions of one file executed themselves ("Callgrind Format Specification" of
/// valgrind's manual).
fn instructions(text: &str) -> Fallible<u64> {
    let mut names: HashMap<&str, bool> = HashMap::new();
    let (mut counts, mut inclusive, mut sum) = (true, false, 0);
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("fn=") {
            // `(12) name` the first time, and then `(12)`.
            let (id, name) = name.split_once(' ').unwrap_or((name, ""));
            let known = names.get(id).copied();
            counts = known.unwrap_or_else(|| !name.contains(NOT_COUNTED));
            names.insert(id, counts);
        } else if let Some(name) = line.strip_prefix("cfn=") {
            let (id, name) = name.split_once(' ').unwrap_or((name, ""));
            names
                .entry(id)
                .or_insert_with(|| !name.contains(NOT_COUNTED));
        } else if line.starts_with("calls=") {
            // The next line is the cost of what was called.
            inclusive = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            if counts && !inclusive {
                let cost = line.split(' ').next_back().unwrap_or_default();
                sum += cost.parse::<u64>()?;
            }
            inclusive = false;
        }
    }
    Ok(sum)
}
