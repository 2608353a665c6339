//! The latency of a revoke while a million entries of the feed that are not needed any more are
//! deleted.

use std::time::{Duration, Instant};

use crate::Fallible;
use crate::feed;
use crate::http::{self, Connection};
use crate::lab::Lab;
use crate::report::{Row, Target};
use crate::service::{Caller, Installation, Service, validate_body};
use crate::statistics::percentile;
use crate::tokens;

const ROWS: usize = 1_000_000;
const ROWS_QUICK: usize = 100_000;

/// The number of revokes that are measured while nothing is deleted.
const IDLE: usize = 1_000;

/// The largest number of revokes while entries are deleted: the job ends long before.
const MOST: usize = 20_000;

const PATIENCE: Duration = Duration::from_mins(5);

fn rows(lab: &Lab) -> usize {
    if lab.arguments.quick {
        ROWS_QUICK
    } else {
        ROWS
    }
}

pub(crate) fn sqlite(lab: &Lab) -> Fallible<Vec<Row>> {
    let installation = Installation::new(&lab.folder("purge-sqlite")?, None, &[])?;
    let service = installation.serve()?;
    let caller = installation.populate(&service)?;
    let idle = revoke(&service, &caller, IDLE, || Ok(false))?;
    drop(service);
    feed::fill_sqlite(&installation.database_file(), rows(lab))?;
    feed::spend_sqlite(&installation.database_file())?;
    measure(lab, &installation, &caller, idle, "SQLite")
}

pub(crate) fn postgres(lab: &Lab) -> Fallible<Vec<Row>> {
    const DATABASE: &str = "purge";
    let cluster = lab.postgres()?;
    cluster.create_database(DATABASE, None);
    let folder = lab.folder("purge-postgres")?;
    let installation = Installation::new(&folder, Some(cluster.url(DATABASE)), &[])?;
    let service = installation.serve()?;
    let caller = installation.populate(&service)?;
    let idle = revoke(&service, &caller, IDLE, || Ok(false))?;
    drop(service);
    cluster.sql(DATABASE, &feed::fill_postgres(rows(lab)));
    cluster.sql(DATABASE, feed::SPEND);
    measure(lab, &installation, &caller, idle, "PostgreSQL")
}

fn measure(
    lab: &Lab,
    installation: &Installation,
    caller: &Caller,
    mut idle: Vec<f64>,
    database: &str,
) -> Fallible<Vec<Row>> {
    let service = installation.serve()?;
    let begun = Instant::now();
    let mut all = revoke(&service, caller, MOST, || {
        if begun.elapsed() > PATIENCE {
            return Err("the purge does not end".into());
        }
        Ok(purged(&service)? >= rows(lab) as f64)
    })?;
    let took = begun.elapsed().as_secs_f64();
    let (usual, meanwhile) = (percentile(&mut idle, 0.99), percentile(&mut all, 0.99));
    Ok(vec![Row::plain(
        &format!(
            "revoke while {} spent entries are deleted, {database}, p99",
            rows(lab)
        ),
        "ms",
        meanwhile,
        Target::AtMost(usual * 1.25),
        format!(
            "idle {usual:.2} (p50 {:.2}); meanwhile p50 {:.2}, max {:.2}, of {} in {took:.0} s",
            percentile(&mut idle, 0.5),
            percentile(&mut all, 0.5),
            percentile(&mut all, 1.0),
            all.len()
        ),
    )])
}

/// Returns the number of entries that the job has deleted.
fn purged(service: &Service) -> Fallible<f64> {
    let mut connection = Connection::open(service.server.address)?;
    let page = connection
        .call(&http::request("GET", "/metrics", "", ""))?
        .ok()?
        .text();
    let mut lines = page
        .lines()
        .filter_map(|line| line.strip_prefix("lanyard_job_done_total{job=\"purge_feed\"} "));
    Ok(lines.next().map_or(Ok(0.0), str::parse)?)
}

/// Revokes tokens one after the other until `is_over`, at most `most`. Returns the time of each in
/// milliseconds.
fn revoke(
    service: &Service,
    caller: &Caller,
    most: usize,
    is_over: impl Fn() -> Fallible<bool>,
) -> Fallible<Vec<f64>> {
    let mut connection = Connection::open(service.server.address)?;
    let mut times = Vec::new();
    while times.len() < most && !is_over()? {
        for token in tokens::fetch(service, caller, 100)? {
            let request = http::request(
                "POST",
                "/api/operator/revoke-token",
                &caller.credential,
                &validate_body(&token),
            );
            let begun = Instant::now();
            let answer = connection.call(&request)?;
            times.push(begun.elapsed().as_secs_f64() * 1e3);
            if answer.status != 204 {
                return Err(format!("{}: {}", answer.status, answer.text()).into());
            }
        }
    }
    Ok(times)
}
