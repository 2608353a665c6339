//! What the clock runs: jobs of this node, and jobs that one node at a time runs for all of them.
//!
//! A job is a plain function of the service and the time. It may be run twice, broken off anywhere, and be run late by a node
//! that is no longer on duty: what could do harm then is written through [`Duty::write`](crate::duty::Duty::write), which commits
//! nothing of the late one.

mod list;
mod pace;
mod runner;
mod store;

pub use list::{LOCAL, SERVICE};
pub use runner::Runner;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::app::App;
use crate::base::Timestamp;
use crate::db;

/// A job.
#[derive(Debug, Clone, Copy)]
pub struct Job {
    /// Its name, in the log, the metrics and the database.
    pub name: &'static str,
    /// How long after it was begun it is due again.
    pub every: Duration,
    /// What it does; how much of it there was to do.
    pub run: fn(&App, Timestamp) -> db::Result<usize>,
}

/// How often is looked whether a job is due.
const TICK: Duration = Duration::from_secs(1);

/// The hand that stops the threads.
#[derive(Default)]
pub struct Stop(Mutex<bool>, Condvar);

impl Stop {
    /// Stops them after the job at hand.
    pub fn stop(&self) {
        *self.0.lock() = true;
        self.1.notify_all();
    }

    /// Waits for a tick; whether it is to go on.
    fn tick(&self) -> bool {
        let mut stopped = self.0.lock();
        if !*stopped {
            self.1.wait_for(&mut stopped, TICK);
        }
        !*stopped
    }
}

/// Runs the jobs until told to stop: those of this node on one thread, those for all nodes on another, so that a long purge keeps
/// none of the former waiting.
///
/// # Errors
/// When no thread can be started.
pub fn start(app: &Arc<App>, stop: &Arc<Stop>) -> std::io::Result<Vec<JoinHandle<()>>> {
    let local = Runner::local(Arc::clone(app), LOCAL);
    let service = Runner::service(Arc::clone(app), SERVICE);
    [("jobs", local), ("duty", service)]
        .map(|(name, mut runner)| {
            let stop = Arc::clone(stop);
            std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(move || {
                    while stop.tick() {
                        runner.step();
                    }
                    runner.leave();
                })
        })
        .into_iter()
        .collect()
}
