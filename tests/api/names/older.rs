//! Names that an older release distinguished.

use std::sync::Arc;

use diesel::Connection;
use diesel::connection::SimpleConnection;
use diesel::{PgConnection, SqliteConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use lanyard::audit::Origin;
use lanyard::base::OrganizationId;
use lanyard::db::{self, Collision};
use lanyard::organization::{self, ManageError};
use serde_json::json;

use super::{COMPOSED, DECOMPOSED, log_in};
use crate::support::database::Database;
use crate::support::{Organization, Server};

/// A connection to a test's database.
enum Either {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Either {
    fn to(database: &Database) -> Self {
        let url = database.url();
        match url.strip_prefix("sqlite:") {
            Some(path) => Self::Sqlite(SqliteConnection::establish(path).unwrap()),
            None => Self::Postgres(PgConnection::establish(&url).unwrap()),
        }
    }

    /// Resets the schema to the state before names had today's keys.
    fn go_back(&mut self) {
        fn revert<DB: diesel::backend::Backend>(
            conn: &mut impl MigrationHarness<DB>,
            folder: &str,
        ) {
            let all = FileBasedMigrations::from_path(folder).unwrap();
            loop {
                let reverted = conn.revert_last_migration(all.clone()).unwrap();
                if reverted.to_string() == "0009" {
                    return;
                }
            }
        }
        match self {
            Self::Sqlite(conn) => revert(conn, "migrations/sqlite"),
            Self::Postgres(conn) => revert(conn, "migrations/postgres"),
        }
    }

    fn run(&mut self, statement: &str) {
        match self {
            Self::Sqlite(conn) => conn.batch_execute(statement).unwrap(),
            Self::Postgres(conn) => conn.batch_execute(statement).unwrap(),
        }
    }
}

/// Returns what an older release wrote: pairs of names that it distinguished.
fn old_rows() -> String {
    use std::fmt::Write as _;
    let mut rows = String::new();
    for (id, login, password) in [
        (1, "ΟΔΟΣ", "first"),
        (2, "οδοσ", "second"),
        (3, DECOMPOSED, "mâ\u{323}t"),
        (4, COMPOSED, "fourth"),
        (5, "\u{200b}", "fifth"),
        (6, "a/b", "sixth"),
    ] {
        let lower = login.to_lowercase();
        let hash = bcrypt::hash(password, 4).unwrap();
        writeln!(
            rows,
            "INSERT INTO organizations (id, login, login_key, name, password_hash, status, enforce_rotation, created_at, \
             updated_at) VALUES ({id}, '{login}', '{lower}', 'x', '{hash}', 'active', FALSE, {id}, {id});"
        )
        .unwrap();
    }
    for (id, email, status) in [
        (1, "ΟΔΟΣ@b", "deleted"),
        (2, "ΟΔΟΣ@b", "active"),
        (3, "οδοσ@b", "inactive"),
        (4, "lan@b", "active"),
    ] {
        let lower = email.to_lowercase();
        writeln!(
            rows,
            "INSERT INTO operators (organization_id, id, name, email, email_key, status, created_at, updated_at) \
             VALUES (1, {id}, '\u{200b}', '{email}', '{lower}', '{status}', 1, 1);"
        )
        .unwrap();
    }
    rows.push_str("UPDATE sequences SET value = 10 WHERE name IN ('organizations', 'operators');");
    rows
}

fn upgraded(database: &Arc<Database>) {
    let url = database.url().parse().unwrap();
    db::migrate(&url).unwrap();
    let mut conn = Either::to(database);
    conn.go_back();
    conn.run(&old_rows());
    assert!(db::migrate(&url).unwrap().contains(&"0009".to_owned()));
    let described = |colliding: Vec<Collision>| -> Vec<String> {
        let described = colliding.iter().map(|collision| match collision {
            Collision::Login { organization, .. } => format!("organization {organization}"),
            Collision::Email {
                organization,
                operator,
                ..
            } => format!("operator {operator} of {organization}"),
        });
        described.collect()
    };
    let options = db::Options {
        url: database.url().parse().unwrap(),
        pool_size: 1,
        acquire_timeout: std::time::Duration::from_secs(30),
    };
    let pool = db::Db::open(&options).unwrap();
    let colliding = || described(db::settle_names(&pool, 100).unwrap());
    assert_eq!(
        colliding(),
        ["organization 2", "organization 4", "operator 3 of 1"]
    );

    let server = Server::start(Arc::clone(database), &["login.throttle=false"]);
    let server = &server;
    // The oldest has the name in every form, except the form in which the younger one is typed.
    for typed in ["ΟΔΟΣ", "οδος"] {
        log_in(server, typed, "first").with_status(200);
    }
    for typed in ["οδοσ", "ΟδΟσ"] {
        log_in(server, typed, "second").with_status(200);
    }
    log_in(server, COMPOSED, "fourth").with_status(200);
    log_in(server, "CÔNG-TY", "fourth").with_status(200);
    log_in(server, COMPOSED, "mâ\u{323}t").with_status(401);
    // A password of an older release: first only as it was typed, and after that in any form.
    log_in(server, DECOMPOSED, "mật").with_status(401);
    log_in(server, DECOMPOSED, "mâ\u{323}t").with_status(200);
    log_in(server, DECOMPOSED, "mật").with_status(200);
    // A login that is not allowed any more continues to work.
    log_in(server, "\u{200b}", "fifth").with_status(200);
    log_in(server, "A/B", "sixth").with_status(200);

    // A younger operator keeps its address while its other members are changed.
    let acme = Organization::add(server, "acme", "open").log_in();
    assert!(acme.id > 10);
    let first = acme.with_token(&log_in(server, "οδος", "first").with_status(200).string());
    let (younger, older) = ("/api/company/operators/3", "/api/company/operators/2");
    let answer = first.patch(younger).json(&json!({"role": "admin"})).send();
    assert_eq!(answer.with_status(200).json()["email"], "οδοσ@b");
    let same = first
        .patch(younger)
        .json(&json!({"email": "Οδοσ@b"}))
        .send();
    same.with_status(409);
    first
        .patch(older)
        .json(&json!({"email": null}))
        .send()
        .with_status(200);

    // Logins are changed from the command line; a name that has become free is assigned at the next
    // start.
    let (now, origin) = (server.app.clock.now(), Origin::command_line());
    let taken = organization::set_login(&server.app.db, OrganizationId(2), "ΟΔΟΣ", &origin, now);
    assert!(matches!(taken, Err(ManageError::Taken)), "{taken:?}");
    organization::set_login(&server.app.db, OrganizationId(2), "odos", &origin, now).unwrap();
    log_in(server, "ODOS", "second").with_status(200);
    log_in(server, "οδοσ", "first").with_status(200);
    assert_eq!(colliding(), ["organization 4"]);
}

#[test]
fn names_of_an_older_release_on_sqlite() {
    upgraded(&Database::bare_sqlite());
}

#[test]
fn names_of_an_older_release_on_postgres() {
    if let Some(database) = Database::bare_postgres() {
        upgraded(&database);
    }
}
