//! One organization, or a client without a credential, sends as many requests as it can; the
//! latency of another organization is measured.

mod webhooks;

use std::time::Duration;

use crate::Fallible;
use crate::cluster::Cluster;
use crate::flood::Flood;
use crate::http;
use crate::lab::Lab;
use crate::paced;
use crate::report::{Row, Target};
use crate::service::{Caller, ISSUE, VALIDATE, issue_body, validate_body};
use crate::statistics::percentile;
use crate::threads::threads;

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

/// The server that is measured, and another one, independent of it on the same machine. The flood of
/// the other one shows what it costs that processors and disk are shared at all.
struct Two {
    measured: Arena,
    other: Arena,
}

impl Two {
    fn on_sqlite(lab: &Lab, name: &str, settings: &[(&str, &str)]) -> Fallible<Self> {
        Ok(Self {
            measured: Arena::new(lab, name, None, settings)?,
            other: Arena::new(lab, &format!("{name}-other"), None, settings)?,
        })
    }

    fn on_postgres(lab: &Lab, name: &str) -> Fallible<Self> {
        let arena = |cluster: &Cluster, name: &str| {
            cluster.create_database("neighbours", None);
            Arena::new(lab, name, Some(cluster.url("neighbours")), &[])
        };
        Ok(Self {
            measured: arena(lab.postgres()?, name)?,
            other: arena(lab.other_postgres()?, &format!("{name}-other"))?,
        })
    }

    /// Returns the floods of both servers.
    fn floods(&self, flood: impl Fn(&Arena) -> Fallible<Flood>) -> Fallible<[Flood; 2]> {
        Ok([flood(&self.measured)?, flood(&self.other)?])
    }
}

pub(crate) fn synchronize_sqlite(lab: &Lab) -> Fallible<Vec<Row>> {
    let two = Two::on_sqlite(lab, "neighbour-synchronize-sqlite", &[])?;
    synchronize(lab, &two, "SQLite")
}

pub(crate) fn synchronize_postgres(lab: &Lab) -> Fallible<Vec<Row>> {
    let two = Two::on_postgres(lab, "neighbour-synchronize-postgres")?;
    synchronize(lab, &two, "PostgreSQL")
}

fn synchronize(lab: &Lab, two: &Two, database: &str) -> Fallible<Vec<Row>> {
    let floods = two.floods(|arena| Ok(Flood::Synchronize(attacker(arena, "flood")?)))?;
    let what = format!("32 clients synchronize 1 000 operators, {database}");
    felt(lab, two, &what, &floods)
}

pub(crate) fn forged_lists(lab: &Lab) -> Fallible<Vec<Row>> {
    let es256 = ("LANYARD_TOKENS_ALGORITHM", "ES256");
    let two = Two::on_sqlite(lab, "neighbour-forged", &[es256])?;
    let floods = two.floods(|arena| {
        let caller = attacker(arena, "flood")?;
        let issued = arena.service.issue(&caller)?;
        let token = serde_json::from_slice(&issued.body)?;
        Ok(Flood::ForgedLists { caller, token })
    })?;
    let what = "64 clients send 1 000 forged tokens each";
    felt(lab, &two, what, &floods)
}

pub(crate) fn webhooks(lab: &Lab) -> Fallible<Vec<Row>> {
    let private = ("LANYARD_WEBHOOKS_ALLOW_PRIVATE", "true");
    let two = Two::on_sqlite(lab, "neighbour-webhooks", &[private])?;
    let silent = webhooks::Silent::listen()?;
    let floods = two.floods(|arena| {
        let owners = (0..8)
            .map(|number| attacker(arena, &format!("flood-{number}")))
            .collect::<Fallible<Vec<_>>>()?;
        for owner in &owners {
            silent.add_endpoints(arena.service.server.address, owner)?;
        }
        Ok(Flood::Messages(owners))
    })?;
    let what = "8 organizations with endpoints that hang";
    let mut rows = felt(lab, &two, what, &floods)?;
    let [flood, _] = &floods;
    rows.push(webhooks::delivery(lab, &two.measured, flood)?);
    Ok(rows)
}

pub(crate) fn bodies(lab: &Lab) -> Fallible<Vec<Row>> {
    let two = Two::on_sqlite(lab, "neighbour-bodies", &[])?;
    let what = "200 connections without a credential stop short";
    felt(lab, &two, what, &[Flood::Bodies, Flood::Bodies])
}

pub(crate) fn logins(lab: &Lab) -> Fallible<Vec<Row>> {
    let two = Two::on_sqlite(lab, "neighbour-logins", &[])?;
    let what = "64 clients guess passwords";
    felt(lab, &two, what, &[Flood::Logins, Flood::Logins])
}

fn attacker(arena: &Arena, login: &str) -> Fallible<Caller> {
    arena.installation.populate_as(&arena.service, login)
}

/// A value of what was felt.
type OfFelt = fn(&Felt) -> f64;

/// The latencies of the measured organization, in milliseconds.
#[derive(Clone, Copy)]
struct Felt {
    validate: [f64; 2],
    issue: [f64; 2],
    /// Resident memory, in megabytes.
    memory: f64,
}

fn felt(lab: &Lab, two: &Two, what: &str, floods: &[Flood; 2]) -> Fallible<Vec<Row>> {
    let measure = || feel(lab, &two.measured);
    let start = memory(&two.measured);
    let [flood, elsewhere] = floods;
    let during = |flood: &Flood, arena: &Arena| {
        flood.during(arena.service.server.address, GATHERING, measure)
    };
    let rounds = lab.rotated([&|| during(flood, &two.measured), &measure, &|| {
        during(elsewhere, &two.other)
    }])?;
    let mut rows = Vec::new();
    let values: [(&str, OfFelt); 4] = [
        ("validate p50", |felt| felt.validate[0]),
        ("validate p99", |felt| felt.validate[1]),
        ("issue p50", |felt| felt.issue[0]),
        ("issue p99", |felt| felt.issue[1]),
    ];
    for (of, value) in values {
        let with_idle = |flooded: fn(&[Felt; 3]) -> &Felt| -> Vec<_> {
            let pair = |round: &[Felt; 3]| (value(flooded(round)), value(&round[1]));
            rounds.iter().map(pair).collect()
        };
        rows.push(Row::ratio(
            &format!("{of}, while {what}"),
            "ms",
            &with_idle(|round| &round[0]),
            "idle",
            Target::AtMost(TIMES),
        ));
        rows.push(Row::ratio(
            "… while they do so to another server of this machine",
            "ms",
            &with_idle(|round| &round[2]),
            "idle",
            Target::Shown,
        ));
    }
    let most = rounds.iter().map(|round| round[0].memory);
    rows.push(Row::plain(
        &format!("resident memory more, after {what}"),
        "MB",
        most.fold(0.0, f64::max) - start,
        Target::AtMost(MEMORY),
        format!("{start:.0} before"),
    ));
    Ok(rows)
}

fn memory(arena: &Arena) -> f64 {
    arena
        .service
        .server
        .resident_megabytes()
        .unwrap_or_default()
}

/// Validates and requests tokens concurrently.
fn feel(lab: &Lab, arena: &Arena) -> Fallible<Felt> {
    let address = arena.service.server.address;
    let Caller {
        credential,
        operator,
        ..
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
