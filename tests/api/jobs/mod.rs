//! The scheduled jobs.

mod duty;
mod purge;
mod year;

use lanyard::jobs::Runner;
use std::sync::Arc;

use crate::support::Server;

/// Returns how often a job ran (`runs`), failed (`failures`) or what it did (`done`) on a node.
fn counted(server: &Server, what: &str, job: &str) -> u64 {
    let page = server.get("/metrics").send();
    let name = format!("lanyard_job_{what}_total{{job=\"{job}\"}} ");
    let line = page
        .text()
        .lines()
        .find_map(|line| line.strip_prefix(&name));
    line.map_or(0, |count| count.parse().unwrap())
}

fn runs(server: &Server, job: &str) -> u64 {
    counted(server, "runs", job)
}

/// Returns a runner of these jobs on the node that is on duty.
fn service(server: &Server, jobs: &'static [lanyard::jobs::Job]) -> Runner {
    Runner::service(Arc::clone(&server.app), jobs)
}
