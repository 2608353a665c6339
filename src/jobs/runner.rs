//! Runs the jobs that are due.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::Job;
use crate::app::App;
use crate::base::{Timestamp, clock};
use crate::db::{Error, Result};
use crate::duty::Term;
use crate::schedule::{self, NOTED, Record};

/// How often the node on duty looks whether somebody wants a job to run at once.
const LOOK: Duration = Duration::from_secs(5);

/// Runs the jobs of one list.
pub struct Runner {
    app: Arc<App>,
    jobs: &'static [Job],
    records: HashMap<String, Record>,
    duty: Standing,
    /// The jobs that are to run at once, with the time of each request.
    wanted: HashMap<String, Timestamp>,
    /// When the node last looked for them, on its monotonic clock.
    looked: Option<Duration>,
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
            wanted: HashMap::new(),
            looked: None,
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
            self.look();
            let now = self.app.clock.now();
            let record = self.records.get(job.name).copied().unwrap_or_default();
            if self.wanted.contains_key(job.name) || record.is_due(job.every, now) {
                self.run(job, record, now);
            }
        }
    }

    /// Looks which jobs are to run at once, if that is due. Jobs that every node runs for itself never
    /// are.
    fn look(&mut self) {
        let elapsed = self.app.clock.elapsed();
        let is_due = |looked: Duration| elapsed.saturating_sub(looked) >= LOOK;
        if matches!(self.duty, Standing::Unneeded) || !self.looked.is_none_or(is_due) {
            return;
        }
        self.looked = Some(elapsed);
        match self.app.db.read_blocking(schedule::wanted) {
            Ok(wanted) => self.wanted = wanted.into_iter().collect(),
            Err(why) => tracing::debug!(%why, "which jobs are to run at once cannot be read"),
        }
    }

    /// Returns whether this node may run the jobs now.
    fn attend(&mut self) -> Result<bool> {
        let Standing::Needed(known) = &mut self.duty else {
            return Ok(true);
        };
        let term = self.app.nodes.duty.attend(&self.app.db)?;
        if term.is_some() && term != *known {
            self.records = self.app.db.read_blocking(schedule::load)?;
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
        let wanted = self.wanted.remove(name);
        let noted = Some(&record).filter(|_| job.every >= NOTED);
        let save = |conn: &mut _| schedule::save(conn, name, noted, wanted);
        if let Standing::Needed(_) = self.duty
            && (noted.is_some() || wanted.is_some())
            && let Err(why) = self.app.nodes.duty.write(&self.app.db, save)
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
