//! Issuing operator tokens: with the durable ledger, compared with single-row transactions; without
//! it, compared with the baseline.

use crate::Fallible;
use crate::generator::{Bodies, Load};
use crate::http::Sender;
use crate::lab::Lab;
use crate::ledger::SingleRows;
use crate::pgbench::{PgBench, SINGLE_ROW_TABLE};
use crate::report::{Row, Target};
use crate::service::{ISSUE, Installation, issue_body};

use super::{Arena, CONNECTIONS, EDDSA, HS256, LEDGER_OFF, Which, against_both};

const DATABASE: &str = "issue";

pub(crate) fn postgres(lab: &Lab) -> Fallible<Vec<Row>> {
    let pgbench = PgBench::find()?;
    let cluster = lab.postgres()?;
    cluster.create_database(DATABASE, None);
    let arena = Arena::new(lab, "issue-postgres", Some(cluster.url(DATABASE)), &[HS256])?;
    cluster.sql(DATABASE, SINGLE_ROW_TABLE);
    let single = || pgbench.per_second(&arena.folder, &cluster.url(DATABASE), lab.arguments.time);
    let rates = lab.in_turn(|_| issue(lab, &arena), |_| single())?;
    let what = "issue, durable ledger, PostgreSQL";
    Ok(vec![Row::ratio(
        what,
        "1/s",
        &rates,
        "pgbench, a row a transaction",
        Target::AtLeast(4.0),
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
        Target::AtLeast(8.0),
    )])
}

pub(crate) fn off_hs256(lab: &Lab) -> Fallible<Vec<Row>> {
    against_floor(lab, "issue-off-hs256", HS256, 0.60)
}

pub(crate) fn off_eddsa(lab: &Lab) -> Fallible<Vec<Row>> {
    against_floor(lab, "issue-off-eddsa", EDDSA, 0.35)
}

fn against_floor(
    lab: &Lab,
    name: &str,
    algorithm: (&str, &str),
    target: f64,
) -> Fallible<Vec<Row>> {
    let arena = Arena::new(lab, name, None, &[algorithm, LEDGER_OFF])?;
    let signing = arena.signing_baseline(algorithm)?;
    let what = format!("issue, ledger off, {}", algorithm.1);
    let load = load(lab, &arena);
    let ours = |_| lab.measure(&arena.service.server, &load);
    against_both(lab, &what, target, ours, |_, which| {
        let server = match which {
            Which::Bare => &arena.baseline,
            Which::Signing => &signing,
        };
        lab.measure(server, &load)
    })
}

fn issue(lab: &Lab, arena: &Arena) -> Fallible<f64> {
    Ok(lab
        .measure(&arena.service.server, &load(lab, arena))?
        .per_second)
}

fn load<'a>(lab: &Lab, arena: &'a Arena) -> Load<'a> {
    Load {
        path: ISSUE,
        sender: Sender::Company(&arena.caller.credential),
        bodies: Bodies::Same(issue_body(arena.caller.operator)),
        connections: CONNECTIONS,
        time: lab.arguments.time,
    }
}
