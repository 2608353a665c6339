//! A year of every job: each job alone, day by day, on a clock that the test advances; and all jobs
//! together.

mod api_keys;
mod chain;
mod grants;
mod imports;
mod local;
mod platform;
mod purges;
mod rotation;
mod together;
mod usage;
mod webhooks;

use std::slice;
use std::sync::Arc;
use std::time::Duration;

use lanyard::base::Timestamp;
use lanyard::jobs::{Job, LOCAL, Runner, SERVICE};

use super::{counted, runs};
use crate::support::server::START;
use crate::support::{Server, on_both};
use api_keys::{purge_api_keys, write_api_key_uses};
use chain::{check_audit, seal_audit};
use grants::{count_sessions, purge_browser_sessions, purge_grants, write_secret_uses};
use imports::{fill_in_operator_words, import_operators, purge_operator_imports};
use local::{
    compare_hash_costs, forget_revocations, record_failed_logins, reload_rules, tidy_throttle,
    write_last_tokens, write_last_uses,
};
use platform::purge_platform_sessions;
use purges::{count_uptime, purge_audit, purge_feed, purge_ledger, purge_replay, purge_webhooks};
use rotation::{attend_company_tokens, rotate_signing_keys};
use usage::{count_live_tokens, gather_usage, purge_usage, write_usage};
use webhooks::deliver_webhooks;

const DAY: u64 = 86_400;

/// The days of a year, each named by the number of days that have passed when the job has run.
const DAYS: std::ops::RangeInclusive<i64> = 1..=365;

/// Returns the time after this many days.
fn after(days: i64) -> Timestamp {
    START.plus(Duration::from_secs(days.unsigned_abs() * DAY))
}

/// Makes a test for each job, named like the job and followed by its settings; and one test that no
/// job is missing.
macro_rules! years {
    ($($job:ident $([$($setting:literal),+])?)*) => {
        $(on_both!($job $($(, $setting)+)?);)*

        #[test]
        fn every_job_has_its_year() {
            let mut walked = [$(stringify!($job)),*];
            let mut jobs: Vec<_> = LOCAL.iter().chain(SERVICE).map(|job| job.name).collect();
            walked.sort_unstable();
            jobs.sort_unstable();
            assert_eq!(walked, *jobs);
        }
    };
}
years! {
    record_failed_logins
    tidy_throttle
    compare_hash_costs
    forget_revocations
    write_last_uses
    write_last_tokens
    write_secret_uses
    reload_rules
    count_sessions
    count_uptime
    rotate_signing_keys ["tokens.algorithm=EdDSA"]
    attend_company_tokens
    deliver_webhooks ["webhooks.allow_private=true"]
    purge_webhooks ["webhooks.allow_private=true"]
    purge_ledger ["ledger.retention=7d"]
    purge_feed
    purge_replay
    purge_grants
    purge_browser_sessions
    purge_platform_sessions
    write_api_key_uses
    gather_usage
    write_usage
    count_live_tokens
    purge_usage
    import_operators
    purge_operator_imports
    fill_in_operator_words
    purge_api_keys ["audit.retention=30d"]
    seal_audit
    check_audit
    purge_audit ["audit.retention=30d"]
}

/// A job that is run once a day.
struct Year<'a> {
    server: &'a Server,
    name: &'static str,
    runner: Runner,
    days: u64,
}

impl<'a> Year<'a> {
    fn of(server: &'a Server, name: &str) -> Self {
        let find = |jobs: &'static [Job]| jobs.iter().find(|job| job.name == name);
        let app = Arc::clone(&server.app);
        let (job, runner) = if let Some(job) = find(LOCAL) {
            (job, Runner::local(app, slice::from_ref(job)))
        } else {
            let job = find(SERVICE).unwrap();
            (job, Runner::service(app, slice::from_ref(job)))
        };
        server.count_uptime();
        Self {
            server,
            name: job.name,
            runner,
            days: 0,
        }
    }

    /// Advances a day, and runs the job.
    fn pass(&mut self) {
        self.pass_rest(DAY);
    }

    /// Advances the rest of a day, and runs the job.
    fn pass_rest(&mut self, left: u64) {
        self.server.wait(left);
        if self.name != "count_uptime" {
            self.server.count_uptime();
        }
        self.runner.step();
        self.days += 1;
    }

    /// Ends the year. Returns the count that the metrics report.
    fn end(self) -> u64 {
        assert_eq!(runs(self.server, self.name), self.days);
        assert_eq!(counted(self.server, "failures", self.name), 0);
        counted(self.server, "done", self.name)
    }
}
