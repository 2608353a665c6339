//! Authorization codes redeemed by many clients at once, durably, compared with transactions of one
//! row.

use std::path::PathBuf;

use crate::Fallible;
use crate::generator::{Bodies, Load};
use crate::grants::{self, Database, Owner, REDIRECT_URI, VERIFIER};
use crate::lab::Lab;
use crate::ledger::SingleRows;
use crate::oauth::{ISSUER, OAuthClient, TOKEN};
use crate::pgbench::{PgBench, SINGLE_ROW_TABLE};
use crate::report::{Row, Target};
use crate::service::{Installation, Service};
use crate::tokens;
use crate::wrk;

use super::CONNECTIONS;

/// The largest multiple of the rate of single rows that redemptions can reach; so many codes are
/// made.
const AT_MOST: f64 = 4.0;

/// A served installation, and codes that nobody has redeemed: some for each round.
struct Side {
    service: Service,
    client: OAuthClient,
    codes: Vec<Vec<PathBuf>>,
}

impl Side {
    /// `database` is where the codes are written; `single` is the rate of single rows.
    fn new(
        lab: &Lab,
        installation: &Installation,
        database: &Database<'_>,
        single: f64,
    ) -> Fallible<Self> {
        let folder = lab.folder("code")?;
        let service = installation.serve()?;
        let caller = installation.populate(&service)?;
        let options = ["--redirect-uri", REDIRECT_URI];
        let client = installation.add_client(caller.organization, &options)?;
        drop(service);
        let a_round = (single * AT_MOST * lab.arguments.time.as_secs_f64()) as usize;
        let texts = grants::texts(a_round * lab.arguments.rounds);
        let owner = Owner {
            caller: &caller,
            client: &client,
        };
        database.add_codes(&owner, &texts)?;
        let body = |code: &str| {
            format!(
                "grant_type=authorization_code&code={code}&redirect_uri={REDIRECT_URI}&code_verifier={VERIFIER}"
            )
        };
        let codes = texts
            .chunks(a_round)
            .enumerate()
            .map(|(round, texts)| {
                let name = format!("round-{round}");
                tokens::write_bodies_of(&folder, &name, texts, wrk::threads(), body)
            })
            .collect::<Fallible<Vec<_>>>()?;
        Ok(Self {
            service: installation.serve()?,
            client,
            codes,
        })
    }

    fn measure(&self, lab: &Lab, round: usize) -> Fallible<f64> {
        let load = Load {
            path: TOKEN,
            sender: self.client.sender(),
            bodies: Bodies::Once {
                files: self.codes.get(round).cloned().unwrap_or_default(),
                again: false,
            },
            connections: CONNECTIONS,
            time: lab.arguments.time,
        };
        Ok(lab.measure(&self.service.server, &load)?.per_second)
    }
}

pub(crate) fn sqlite(lab: &Lab) -> Fallible<Vec<Row>> {
    let folder = lab.folder("code-sqlite")?;
    let other = Installation::new(&folder.join("single"), None, &[])?;
    other.migrate()?;
    let mut single = SingleRows::open(&other.database_file())?;
    let time = lab.arguments.time;
    let installation = Installation::new(&folder, None, &[ISSUER])?;
    let database = Database::Sqlite(installation.database_file());
    let side = Side::new(lab, &installation, &database, single.per_second(time)?)?;
    let rates = lab.in_turn(
        |round| side.measure(lab, round),
        |_| single.per_second(time),
    )?;
    Ok(vec![row(&rates, "SQLite", "a row a transaction")])
}

pub(crate) fn postgres(lab: &Lab) -> Fallible<Vec<Row>> {
    const DATABASE: &str = "code";
    let pgbench = PgBench::find()?;
    let cluster = lab.postgres()?;
    cluster.create_database(DATABASE, None);
    let folder = lab.folder("code-postgres")?;
    let url = cluster.url(DATABASE);
    let installation = Installation::new(&folder, Some(url.clone()), &[ISSUER])?;
    installation.migrate()?;
    cluster.sql(DATABASE, SINGLE_ROW_TABLE);
    let single = || pgbench.per_second(&folder, &url, lab.arguments.time);
    let database = Database::Postgres {
        cluster,
        name: DATABASE,
        script: folder.join("rows.sql"),
    };
    let side = Side::new(lab, &installation, &database, single()?)?;
    cluster.sql("postgres", "CHECKPOINT");
    let rates = lab.in_turn(|round| side.measure(lab, round), |_| single())?;
    Ok(vec![row(
        &rates,
        "PostgreSQL",
        "pgbench, a row a transaction",
    )])
}

fn row(rates: &[(f64, f64)], database: &str, against: &'static str) -> Row {
    let what = format!("a code redeemed, durable, {database}");
    Row::ratio(&what, "1/s", rates, against, Target::AtLeast(1.0))
}
