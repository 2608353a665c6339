//! The migrations: the same for both databases, forth and back.

use std::collections::BTreeSet;

use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use lanyard::db;

use super::catalogue::{Schema, of_postgres, of_sqlite, written};
use super::{migrated_postgres, migrated_sqlite};
use crate::support::database::Database;

#[test]
fn both_have_the_same_migrations_each_with_its_way_back() {
    let names = |folder: &str| -> BTreeSet<String> {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/");
        let entries = std::fs::read_dir(format!("{root}{folder}")).unwrap();
        let entries = entries.map(|entry| entry.unwrap());
        let names = entries.map(|entry| {
            for part in ["up.sql", "down.sql"] {
                assert!(
                    entry.path().join(part).is_file(),
                    "{:?} has no {part}",
                    entry.path()
                );
            }
            entry.file_name().into_string().unwrap()
        });
        names.collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn migrating_again_changes_nothing_and_two_at_once_are_one() {
    let bare = [Some(Database::bare_sqlite()), Database::bare_postgres()];
    for database in bare.into_iter().flatten() {
        let url = database.url().parse().unwrap();
        assert!(!db::pending(&url).unwrap().is_empty());
        let applied: Vec<_> = std::thread::scope(|scope| {
            let both = [(); 2].map(|()| scope.spawn(|| db::migrate(&url).unwrap()));
            both.into_iter()
                .flat_map(|one| one.join().unwrap())
                .collect()
        });
        let once: BTreeSet<_> = applied.iter().collect();
        assert_eq!(
            once.len(),
            applied.len(),
            "each was applied once: {applied:?}"
        );
        assert!(db::pending(&url).unwrap().is_empty());
        assert!(db::migrate(&url).unwrap().is_empty());
    }
}

#[test]
fn the_way_back_leaves_nothing_and_can_be_gone_again() {
    let (_sqlite, mut conn) = migrated_sqlite();
    let migrations = FileBasedMigrations::from_path("migrations/sqlite").unwrap();
    conn.revert_all_migrations(migrations.clone()).unwrap();
    assert_eq!(of_sqlite(&mut conn), Schema::new());
    conn.run_pending_migrations(migrations).unwrap();
    assert_eq!(of_sqlite(&mut conn), written());

    let Some((_postgres, mut conn)) = migrated_postgres() else {
        return;
    };
    let migrations = FileBasedMigrations::from_path("migrations/postgres").unwrap();
    conn.revert_all_migrations(migrations.clone()).unwrap();
    assert_eq!(of_postgres(&mut conn), Schema::new());
    conn.run_pending_migrations(migrations).unwrap();
    assert_eq!(of_postgres(&mut conn), written());
}
