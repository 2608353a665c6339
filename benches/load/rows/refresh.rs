//! The latency of a refresh with a million live refresh tokens in the database, compared with a
//! thousand.

use std::collections::VecDeque;
use std::sync::Mutex;

use crate::Fallible;
use crate::grants::{self, Database, Owner};
use crate::http::Answer;
use crate::lab::Lab;
use crate::oauth::{ISSUER, OAuthClient, TOKEN, text_in};
use crate::paced;
use crate::report::{Row, Target};
use crate::service::{Installation, Service};
use crate::statistics::percentile;

const MANY: usize = 1_000_000;
const MANY_QUICK: usize = 50_000;

/// The number of tokens whose texts the bench has, and which it refreshes in turn. Beside a million it
/// has more, so that each is likely to be on a page that was not read lately.
const KNOWN_OF_MANY: usize = 20_000;
const FEW: usize = 1_000;

/// Refreshes a second: each writes to the disk, and none waits for another.
const OFFERED: u32 = 200;

/// A served installation, and the tokens that are refreshed next.
struct Side {
    service: Service,
    client: OAuthClient,
    tokens: Mutex<VecDeque<String>>,
}

impl Side {
    fn new(
        lab: &Lab,
        name: &str,
        database: Option<(&crate::cluster::Cluster, &'static str)>,
        (random, known): (usize, usize),
    ) -> Fallible<Self> {
        let folder = lab.folder(name)?;
        let url = database.map(|(cluster, name)| cluster.url(name));
        let installation = Installation::new(&folder, url, &[ISSUER])?;
        let service = installation.serve()?;
        let caller = installation.populate(&service)?;
        let client = installation.add_client(caller.organization, &[])?;
        drop(service);
        let database = match database {
            None => Database::Sqlite(installation.database_file()),
            Some((cluster, name)) => Database::Postgres {
                cluster,
                name,
                script: folder.join("rows.sql"),
            },
        };
        let owner = Owner {
            caller: &caller,
            client: &client,
        };
        let texts = grants::texts(known);
        database.add_refresh_tokens(&owner, random, &texts)?;
        Ok(Self {
            service: installation.serve()?,
            client,
            tokens: Mutex::new(texts.into()),
        })
    }

    /// Returns the median and the 99th percentile of the latency, in milliseconds.
    fn measure(&self, lab: &Lab) -> Fallible<[f64; 2]> {
        let next = || -> Fallible<String> {
            let token = self.lock()?.pop_front().ok_or("the tokens ran out")?;
            let body = format!("grant_type=refresh_token&refresh_token={token}");
            Ok(self.client.sender().post(TOKEN, &body))
        };
        let keep = |_: &str, answer: Answer| -> Fallible<()> {
            let successor = text_in(&answer, "refresh_token")?;
            self.lock()?.push_back(successor);
            Ok(())
        };
        let (address, time) = (self.service.server.address, lab.arguments.time);
        let mut latencies = paced::latencies_of(address, OFFERED, time, next, keep)?;
        Ok([0.5, 0.99].map(|part| percentile(&mut latencies, part)))
    }

    fn lock(&self) -> Fallible<std::sync::MutexGuard<'_, VecDeque<String>>> {
        Ok(self.tokens.lock().map_err(|_| "a measurement panicked")?)
    }
}

fn many(lab: &Lab) -> usize {
    if lab.arguments.quick {
        MANY_QUICK
    } else {
        MANY
    }
}

pub(crate) fn sqlite(lab: &Lab) -> Fallible<Vec<Row>> {
    let random = many(lab) - KNOWN_OF_MANY;
    let many = Side::new(lab, "refresh-many", None, (random, KNOWN_OF_MANY))?;
    let few = Side::new(lab, "refresh-few", None, (0, FEW))?;
    compare(lab, &many, &few, "SQLite")
}

pub(crate) fn postgres(lab: &Lab) -> Fallible<Vec<Row>> {
    const DATABASES: [&str; 2] = ["refresh_many", "refresh_few"];
    let cluster = lab.postgres()?;
    let [with_many, with_few] = DATABASES.map(|name| {
        cluster.create_database(name, None);
        Some((cluster, name))
    });
    let random = many(lab) - KNOWN_OF_MANY;
    let name = "refresh-many-postgres";
    let many = Side::new(lab, name, with_many, (random, KNOWN_OF_MANY))?;
    let few = Side::new(lab, "refresh-few-postgres", with_few, (0, FEW))?;
    // What the million rows left to be written would delay whatever is measured first.
    cluster.sql("postgres", "CHECKPOINT");
    compare(lab, &many, &few, "PostgreSQL")
}

fn compare(lab: &Lab, with_many: &Side, with_few: &Side, database: &str) -> Fallible<Vec<Row>> {
    let rounds = lab.in_turn(|_| with_many.measure(lab), |_| with_few.measure(lab))?;
    let row = |of: &str, part: fn(&[f64; 2]) -> f64, bound: f64| {
        let pairs: Vec<_> = rounds
            .iter()
            .map(|(many, few)| (part(many), part(few)))
            .collect();
        let live = many(lab);
        let what = format!("refresh {of}, {live} live refresh tokens, {database}");
        let target = Target::AtMost(bound);
        Row::ratio(&what, "ms", &pairs, "a thousand", target)
    };
    Ok(vec![
        row("p50", |both| both[0], 1.25),
        row("p99", |both| both[1], 2.0),
    ])
}
