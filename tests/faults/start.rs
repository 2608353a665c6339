//! Starting while the database cannot be had: the program says so and ends, soon and with status 1. Once it listens, it stays.

use std::net::TcpListener;
use std::process::Output;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};

use crate::database::Database;
use crate::proxy::Proxy;
use crate::service::Installation;
use crate::wait;

const TOLD_WITHIN: Duration = Duration::from_secs(15);

/// What `lanyard serve` says when it cannot start.
fn refusal(url: &str) -> String {
    let begun = Instant::now();
    let Output { status, stderr, .. } = Installation::new(url, &[])
        .lanyard(&["serve"])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&stderr).into_owned();
    assert_eq!(status.code(), Some(1), "{told}");
    assert!(begun.elapsed() < TOLD_WITHIN, "{:?}", begun.elapsed());
    assert!(!told.contains("sesame"), "the password is in {told}");
    assert!(told.contains("the database is unavailable"), "{told}");
    told
}

/// An address nobody listens on.
fn deserted() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    format!(
        "postgres://lanyard:sesame@{}/lanyard",
        listener.local_addr().unwrap()
    )
}

#[test]
fn a_server_that_is_down() {
    let told = refusal(&deserted());
    assert!(told.contains("Connection refused"), "{told}");
}

#[test]
fn a_server_that_is_silent() {
    let url = deserted();
    let proxy = Proxy::before(&url);
    proxy.fall_silent();
    let told = refusal(&proxy.url(&url));
    assert!(told.contains("timeout"), "{told}");
}

#[test]
fn a_file_that_is_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lanyard.db");
    std::fs::write(&path, "Dear diary, ".repeat(1_000)).unwrap();
    let told = refusal(&format!("sqlite:{}", path.display()));
    assert!(told.contains("not a database"), "{told}");
}

#[test]
fn a_folder_that_cannot_be_made() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let path = file.join("lanyard.db");
    let told = refusal(&format!("sqlite:{}", path.display()));
    assert!(told.contains(&file.display().to_string()), "{told}");
}

/// What is only to be told to whoever reads the log must end nothing: here it waits for a lock until it is given up.
#[test]
fn a_database_that_goes_away_as_the_service_begins_to_listen() {
    let Some(database) = Database::postgres() else {
        return;
    };
    let installation = Installation::new(&database.url(), &[]);
    installation.serve().kill();
    let mut conn = PgConnection::establish(&database.url()).unwrap();
    conn.batch_execute("BEGIN; LOCK TABLE organizations IN ACCESS EXCLUSIVE MODE")
        .unwrap();
    let mut service = installation.serve();
    wait::until("the log says so", || {
        assert!(service.exited().is_none(), "lanyard serve ended");
        service.has_said("whether there is an organization cannot be told")
    });
    assert!(service.is_ready());
}
