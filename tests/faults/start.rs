//! Starting while the database is unreachable: the program reports it and exits soon, with status 1.
//! Once it listens, it continues to run. While another process migrates, it waits, reports that, and
//! can be stopped.

use std::fs::{self, File};
use std::net::TcpListener;
use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use rustix::process::{Pid, Signal, kill_process};

use crate::database::{Database, Hand, on_both};
use crate::proxy::Proxy;
use crate::service::Installation;
use crate::wait;

const TOLD_WITHIN: Duration = Duration::from_secs(15);

/// Returns what `lanyard serve` prints when it cannot start.
fn refusal(url: &str) -> String {
    let begun = Instant::now();
    let Output { status, stderr, .. } = Installation::new(url, &[])
        .lanyard(&["serve"])
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&stderr).into_owned();
    assert_eq!(status.code(), Some(1), "{printed}");
    assert!(begun.elapsed() < TOLD_WITHIN, "{:?}", begun.elapsed());
    assert!(!printed.contains("sesame"), "the password is in {printed}");
    assert!(printed.contains("the database is unavailable"), "{printed}");
    printed
}

/// Returns an address on which no process listens.
fn deserted() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    format!(
        "postgres://lanyard:sesame@{}/lanyard",
        listener.local_addr().unwrap()
    )
}

#[test]
fn a_server_that_is_down() {
    let printed = refusal(&deserted());
    assert!(printed.contains("Connection refused"), "{printed}");
}

#[test]
fn a_server_that_is_silent() {
    let url = deserted();
    let proxy = Proxy::before(&url);
    proxy.fall_silent();
    let printed = refusal(&proxy.url(&url));
    assert!(printed.contains("timeout"), "{printed}");
}

#[test]
fn a_file_that_is_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lanyard.db");
    std::fs::write(&path, "Dear diary, ".repeat(1_000)).unwrap();
    let printed = refusal(&format!("sqlite:{}", path.display()));
    assert!(printed.contains("not a database"), "{printed}");
}

#[test]
fn a_folder_that_cannot_be_made() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let path = file.join("lanyard.db");
    let printed = refusal(&format!("sqlite:{}", path.display()));
    assert!(printed.contains(&file.display().to_string()), "{printed}");
}

/// A read that only serves a log line must not stop the service: here it waits for a lock until it
/// times out.
#[test]
fn a_database_that_goes_away_as_the_service_begins_to_listen() {
    let Some(database) = Database::postgres() else {
        return;
    };
    let installation = Installation::new(&database.url(), &[]);
    installation.serve().kill();
    let mut conn = PgConnection::establish(&database.url()).unwrap();
    conn.batch_execute("BEGIN; LOCK TABLE operators IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    let mut service = installation.serve();
    wait::until("the log says so", || {
        assert!(service.exited().is_none(), "lanyard serve ended");
        service.has_said("cannot check whether two logins have become the same")
    });
    assert!(service.is_ready());
}

on_both!(
    a_signal_ends_a_start_that_waits,
    a_signal_ends_it_as_the_first_process_too
);

/// Starts a process that migrates and does not finish.
fn migrating(database: &Database) -> Hand {
    match database {
        Database::Sqlite(folder) => {
            let path = folder.path().join("lanyard.db");
            let mut conn = SqliteConnection::establish(&path.to_string_lossy()).unwrap();
            conn.batch_execute("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE")
                .unwrap();
            Hand::Sqlite(conn)
        }
        Database::Postgres(url) => {
            let mut conn = PgConnection::establish(url).unwrap();
            conn.batch_execute("BEGIN; SELECT pg_advisory_xact_lock(7809644696442135552)")
                .unwrap();
            Hand::Postgres(conn)
        }
    }
}

/// Starts a process that waits, with its output in `log`.
fn waiting(installation: &Installation, command: &str, log: &std::path::Path) -> Child {
    let child = installation
        .lanyard(&[command])
        .stderr(File::create(log).unwrap())
        .spawn()
        .unwrap();
    wait::until("it says that it waits", || {
        fs::read_to_string(log)
            .unwrap()
            .contains("another process is migrating the database")
    });
    child
}

fn ends_with(code: i32, mut child: Child, log: &std::path::Path) {
    let mut status = None;
    wait::until_within(TOLD_WITHIN, "it ends", || {
        status = child.try_wait().unwrap();
        status.is_some()
    });
    let printed = fs::read_to_string(log).unwrap();
    assert_eq!(status.unwrap().code(), Some(code), "{printed}");
}

fn a_signal_ends_a_start_that_waits(database: &Database) {
    let installation = Installation::new(&database.url(), &[]);
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let hand = migrating(database);
    let child = waiting(&installation, "serve", &log);
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    ends_with(0, child, &log);
    drop(hand);
    // The next process does the migration that was aborted.
    installation.serve();
}

/// The first process of a container receives no signal that it does not handle.
fn a_signal_ends_it_as_the_first_process_too(database: &Database) {
    let prefix = ["unshare", "--pid", "--fork"];
    let can = Command::new(prefix[0])
        .args(&prefix[1..])
        .arg("true")
        .output();
    if !can.is_ok_and(|can| can.status.success()) {
        eprintln!("skipped: `unshare --pid` is not to be had here");
        return;
    }
    let words = prefix.map(str::to_owned).to_vec();
    let installation = Installation::new(&database.url(), &[]).behind(words);
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let hand = migrating(database);
    for (command, code) in [("serve", 0), ("migrate", 128 + 15)] {
        let child = waiting(&installation, command, &log);
        let id = child.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
        let first = children.trim().parse().unwrap();
        kill_process(Pid::from_raw(first).unwrap(), Signal::TERM).unwrap();
        ends_with(code, child, &log);
    }
    drop(hand);
}
