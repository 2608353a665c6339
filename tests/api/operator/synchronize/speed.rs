//! How long a full list takes inside its transaction, and how long it makes a revoke of another
//! organization wait. The times are printed and not checked:
//! `cargo test --test api -- --ignored --nocapture --test-threads=1 synchronize::speed`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use lanyard::audit::Origin;
use lanyard::base::clock::boot_time;
use lanyard::base::{OperatorId, OrganizationId};
use lanyard::db::Error;
use lanyard::feed::{self, Fact, Needed, Record};
use lanyard::operator::{Change, Ids, Row, SynchronizeError, synchronize};
use serde_json::json;

use crate::support::Server;
use crate::support::database::Database;

const ROWS: i64 = 1_000;

/// Runs the list. Returns the time in its transaction, without BEGIN and COMMIT.
fn run(server: &Server, organization: OrganizationId, rows: Vec<Row>) -> Duration {
    let (db, now) = (&server.app.db, server.app.clock.now());
    let ids = Ids::draw(db, organization, &rows, now).unwrap();
    let work = |conn: &mut _| {
        let began = boot_time();
        let origin = Origin::command_line();
        synchronize(conn, organization, rows, &origin, now, ids, &|| false)?;
        Ok::<_, SynchronizeError>(boot_time().saturating_sub(began))
    };
    db.write_blocking(work).unwrap()
}

/// The list of this round, for each kind of list.
fn lists(round: i64) -> Vec<(&'static str, Vec<Row>)> {
    let list = |change: &dyn Fn(i64) -> Change| -> Vec<_> {
        let row = |n| Row {
            id: Some(OperatorId(n)),
            change: change(n),
        };
        (1..=ROWS).map(row).collect()
    };
    let active = |active| Change {
        active: Some(active),
        ..Change::default()
    };
    let next = |n: i64| (n + round) % ROWS;
    vec![
        (
            "name changed",
            list(&|n| Change {
                name: Some(format!("Lan {n} {round}")),
                ..Change::default()
            }),
        ),
        (
            "name, email and external id changed",
            list(&|n| Change {
                name: Some(format!("Minh {n} {round}")),
                email: Some(Some(format!("minh-{n}-{round}@example.com"))),
                external_id: Some(Some(format!("chat-{n}-{round}"))),
                ..Change::default()
            }),
        ),
        (
            "emails and external ids exchanged",
            list(&|n| Change {
                email: Some(Some(format!("minh-{}-{round}@example.com", next(n) + 1))),
                external_id: Some(Some(format!("chat-{}-{round}", next(n) + 1))),
                ..Change::default()
            }),
        ),
        ("deactivated", list(&|_| active(false))),
        ("activated", list(&|_| active(true))),
    ]
}

/// Writes entries of another organization until `over`. Returns the longest time one took.
fn longest_revoke(server: &Server, organization: OrganizationId, over: &AtomicBool) -> Duration {
    let (db, now) = (&server.app.db, server.app.clock.now());
    let mut longest = Duration::ZERO;
    while !over.load(Ordering::Acquire) {
        let began = boot_time();
        db.write_blocking(|conn| -> Result<_, Error> {
            let fact = Fact::Changed(Record::Organization);
            feed::append(conn, organization, fact, now, Needed::in_passing(now))
        })
        .unwrap();
        longest = longest.max(boot_time().saturating_sub(began));
    }
    longest
}

const SETTINGS: &[&str] = &["database.pool_size=8"];

#[test]
#[ignore = "prints times"]
fn on_sqlite() {
    times(&Server::start(Database::sqlite(), SETTINGS));
}

#[test]
#[ignore = "prints times"]
fn on_postgres() {
    if let Some(database) = Database::postgres() {
        times(&Server::start(database, SETTINGS));
    }
}

fn times(server: &Server) {
    let (acme, other) = (server.organization("acme"), server.organization("other"));
    let (acme_id, other_id) = (OrganizationId(acme.id), OrganizationId(other.id));
    acme.post("/api/company/webhooks")
        .json(&json!({"url": "https://example.com/", "events": ["token.revoked", "operator.deactivated"]}))
        .send()
        .with_status(201);
    let new = (1..=ROWS).map(|n| Row {
        id: None,
        change: Change {
            name: Some(format!("Lan {n}")),
            ..Change::default()
        },
    });
    let added = run(server, acme_id, new.collect());
    let mut times = vec![vec![Duration::MAX; 2]; lists(0).len()];
    for round in 0..4 {
        for (number, (_, rows)) in lists(round).into_iter().enumerate() {
            let over = AtomicBool::new(false);
            let (took, waited) = std::thread::scope(|scope| {
                let other = scope.spawn(|| longest_revoke(server, other_id, &over));
                let took = run(server, acme_id, rows);
                over.store(true, Ordering::Release);
                (took, other.join().unwrap())
            });
            times[number][0] = times[number][0].min(took);
            times[number][1] = times[number][1].min(waited);
        }
    }
    let database = if server.app.db.is_postgres() {
        "PostgreSQL"
    } else {
        "SQLite"
    };
    eprintln!("{database}: added {added:.1?}");
    for ((name, _), times) in lists(0).iter().zip(times) {
        eprintln!(
            "{database}: {name} {:.1?}, a revoke waited {:.1?}",
            times[0], times[1]
        );
    }
}
