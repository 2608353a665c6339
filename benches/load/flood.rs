//! A flood runs in a process of its own: this program, started again in the scheduling class
//! `SCHED_IDLE`, where it gets only what the other processes leave. In production a flood comes
//! from other machines, so the work of its clients must not count as latency of the service. Nor
//! may its threads share a lock with those that measure, an allocator's for instance.
//!
//! The class holds within one session: `kernel.sched_autogroup_enabled` makes sessions take turns,
//! whatever their classes, and PostgreSQL runs in a session of its own. Set it to 0.

mod connections;
mod requests;

use std::env;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Fallible;
use crate::cluster;
use crate::service::Caller;

pub(crate) use connections::STRANGERS;
pub(crate) use requests::{add_endpoint, send_test};

/// The hidden first argument that makes this program a flood.
pub(crate) const COMMAND: &str = "--flood";

/// What is sent, until the flood is stopped.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Flood {
    /// 32 clients send lists of 1 000 operators.
    Synchronize(Caller),
    /// 64 clients send lists of 1 000 tokens to be validated, each with a wrong signature.
    ForgedLists { caller: Caller, token: String },
    /// 64 clients guess passwords.
    Logins,
    /// 200 connections send a part of a large body and wait.
    Bodies,
    /// A few messages per second to each webhook of these organizations.
    Messages(Vec<Caller>),
    /// 200 clients from 30 addresses send these bytes, wait for the end, and pause for a second.
    Strangers(String),
}

#[derive(Serialize, Deserialize)]
struct Order {
    address: SocketAddr,
    flood: Flood,
}

/// A flood that is running. It ends when it is stopped or dropped.
#[derive(Debug)]
pub(crate) struct Running(Child);

impl Flood {
    /// Starts the flood of the server at `address`.
    pub(crate) fn start(&self, address: SocketAddr) -> Fallible<Running> {
        let program = env::current_exe()?;
        let mut command = if let Some(chrt) = cluster::program("chrt") {
            let mut command = Command::new(chrt);
            command.args(["--idle", "0"]).arg(program);
            command
        } else {
            let mut command = Command::new("nice");
            command.args(["-n", "19"]).arg(program);
            command
        };
        let mut child = command.arg(COMMAND).stdin(Stdio::piped()).spawn()?;
        let order = serde_json::to_string(&Order {
            address,
            flood: self.clone(),
        })?;
        // The flood ends with this pipe, so it cannot outlive the bench.
        let pipe = child.stdin.as_mut().ok_or("no pipe")?;
        writeln!(pipe, "{order}")?;
        Ok(Running(child))
    }

    /// Measures something while the flood runs. `gathering` is the time until it has its full
    /// strength.
    pub(crate) fn during<T>(
        &self,
        address: SocketAddr,
        gathering: Duration,
        measure: impl FnOnce() -> Fallible<T>,
    ) -> Fallible<T> {
        let running = self.start(address)?;
        thread::sleep(gathering);
        let measured = measure();
        running.stop()?;
        measured
    }

    fn send(&self, address: SocketAddr, over: &AtomicBool) -> Fallible<()> {
        match self {
            Self::Synchronize(caller) => requests::synchronize(address, caller, over),
            Self::ForgedLists { caller, token } => {
                requests::forged_lists(address, caller, token, over)
            }
            Self::Logins => requests::logins(address, over),
            Self::Bodies => connections::bodies(address, over),
            Self::Messages(owners) => requests::messages(address, owners, over),
            Self::Strangers(bytes) => connections::strangers(address, bytes.as_bytes(), over),
        }
    }
}

impl Running {
    /// Ends the flood. Returns an error if it has failed.
    pub(crate) fn stop(mut self) -> Fallible<()> {
        drop(self.0.stdin.take());
        let status = self.0.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("the flood failed: {status}").into())
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// Runs as a flood until standard input ends.
pub(crate) fn serve() -> Fallible<()> {
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    let Order { address, flood } = serde_json::from_str(&line)?;
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            // The pipe carries nothing more.
            let _ = io::stdin().read_to_end(&mut Vec::new());
            over.store(true, Ordering::Relaxed);
        });
        flood.send(address, &over)
    })
}
