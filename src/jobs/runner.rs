//! Runs the jobs that are due.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::pace::Record;
use super::{Job, store};
use crate::app::App;
use crate::base::{Timestamp, clock};
use crate::db::{Error, Result};
use crate::duty::Term;

/// Runs are recorded in the database only for intervals of at least this. A job with a shorter
/// interval is due at every takeover anyway, so its record is not worth a write at each run.
const NOTED: Duration = Duration::from_mins(1);

/// Runs the jobs of one list.
pub struct Runner {
    app: Arc<App>,
    jobs: &'static [Job],
    records: HashMap<String, Record>,
    duty: Standing,
}

/// Whether the jobs need the duty, and the term in which `records` were read.
enum Standing {
    Unneeded,
    Needed(Option<Term>),
}

impl Runner {
    /// Returns a runner for jobs that every node runs for itself.
    #[must_use]
    pub fn local(app: Arc<App>, jobs: &'static [Job]) -> Self {
        Self::new(app, jobs, Standing::Unneeded)
    }

    /// Returns a runner for jobs that only the node on duty runs.
    #[must_use]
    pub fn service(app: Arc<App>, jobs: &'static [Job]) -> Self {
        Self::new(app, jobs, Standing::Needed(None))
    }

    fn new(app: Arc<App>, jobs: &'static [Job], duty: Standing) -> Self {
        Self {
            app,
            jobs,
            records: HashMap::new(),
            duty,
        }
    }

    /// Runs every job that is due, if this node may run them. A failing job does not stop the
    /// others.
    pub fn step(&mut self) {
        for job in self.jobs {
            match self.attend() {
                Ok(true) => {}
                Ok(false) => return,
                Err(why) => {
                    tracing::debug!(%why, "which node is on duty cannot be read");
                    return;
                }
            }
            let now = self.app.clock.now();
            let record = self.records.get(job.name).copied().unwrap_or_default();
            if record.is_due(job.every, now) {
                self.run(job, record, now);
            }
        }
    }

    /// Returns whether this node may run the jobs now.
    fn attend(&mut self) -> Result<bool> {
        let Standing::Needed(known) = &mut self.duty else {
            return Ok(true);
        };
        let term = self.app.nodes.duty.attend(&self.app.db)?;
        if term.is_some() && term != *known {
            self.records = self.app.db.read_blocking(store::load)?;
        }
        *known = term;
        Ok(term.is_some())
    }

    fn run(&mut self, job: &Job, mut record: Record, now: Timestamp) {
        let name = job.name;
        let began = clock::boot_time();
        let outcome = catch_unwind(AssertUnwindSafe(|| (job.run)(&self.app, now)))
            .unwrap_or_else(|_| Err(Error::Internal("the job panicked".to_owned())));
        let took = clock::boot_time().saturating_sub(began);
        self.app
            .metrics
            .jobs
            .ran(name, took, outcome.as_ref().ok().copied(), now);
        match outcome {
            Ok(0) => record.done(now),
            Ok(done) => {
                tracing::debug!(job = name, done, "job done");
                record.done(now);
            }
            Err(why) => {
                record.failed(now);
                let failures = record.failures;
                tracing::warn!(job = name, failures, %why, "job failed; it will be tried again");
            }
        }
        self.records.insert(name.to_owned(), record);
        if let Standing::Needed(_) = self.duty
            && job.every >= NOTED
            && let Err(why) = self
                .app
                .nodes
                .duty
                .write(&self.app.db, |conn| store::save(conn, name, &record))
        {
            tracing::warn!(job = name, %why, "the result of the job cannot be stored; the next node may run the job again");
        }
    }

    /// Gives up the duty, if this node has it.
    pub fn leave(&self) {
        if let Standing::Needed(_) = self.duty
            && let Err(why) = self.app.nodes.duty.leave(&self.app.db)
        {
            tracing::warn!(%why, "the duty could not be given up; another node takes over later");
        }
    }
}
