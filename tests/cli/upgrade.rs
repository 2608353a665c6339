//! What an upgrade from an earlier release reports.

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

use crate::harness::Folder;

/// The master key of the databases in `tests/upgrade`.
const MASTER_KEY: (&str, &str) = (
    "LANYARD_MASTER_KEY",
    "3131313131313131313131313131313131313131313131313131313131313131",
);

/// A folder with the database of an earlier release, in which one operator has a role that becomes a
/// defined one, and another one has a role that does not.
fn earlier() -> Folder {
    let folder = Folder::new();
    let data = folder.path().join("lanyard-data");
    std::fs::create_dir(&data).unwrap();
    let database = data.join("lanyard.db");
    let mut conn = SqliteConnection::establish(database.to_str().unwrap()).unwrap();
    conn.batch_execute(include_str!("../upgrade/0010/sqlite.sql"))
        .unwrap();
    conn.batch_execute(
        "UPDATE operators SET role = 'marketing' WHERE id = 1; UPDATE operators SET role = 'guard' WHERE id = 2",
    )
    .unwrap();
    folder
}

#[test]
fn operators_who_gain_rights_are_counted_by_migrate_and_by_a_start() {
    let migrate = |folder: &Folder| {
        folder
            .run_with(&["migrate", "--json"], &[MASTER_KEY])
            .json()
    };
    let folder = earlier();
    assert_eq!(migrate(&folder)["gainingRights"], 1);
    assert!(
        migrate(&folder)["gainingRights"].is_null(),
        "nothing was applied"
    );

    let folder = earlier();
    let log = folder.serve(&[MASTER_KEY]).stop();
    let line = log.lines().find(|line| line.contains("operators=1"));
    assert!(
        line.is_some_and(|line| line.contains("lanyard role list")),
        "{log}"
    );
    let log = folder.serve(&[MASTER_KEY]).stop();
    assert!(!log.contains("lanyard role list"), "{log}");
}
