//! A million revocations that are still needed: their effect on validation, their memory, and the
//! duration of a start.

use std::thread::sleep;
use std::time::Duration;

use crate::Fallible;
use crate::feed;
use crate::generator::{Bodies, Load};
use crate::http::Sender;
use crate::lab::{Lab, Skipped};
use crate::report::{Row, Target};
use crate::service::{Caller, Installation, Service, VALIDATE};
use crate::statistics::median;
use crate::tokens;

use super::CONNECTIONS;

const ROWS: usize = 1_000_000;
const ROWS_QUICK: usize = 100_000;

const TOKENS_IN_TURN: usize = 10_000;

/// The background work of a start is done after this time.
const SETTLED_AFTER: Duration = Duration::from_secs(2);

fn rows(lab: &Lab) -> usize {
    if lab.arguments.quick {
        ROWS_QUICK
    } else {
        ROWS
    }
}

/// A fresh process on a database with this many revocations.
struct Side {
    service: Service,
    caller: Caller,
    bodies: std::path::PathBuf,
    resident_megabytes: f64,
}

impl Side {
    fn new(lab: &Lab, name: &str, revocations: usize) -> Fallible<Self> {
        let folder = lab.folder(name)?;
        let installation = Installation::new(&folder, None, &[])?;
        let service = installation.serve()?;
        let caller = installation.populate(&service)?;
        let tokens = tokens::fetch(&service, &caller, TOKENS_IN_TURN)?;
        let bodies = tokens::write_bodies(&folder, "bodies", &tokens, 1)?.remove(0);
        drop(service);
        if revocations > 0 {
            feed::fill_sqlite(&installation.database_file(), revocations)?;
        }
        let service = installation.serve()?;
        sleep(SETTLED_AFTER);
        let resident = service.server.resident_megabytes();
        Ok(Self {
            service,
            caller,
            bodies,
            resident_megabytes: resident.ok_or(Skipped("no /proc to read memory from".into()))?,
        })
    }

    fn load(&self, lab: &Lab) -> Load<'_> {
        Load {
            path: VALIDATE,
            sender: Sender::Company(&self.caller.credential),
            bodies: Bodies::InTurn(self.bodies.clone()),
            connections: CONNECTIONS,
            time: lab.arguments.time,
        }
    }
}

pub(crate) fn validate(lab: &Lab) -> Fallible<Vec<Row>> {
    let revocations = rows(lab);
    let none = Side::new(lab, "no-revocations", 0)?;
    let many = Side::new(lab, "many-revocations", revocations)?;
    let bytes = (many.resident_megabytes - none.resident_megabytes) * 1e6 / revocations as f64;
    let drive = |side: &Side| -> Fallible<f64> {
        Ok(lab
            .measure(&side.service.server, &side.load(lab))?
            .per_second)
    };
    let rounds = lab.in_turn(|_| drive(&many), |_| drive(&none))?;
    Ok(vec![
        Row::ratio(
            &format!("validate, {TOKENS_IN_TURN} tokens in turn, {revocations} live revocations"),
            "1/s",
            &rounds,
            "none",
            Target::AtLeast(0.95),
        ),
        Row::plain(
            "memory of a live revocation",
            "byte",
            bytes,
            Target::AtMost(48.0),
            format!(
                "resident {:.1} MB with, {:.1} without",
                many.resident_megabytes, none.resident_megabytes
            ),
        ),
    ])
}

pub(crate) fn start_sqlite(lab: &Lab) -> Fallible<Vec<Row>> {
    let installation = Installation::new(&lab.folder("start-live-sqlite")?, None, &[])?;
    installation.migrate()?;
    feed::fill_sqlite(&installation.database_file(), rows(lab))?;
    time(lab, &installation, "SQLite")
}

pub(crate) fn start_postgres(lab: &Lab) -> Fallible<Vec<Row>> {
    const DATABASE: &str = "start_live";
    let cluster = lab.postgres()?;
    cluster.create_database(DATABASE, None);
    let folder = lab.folder("start-live-postgres")?;
    let installation = Installation::new(&folder, Some(cluster.url(DATABASE)), &[])?;
    installation.migrate()?;
    cluster.sql(DATABASE, &feed::fill_postgres(rows(lab)));
    time(lab, &installation, "PostgreSQL")
}

fn time(lab: &Lab, installation: &Installation, database: &str) -> Fallible<Vec<Row>> {
    // The first start makes the signing key.
    installation.serve()?;
    let times = (0..lab.arguments.rounds)
        .map(|_| Ok(installation.serve()?.ready_after.as_secs_f64()))
        .collect::<Fallible<Vec<f64>>>()?;
    let all: Vec<String> = times.iter().map(|time| format!("{time:.3}")).collect();
    let what = format!("start to ready, {} live revocations, {database}", rows(lab));
    Ok(vec![Row::plain(
        &what,
        "s",
        median(times),
        Target::AtMost(1.0),
        format!("rounds {}", all.join(" ")),
    )])
}
