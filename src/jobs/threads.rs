//! The threads that run the jobs, until they are stopped.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::{LOCAL, Runner, SERVICE};
use crate::app::App;
use crate::base::Timestamp;
use crate::db;

/// A job.
#[derive(Debug, Clone, Copy)]
pub struct Job {
    /// The name in the log, the metrics and the database.
    pub name: &'static str,
    /// The interval between the starts of two runs.
    pub every: Duration,
    /// The job itself. Returns how many items it processed.
    pub run: fn(&App, Timestamp) -> db::Result<usize>,
}

/// How often the runner checks whether a job is due.
const TICK: Duration = Duration::from_secs(1);

/// Stops the job threads.
#[derive(Default)]
pub struct Stop(Mutex<bool>, Condvar);

impl Stop {
    /// Stops the threads after the current job.
    pub fn stop(&self) {
        *self.0.lock() = true;
        self.1.notify_all();
    }

    /// Waits for a tick. Returns whether the thread should go on.
    fn tick(&self) -> bool {
        let mut stopped = self.0.lock();
        if !*stopped {
            self.1.wait_for(&mut stopped, TICK);
        }
        !*stopped
    }
}

/// Runs the jobs until they are stopped: those of this node on one thread, those for all nodes on
/// another, so that a long purge does not delay the former.
///
/// # Errors
/// Returns an error if a thread cannot be started.
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
