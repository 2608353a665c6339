//! The jobs that are done once for all nodes, with their intervals.

use std::time::Duration;

use crate::base::Timestamp;

/// A job that is done once for all nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scheduled {
    /// The name in the log, the metrics and the database.
    pub name: &'static str,
    /// The interval between the starts of two runs.
    pub every: Duration,
}

/// The jobs that are done once for all nodes, in the order in which they run.
pub const SERVICE: &[Scheduled] = &[
    job("count_uptime", Duration::from_mins(1)),
    job("rotate_signing_keys", Duration::from_mins(1)),
    job("attend_company_tokens", Duration::from_mins(5)),
    job("deliver_webhooks", Duration::from_secs(1)),
    job("purge_webhooks", Duration::from_hours(1)),
    job("purge_ledger", Duration::from_mins(10)),
    job("count_live_tokens", Duration::from_mins(5)),
    job("purge_usage", Duration::from_mins(10)),
    job("purge_feed", Duration::from_mins(10)),
    job("purge_replay", Duration::from_mins(10)),
    job("purge_grants", Duration::from_mins(10)),
    job("purge_browser_sessions", Duration::from_mins(10)),
    job("purge_platform_sessions", Duration::from_mins(10)),
    job("import_operators", Duration::from_secs(1)),
    job("fill_in_operator_words", Duration::from_mins(1)),
    job("purge_operator_imports", Duration::from_mins(10)),
    job("purge_api_keys", Duration::from_hours(1)),
    job("seal_audit", Duration::from_secs(10)),
    job("check_audit", Duration::from_mins(10)),
    job("purge_audit", Duration::from_hours(1)),
];

const fn job(name: &'static str, every: Duration) -> Scheduled {
    Scheduled { name, every }
}

/// Runs are written down only for intervals of at least this. A job with a shorter interval is due at
/// every takeover anyway, so its record is not worth a write at each run.
pub const NOTED: Duration = Duration::from_mins(1);

/// A job, its last run, and its next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: &'static str,
    /// The interval between the starts of two runs.
    pub every: Duration,
    /// When the last run that succeeded began. `None` if there was none, or if its runs are not
    /// written down.
    pub ran_at: Option<Timestamp>,
    /// When the last run began, if it failed. `None` if it did not.
    pub failed_at: Option<Timestamp>,
    /// How often the job has failed since it last succeeded.
    pub failures: i64,
    /// When somebody asked that it runs at once. `None` if nobody did, or if it has run since.
    pub wanted_at: Option<Timestamp>,
    /// Whether its runs are written down. Those of a job that runs every few seconds are not.
    pub is_noted: bool,
    /// When it is due, by the last run that is known. `None` if its runs are not written down, or if
    /// it never ran, so that it is due now.
    pub next_at: Option<Timestamp>,
}
