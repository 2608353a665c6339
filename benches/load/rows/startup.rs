//! The time from the start of the process until `/readyz` reports ready, with a ledger of a million
//! rows.

use crate::Fallible;
use crate::lab::Lab;
use crate::ledger;
use crate::report::{Row, Target};
use crate::service::Installation;
use crate::statistics::median;

const ROWS: usize = 1_000_000;
const ROWS_QUICK: usize = 100_000;

const DATABASE: &str = "startup";

pub(crate) fn sqlite(lab: &Lab) -> Fallible<Vec<Row>> {
    let installation = Installation::new(&lab.folder("startup-sqlite")?, None, &[])?;
    installation.populate(&installation.serve()?)?;
    ledger::fill_sqlite(&installation.database_file(), rows(lab))?;
    time(lab, &installation, "SQLite")
}

pub(crate) fn postgres(lab: &Lab) -> Fallible<Vec<Row>> {
    let cluster = lab.postgres()?;
    cluster.create_database(DATABASE, None);
    let installation = Installation::new(
        &lab.folder("startup-postgres")?,
        Some(cluster.url(DATABASE)),
        &[],
    )?;
    installation.populate(&installation.serve()?)?;
    cluster.sql(DATABASE, &ledger::fill_postgres(rows(lab)));
    time(lab, &installation, "PostgreSQL")
}

fn rows(lab: &Lab) -> usize {
    if lab.arguments.quick {
        ROWS_QUICK
    } else {
        ROWS
    }
}

fn time(lab: &Lab, installation: &Installation, database: &str) -> Fallible<Vec<Row>> {
    let times = (0..lab.arguments.rounds)
        .map(|_| Ok(installation.serve()?.ready_after.as_secs_f64()))
        .collect::<Fallible<Vec<f64>>>()?;
    let all: Vec<String> = times.iter().map(|time| format!("{time:.3}")).collect();
    let what = format!("start to ready, {} ledger rows, {database}", rows(lab));
    Ok(vec![Row::plain(
        &what,
        "s",
        median(times),
        Target::AtMost(1.0),
        format!("rounds {}", all.join(" ")),
    )])
}
