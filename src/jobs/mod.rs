//! What the clock runs: each job at its pace, on one thread.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::app::App;
use crate::base::Timestamp;
use crate::{audit, company, db, keys, ledger};

/// A job.
struct Job {
    name: &'static str,
    every: Duration,
    run: fn(&App, Timestamp) -> db::Result<usize>,
}

const JOBS: [Job; 8] = [
    Job {
        name: "tell failed logins",
        every: Duration::from_secs(15),
        run: |app, now| audit::job::tell_failed_logins(&app.db, &app.failed_logins, now, false),
    },
    Job {
        name: "tidy the throttle",
        every: Duration::from_mins(1),
        run: |app, _| {
            app.throttle.tidy();
            Ok(0)
        },
    },
    Job {
        name: "forget revocations",
        every: Duration::from_mins(5),
        run: |app, now| Ok(app.feed.index().purge(now)),
    },
    Job {
        name: "rotate signing keys",
        every: Duration::from_mins(1),
        run: |app, now| keys::job::follow_schedule(&app.db, &app.keys, app.feed.index(), now),
    },
    Job {
        name: "write down last uses",
        every: Duration::from_mins(1),
        run: |app, _| ledger::job::write_uses(&app.db, &app.uses),
    },
    Job {
        name: "look after company tokens",
        every: Duration::from_mins(5),
        run: |app, now| {
            let defaults = &app.settings.company_tokens;
            company::job::attend(&app.db, &app.feed, defaults, now)
        },
    },
    Job {
        name: "purge the ledger",
        every: Duration::from_mins(10),
        run: |app, now| ledger::job::purge(&app.db, app.settings.retention.ledger, now),
    },
    Job {
        name: "purge the audit log",
        every: Duration::from_hours(1),
        run: |app, now| audit::job::purge(&app.db, app.settings.retention.audit, now),
    },
];

/// The hand that stops the thread.
#[derive(Default)]
pub struct Stop(Mutex<bool>, Condvar);

impl Stop {
    /// Stops it after the job at hand.
    pub fn stop(&self) {
        *self.0.lock() = true;
        self.1.notify_all();
    }
}

/// Runs every job whose time has come, once.
pub fn run_due(app: &App, last: &mut [Timestamp], now: Timestamp) {
    for (job, last) in JOBS.iter().zip(last) {
        if last.plus(job.every) > now {
            continue;
        }
        *last = now;
        match (job.run)(app, now) {
            Ok(0) => {}
            Ok(done) => tracing::debug!(job = job.name, done, "job done"),
            Err(why) => tracing::warn!(job = job.name, %why, "job failed; it will be tried again"),
        }
    }
}

/// Runs the jobs until told to stop.
///
/// # Errors
/// When no thread can be started.
pub fn start(app: Arc<App>, stop: Arc<Stop>) -> std::io::Result<std::thread::JoinHandle<()>> {
    std::thread::Builder::new()
        .name("jobs".to_owned())
        .spawn(move || {
            let mut last = [app.clock.now(); JOBS.len()];
            loop {
                {
                    let mut stopped = stop.0.lock();
                    if !*stopped {
                        stop.1.wait_for(&mut stopped, Duration::from_secs(5));
                    }
                    if *stopped {
                        return;
                    }
                }
                run_due(&app, &mut last, app.clock.now());
            }
        })
}
