//! PostgreSQL stops as in a crash and starts again, under load of every kind: calls that need it
//! are refused with 503, validation continues, nothing that was confirmed is lost, and the service
//! recovers by itself.

use std::collections::HashSet;
use std::time::Duration;

use lanyard::db::{self, Db};
use lanyard::feed;

use crate::call::Verdict;
use crate::cluster::{Cluster, Options};
use crate::crowd::{Crowd, Errand, Promises, STORED};
use crate::database::Database;
use crate::dice::Dice;
use crate::ledger::jti;
use crate::service::{Installation, Service};
use crate::tempdir::alone;
use crate::{cluster, wait};

/// Every answer must arrive within this time. A revoke that was committed just before the outage
/// may wait for the lease of every node that it cannot reach; all other calls are refused at once.
const ANSWERED_WITHIN: Duration = Duration::from_secs(30);

const OUTAGES: u32 = 2;

#[test]
fn postgres_stops_and_comes_back_under_load() {
    let _machine = alone();
    if cluster::shared().is_none() {
        return;
    }
    // Data that a crash must not lose has to be on the disk.
    let options = Options {
        fsync: true,
        ..Options::default()
    };
    let cluster = Cluster::start(options).unwrap();
    let database = Database::on(&cluster);
    // Other tests check how long a lease lasts: here it lasts as long as a busy machine needs.
    let installation = Installation::new(&database.url(), &[("FEED_LEASE", "20s")]);
    let mut service = installation.serve();
    let operator = installation.populate("acme");
    let crowd = Crowd::new(&service, operator, &Dice::roll("outage"));
    let company = crowd.company().to_owned();

    let promises = crowd.run(|crowd| {
        for _ in 0..OUTAGES {
            crowd.until_done(&STORED, 20);
            cluster.crash();
            crowd.until_refused(&[Errand::Issue], 20);
            assert!(!service.is_ready());
            crowd.until_done(&[Errand::Validate], 200);
            // A revoke that was committed just before is refused last: after the lease of its own
            // node has expired.
            crowd.until_refused(&STORED, 20);
            cluster.start_again();
            wait::until("it is ready again", || service.is_ready());
            crowd.until_done(&STORED, 20);
        }
    });

    assert!(promises.wrong.is_empty(), "{:#?}", promises.wrong);
    assert!(promises.slowest < ANSWERED_WITHIN, "{:?}", promises.slowest);
    let before = kept(&service, &company, &promises);
    service.kill();
    service = installation.serve();
    assert_eq!(
        before,
        kept(&service, &company, &promises),
        "after a restart"
    );
}

#[test]
fn a_connection_that_was_cut_is_not_used_again() {
    let Some(cluster) = cluster::shared() else {
        return;
    };
    let text = Database::on(cluster).url();
    let name = text.rsplit('/').next().unwrap();
    let url = text.parse().unwrap();
    db::migrate(&url).unwrap();
    let db = Db::open(&db::Options {
        url,
        pool_size: 2,
        acquire_timeout: Duration::from_secs(20),
    })
    .unwrap();
    for _ in 0..5 {
        // A connection that was being opened is closed as well: the pool then reports at once that
        // it has none.
        wait::until("the database is read", || {
            db.read_blocking(feed::head).is_ok()
        });
        let cut = format!(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}'"
        );
        cluster.sql("postgres", &cut);
    }
}

/// Panics unless every promise is kept. Returns the verdicts on tokens whose revocation was
/// refused: either verdict is correct, if it does not change later.
pub(crate) fn kept(service: &Service, company: &str, promises: &Promises) -> Vec<Verdict> {
    let mut client = service.client();
    // Once this revocation is in force, every revocation that was committed before is in force,
    // too.
    let operator = operator_of(&mut client, company);
    let last = client.issue(company, operator);
    assert_eq!(client.try_revoke(company, &last).answer().status, 204);

    let revoked = client.validate_all(company, &promises.revoked);
    let valid = revoked
        .iter()
        .filter(|verdict| **verdict != Verdict::revoked());
    assert_eq!(
        valid.count(),
        0,
        "of {} revoked tokens, this many are still valid",
        promises.revoked.len()
    );

    let revoked: HashSet<&String> = promises.revoked.iter().chain(&promises.doubtful).collect();
    let live: Vec<String> = promises
        .issued
        .iter()
        .filter(|token| !revoked.contains(token))
        .cloned()
        .collect();
    crate::ledger::holds_all(&mut client, company, &live);

    let operators: HashSet<i64> = client
        .list(company, "/api/company/operators")
        .iter()
        .map(|operator| operator["id"].as_i64().unwrap())
        .collect();
    let gone = promises.added.iter().filter(|id| !operators.contains(id));
    assert_eq!(
        gone.count(),
        0,
        "of {} added operators, this many are missing",
        promises.added.len()
    );

    // The list contains only valid tokens: a token whose revocation was refused is either in it or
    // revoked.
    let listed: HashSet<String> = client
        .list(company, "/api/company/tokens")
        .iter()
        .map(|line| line["jti"].as_str().unwrap().to_owned())
        .collect();
    let doubtful = client.validate_all(company, &promises.doubtful);
    for (token, verdict) in promises.doubtful.iter().zip(&doubtful) {
        assert_eq!(
            listed.contains(&jti(token)),
            *verdict == Verdict::Valid,
            "{verdict:?}"
        );
    }
    doubtful
}

fn operator_of(client: &mut crate::http::Client, company: &str) -> i64 {
    let answer = client.call(
        "GET",
        "/api/company/operators?status=active&limit=1",
        company,
        "",
    );
    answer.answer().json()["items"][0]["id"].as_i64().unwrap()
}
