//! The metrics of jobs.

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::base::Timestamp;

/// The labels of a job.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobLabels {
    job: &'static str,
}

/// The metrics of each job.
#[derive(Default)]
pub struct JobMetrics {
    runs: Family<JobLabels, Counter>,
    failures: Family<JobLabels, Counter>,
    seconds: Family<JobLabels, Counter<f64, AtomicU64>>,
    done: Family<JobLabels, Counter>,
    last_success: Family<JobLabels, Gauge>,
    pub(super) on_duty: Gauge,
}

impl JobMetrics {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        registry.register(
            "job_runs",
            "Runs of a job on this node",
            metrics.runs.clone(),
        );
        registry.register(
            "job_failures",
            "Runs of a job on this node that failed",
            metrics.failures.clone(),
        );
        registry.register_with_unit(
            "job_run",
            "Time spent in a job",
            Unit::Seconds,
            metrics.seconds.clone(),
        );
        registry.register(
            "job_done",
            "Items that a job processed, such as rows purged",
            metrics.done.clone(),
        );
        registry.register_with_unit(
            "job_last_success",
            "When a job was last done on this node",
            Unit::Seconds,
            metrics.last_success.clone(),
        );
        registry.register(
            "on_duty",
            "Whether this node does what is done once for all nodes",
            metrics.on_duty.clone(),
        );
        metrics
    }

    /// Counts a run that started at `now`. `done` is the number of items it processed, `None` if it
    /// failed.
    pub fn ran(&self, job: &'static str, took: Duration, done: Option<usize>, now: Timestamp) {
        let job = JobLabels { job };
        self.runs.get_or_create(&job).inc();
        self.seconds.get_or_create(&job).inc_by(took.as_secs_f64());
        let failures = self.failures.get_or_create(&job);
        if let Some(done) = done {
            let done = u64::try_from(done).unwrap_or(u64::MAX);
            self.done.get_or_create(&job).inc_by(done);
            self.last_success.get_or_create(&job).set(now.as_seconds());
        } else {
            failures.inc();
        }
    }
}
