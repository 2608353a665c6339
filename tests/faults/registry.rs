//! The registry of nodes across crashes of the database, which may undo writes that are not on the
//! disk yet.

use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::cluster::{self, Cluster, Options};
use crate::service::Installation;
use crate::wait;

const DATABASE: &str = "registry";

const LEASE: Duration = Duration::from_millis(500);

/// Registers a node that sends nothing afterwards.
fn enter(cluster: &Cluster, id: i64) {
    let values = format!("{id}, 'gone', {}, 0, 7, 0, 0", LEASE.as_micros());
    cluster.sql(
        DATABASE,
        &format!("INSERT INTO nodes (id, name, lease, applied_seq, beats, started_at, seen_at) VALUES ({values})"),
    );
}

/// Returns a number from the registry; 0 if there is no row.
fn number(cluster: &Cluster, column: &str, rows: &str) -> i64 {
    let query = format!("SELECT {column} FROM {rows}");
    cluster.sql(DATABASE, &query).parse().unwrap_or_default()
}

/// Waits until the serving node has read the registry again.
fn until_looked(cluster: &Cluster) {
    let beats = || number(cluster, "beats", "nodes WHERE name <> 'gone'");
    let before = beats();
    wait::until("the node beats", || beats() > before + 1);
}

#[test]
fn what_was_seen_of_a_row_before_a_crash_does_not_count_after_it() {
    // Data that a crash must not lose has to be on the disk.
    let options = Options {
        fsync: true,
        ..Options::default()
    };
    let Some(cluster) = cluster::start_or_skip(options) else {
        return;
    };
    cluster.create_database(DATABASE, None);
    let settings = [("FEED_LEASE", "500ms"), ("FEED_POLL", "50ms")];
    let installation = Installation::new(&cluster.url(DATABASE), &settings);
    let _service = installation.serve();
    let is_gone = |id| number(&cluster, "id", &format!("nodes WHERE id = {id}")) == 0;
    let mark = || number(&cluster, "mark", "incarnations");

    enter(&cluster, 1);
    wait::until("a node that stands still is cleared away", || is_gone(1));
    let first = mark();
    assert_ne!(first, 0);

    // Longer than a row may stay unchanged.
    let long = LEASE * 3;
    enter(&cluster, 2);
    until_looked(&cluster);
    cluster.crash();
    sleep(long);
    let back = Instant::now();
    cluster.start_again();
    wait::until("it is cleared away", || is_gone(2));
    assert!(back.elapsed() > LEASE * 2, "{:?}", back.elapsed());
    let second = mark();
    assert!(![0, first].contains(&second));

    // An orderly shutdown undoes nothing.
    enter(&cluster, 3);
    until_looked(&cluster);
    cluster.stop();
    sleep(long);
    cluster.start_again();
    wait::until("it is cleared away", || is_gone(3));
    assert_eq!(mark(), second);
}
