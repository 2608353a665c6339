//! Restoring a backup in every documented way.

mod drill;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use self::drill::{drill, refused};
use crate::cluster::{self, Options};
use crate::database::Database;
use crate::service::Installation;

/// If it is `1`, a missing `sqlite3` is a failure and not a skip.
const REQUIRED: &str = "LANYARD_REQUIRE_POSTGRES";

/// Returns the folder of SQLite's file, and the file.
fn place(database: &Database) -> (PathBuf, PathBuf) {
    let Database::Sqlite(folder) = database else {
        panic!("not SQLite");
    };
    let folder = folder.path().to_owned();
    let file = folder.join("lanyard.db");
    (folder, file)
}

/// Runs a command of the sqlite3 program. Returns whether the program is installed.
fn sqlite3(file: &Path, command: &str) -> bool {
    let output = Command::new("sqlite3")
        .arg(file)
        .arg(command)
        .stdin(Stdio::null())
        .output();
    match output {
        Ok(output) => {
            let printed = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{command}: {printed}");
            true
        }
        Err(why) => {
            let required = std::env::var_os(REQUIRED).is_some_and(|value| value == "1");
            assert!(!required, "{REQUIRED}=1, but sqlite3: {why}");
            eprintln!("SKIPPED: sqlite3 is not installed");
            false
        }
    }
}

/// Moves the old file and the files beside it away, and puts the copy in its place.
fn replace(folder: &Path, copy: &Path) {
    let old = folder.join("old");
    fs::create_dir(&old).unwrap();
    for name in ["lanyard.db", "lanyard.db-wal", "lanyard.db-shm"] {
        if folder.join(name).exists() {
            fs::rename(folder.join(name), old.join(name)).unwrap();
        }
    }
    fs::copy(copy, folder.join("lanyard.db")).unwrap();
}

fn drill_sqlite(command: &str) {
    let database = Database::sqlite();
    let (folder, file) = place(&database);
    let copy = folder.join("copy.db");
    if !sqlite3(&copy, "SELECT 1") {
        return;
    }
    let mut installation = Installation::new(&database.url(), &[]);
    drill(
        &mut installation,
        "--yes",
        || {
            sqlite3(&file, &format!("{command} '{}'", copy.display()));
        },
        |_| replace(&folder, &copy),
    );
}

#[test]
fn a_backup_of_sqlite_by_its_own_command() {
    drill_sqlite(".backup");
}

#[test]
fn a_backup_of_sqlite_by_vacuum_into() {
    drill_sqlite("VACUUM INTO");
}

#[test]
fn a_snapshot_of_sqlites_files() {
    let database = Database::sqlite();
    let (folder, file) = place(&database);
    let (copy, log) = (folder.join("copy.db"), folder.join("copy.db-wal"));
    let mut installation = Installation::new(&database.url(), &[]);
    drill(
        &mut installation,
        "--yes --keep-wal",
        || {
            // Both copies are of the same moment.
            let hand = database.hold();
            fs::copy(&file, &copy).unwrap();
            fs::copy(folder.join("lanyard.db-wal"), &log).unwrap();
            drop(hand);
            assert!(fs::metadata(&log).unwrap().len() > 0);
        },
        |installation| {
            replace(&folder, &copy);
            fs::copy(&log, folder.join("lanyard.db-wal")).unwrap();
            let why = refused(installation, &["restore", "--yes"]);
            assert!(why.contains("write-ahead log"), "{why}");
        },
    );
}

const DATABASE: &str = "drill";

#[test]
fn a_base_backup_of_postgresql() {
    let Some(cluster) = cluster::start_or_skip(Options::default()) else {
        return;
    };
    cluster.create_database(DATABASE, None);
    let mut installation = Installation::new(&cluster.url(DATABASE), &[]);
    let backup = std::cell::OnceCell::new();
    drill(
        &mut installation,
        "--yes",
        || assert!(backup.set(cluster.base_backup()).is_ok()),
        |installation| {
            let backup = backup.get().unwrap();
            cluster.stop();
            backup.start_again();
            installation.move_to(&backup.url(DATABASE));
        },
    );
}

#[test]
fn a_dump_of_postgresql() {
    let Some(cluster) = cluster::shared() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dump.sql");
    cluster.create_database(DATABASE, None);
    let mut installation = Installation::new(&cluster.url(DATABASE), &[]);
    drill(
        &mut installation,
        "--yes",
        || cluster.dump(DATABASE, &file),
        |_| {
            cluster.drop_database(DATABASE);
            cluster.create_database(DATABASE, None);
            cluster.load(DATABASE, &file);
        },
    );
}
