//! Issuing operator tokens: with the durable ledger, compared with single-row transactions; without
//! it, compared with the baseline.

use std::fs;
use std::process::Command;

use crate::Fallible;
use crate::cluster;
use crate::generator::{Bodies, Load};
use crate::lab::{Lab, Skipped};
use crate::ledger::{SINGLE_ROW_SCRIPT, SingleRows};
use crate::report::{Row, Target};
use crate::service::{ISSUE, Installation, issue_body};

use super::{Arena, CONNECTIONS, EDDSA, HS256, LEDGER_OFF, throughput};

const DATABASE: &str = "issue";

pub(crate) fn postgres(lab: &Lab) -> Fallible<Vec<Row>> {
    let pgbench = cluster::program("pgbench").ok_or(Skipped("pgbench is not installed".into()))?;
    let cluster = lab.postgres()?;
    cluster.create_database(DATABASE, None);
    let arena = Arena::new(lab, "issue-postgres", Some(cluster.url(DATABASE)), &[HS256])?;
    // The same columns, the same indexes.
    cluster.sql(DATABASE, "CREATE TABLE single (LIKE ledger INCLUDING ALL)");
    let script = arena.folder.join("single.sql");
    fs::write(&script, SINGLE_ROW_SCRIPT)?;
    let single = || -> Fallible<f64> {
        let output = Command::new(&pgbench)
            .args([
                "--no-vacuum",
                "--protocol=prepared",
                "--client=64",
                "--jobs=2",
            ])
            .arg(format!("--time={}", lab.arguments.time.as_secs()))
            .arg("--file")
            .arg(&script)
            .arg(cluster.url(DATABASE))
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let rate = text
            .lines()
            .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        rate.ok_or_else(|| {
            format!("pgbench: {text}{}", String::from_utf8_lossy(&output.stderr)).into()
        })
    };
    let rates = lab.in_turn(|_| issue(lab, &arena), |_| single())?;
    let what = "issue, durable ledger, PostgreSQL";
    Ok(vec![Row::ratio(
        what,
        "1/s",
        &rates,
        "pgbench, a row a transaction",
        Target::AtLeast(2.0),
    )])
}

pub(crate) fn sqlite(lab: &Lab) -> Fallible<Vec<Row>> {
    let arena = Arena::new(lab, "issue-sqlite", None, &[HS256])?;
    // A second installation, so that the table is the same, in a file that no server has open.
    let other = Installation::new(&arena.folder.join("single"), None, &[])?;
    other.migrate()?;
    let mut single = SingleRows::open(&other.database_file())?;
    let rates = lab.in_turn(
        |_| issue(lab, &arena),
        |_| single.per_second(lab.arguments.time),
    )?;
    let what = "issue, durable ledger, SQLite";
    Ok(vec![Row::ratio(
        what,
        "1/s",
        &rates,
        "a row a transaction",
        Target::AtLeast(2.0),
    )])
}

pub(crate) fn off_hs256(lab: &Lab) -> Fallible<Vec<Row>> {
    let arena = Arena::new(lab, "issue-off-hs256", None, &[HS256, LEDGER_OFF])?;
    against_floor(lab, &arena, "issue, ledger off, HS256", 0.60)
}

pub(crate) fn off_eddsa(lab: &Lab) -> Fallible<Vec<Row>> {
    let arena = Arena::new(lab, "issue-off-eddsa", None, &[EDDSA, LEDGER_OFF])?;
    against_floor(lab, &arena, "issue, ledger off, EdDSA", 0.35)
}

fn against_floor(lab: &Lab, arena: &Arena, what: &str, target: f64) -> Fallible<Vec<Row>> {
    let load = load(lab, arena);
    let samples = lab.in_turn(
        |_| lab.measure(&arena.service.server, &load),
        |_| lab.measure(&arena.baseline, &load),
    )?;
    Ok(vec![throughput(what, &samples, target)])
}

fn issue(lab: &Lab, arena: &Arena) -> Fallible<f64> {
    Ok(lab
        .measure(&arena.service.server, &load(lab, arena))?
        .per_second)
}

fn load<'a>(lab: &Lab, arena: &'a Arena) -> Load<'a> {
    Load {
        path: ISSUE,
        credential: &arena.caller.credential,
        bodies: Bodies::Same(issue_body(arena.caller.operator)),
        connections: CONNECTIONS,
        time: lab.arguments.time,
    }
}
