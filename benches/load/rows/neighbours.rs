//! One organization, or a client without a credential, sends as many requests as it can; the
//! latency of another organization is measured.

mod floods;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::Fallible;
use crate::http;
use crate::lab::Lab;
use crate::paced;
use crate::report::{Row, Target};
use crate::service::{Caller, ISSUE, VALIDATE, issue_body, validate_body};
use crate::statistics::percentile;
use crate::threads::{self, threads};

use super::Arena;

/// The number of requests per second that the measured organization sends.
const VALIDATIONS: u32 = 500;
const TOKENS: u32 = 50;

/// The time until a flood has its full strength.
const GATHERING: Duration = Duration::from_secs(1);

/// The largest growth of the memory that a flood may cause (megabytes).
const MEMORY: f64 = 64.0;

/// The largest allowed factor between a latency during a flood and the same latency without it.
const TIMES: f64 = 3.0;

pub(crate) fn synchronize_sqlite(lab: &Lab) -> Fallible<Vec<Row>> {
    let arena = Arena::new(lab, "neighbour-synchronize-sqlite", None, &[])?;
    synchronize(lab, &arena, "SQLite")
}

pub(crate) fn synchronize_postgres(lab: &Lab) -> Fallible<Vec<Row>> {
    let cluster = lab.postgres()?;
    cluster.create_database("neighbours", None);
    let url = cluster.url("neighbours");
    let arena = Arena::new(lab, "neighbour-synchronize-postgres", Some(url), &[])?;
    synchronize(lab, &arena, "PostgreSQL")
}

fn synchronize(lab: &Lab, arena: &Arena, database: &str) -> Fallible<Vec<Row>> {
    let flood = arena.installation.populate_as(&arena.service, "flood")?;
    let address = arena.service.server.address;
    let what = format!("32 clients synchronize 1 000 operators, {database}");
    felt(lab, arena, &what, &|over| {
        floods::synchronize(address, &flood, over)
    })
}

pub(crate) fn forged_lists(lab: &Lab) -> Fallible<Vec<Row>> {
    let es256 = ("LANYARD_TOKENS_ALGORITHM", "ES256");
    let arena = Arena::new(lab, "neighbour-forged", None, &[es256])?;
    let flood = arena.installation.populate_as(&arena.service, "flood")?;
    let issued = arena.service.issue(&flood)?;
    let token: String = serde_json::from_slice(&issued.body)?;
    let address = arena.service.server.address;
    felt(
        lab,
        &arena,
        "64 clients ask about 1 000 forged tokens each",
        &|over| floods::forged_lists(address, &flood, &token, over),
    )
}

pub(crate) fn webhooks(lab: &Lab) -> Fallible<Vec<Row>> {
    let private = ("LANYARD_WEBHOOKS_ALLOW_PRIVATE", "true");
    let arena = Arena::new(lab, "neighbour-webhooks", None, &[private])?;
    let floods = (0..8)
        .map(|number| {
            arena
                .installation
                .populate_as(&arena.service, &format!("flood-{number}"))
        })
        .collect::<Fallible<Vec<_>>>()?;
    let address = arena.service.server.address;
    let silent = floods::Silent::listen()?;
    for flood in &floods {
        silent.add_endpoints(address, flood)?;
    }
    let mut rows = felt(
        lab,
        &arena,
        "8 organizations with endpoints that hang",
        &|over| floods::messages(address, &floods, over),
    )?;
    rows.push(floods::delivery(lab, &arena, &floods)?);
    Ok(rows)
}

pub(crate) fn bodies(lab: &Lab) -> Fallible<Vec<Row>> {
    let arena = Arena::new(lab, "neighbour-bodies", None, &[])?;
    let address = arena.service.server.address;
    felt(
        lab,
        &arena,
        "200 connections without a credential stop short",
        &|over| floods::bodies(address, over),
    )
}

pub(crate) fn logins(lab: &Lab) -> Fallible<Vec<Row>> {
    let arena = Arena::new(lab, "neighbour-logins", None, &[])?;
    let address = arena.service.server.address;
    felt(lab, &arena, "64 clients guess passwords", &|over| {
        floods::logins(address, over)
    })
}

/// The latencies of the measured organization, in milliseconds.
#[derive(Clone, Copy)]
struct Felt {
    validate: [f64; 2],
    issue: [f64; 2],
    /// Resident memory, in megabytes.
    memory: f64,
}

type Flood<'a> = &'a (dyn Fn(&AtomicBool) -> Fallible<()> + Sync);

fn felt(lab: &Lab, arena: &Arena, what: &str, flood: Flood<'_>) -> Fallible<Vec<Row>> {
    let address = arena.service.server.address;
    let measure = || feel(lab, arena, address);
    let start = memory(arena);
    let rounds = lab.in_turn(|_| during(flood, measure), |_| measure())?;
    let row = |of: &str, value: fn(&Felt) -> f64| {
        let pairs: Vec<_> = rounds
            .iter()
            .map(|(flooded, idle)| (value(flooded), value(idle)))
            .collect();
        Row::ratio(
            &format!("{of}, while {what}"),
            "ms",
            &pairs,
            "idle",
            Target::AtMost(TIMES),
        )
    };
    let most = rounds
        .iter()
        .map(|(flooded, _)| flooded.memory)
        .fold(0.0, f64::max);
    Ok(vec![
        row("validate p50", |felt| felt.validate[0]),
        row("validate p99", |felt| felt.validate[1]),
        row("issue p50", |felt| felt.issue[0]),
        row("issue p99", |felt| felt.issue[1]),
        Row::plain(
            &format!("resident memory more, after {what}"),
            "MB",
            most - start,
            Target::AtMost(MEMORY),
            format!("{start:.0} before"),
        ),
    ])
}

fn memory(arena: &Arena) -> f64 {
    arena
        .service
        .server
        .resident_megabytes()
        .unwrap_or_default()
}

/// Validates and requests tokens concurrently.
fn feel(lab: &Lab, arena: &Arena, address: SocketAddr) -> Fallible<Felt> {
    let Caller {
        credential,
        operator,
    } = &arena.caller;
    let validate = http::request("POST", VALIDATE, credential, &validate_body(&arena.token));
    let issue = http::request("POST", ISSUE, credential, &issue_body(*operator));
    let time = lab.arguments.time;
    let mut both = threads(2, |number| {
        let (request, rate) = if number == 0 {
            (&validate, VALIDATIONS)
        } else {
            (&issue, TOKENS)
        };
        let mut latencies = paced::latencies(address, request, rate, time)?;
        Ok([0.5, 0.99].map(|part| percentile(&mut latencies, part)))
    })?
    .into_iter();
    Ok(Felt {
        validate: both.next().ok_or("not measured")?,
        issue: both.next().ok_or("not measured")?,
        memory: memory(arena),
    })
}

/// Measures something while a flood runs.
fn during<T>(flood: Flood<'_>, measure: impl Fn() -> Fallible<T>) -> Fallible<T> {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let flood = scope.spawn(|| {
            threads::background()?;
            flood(&over).map_err(|error| error.to_string())
        });
        thread::sleep(GATHERING);
        let measured = measure();
        over.store(true, Ordering::Relaxed);
        flood.join().map_err(|_| "the flood panicked")??;
        measured
    })
}
