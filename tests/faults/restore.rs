//! Restoring a backup in every documented way. After the backup comes a time that is then lost: in
//! it, ids, sequences, tokens and keys are used and revoked, and the copy has none of that. After
//! the restore none of it is valid, and none of it is issued again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::cluster::{self, Options};
use crate::database::Database;
use crate::events::Events;
use crate::http::request;
use crate::service::{Installation, PASSWORD, Service};

/// If it is `1`, a missing `sqlite3` is a failure and not a skip.
const REQUIRED: &str = "LANYARD_REQUIRE_POSTGRES";

fn run(installation: &Installation, arguments: &[&str]) -> Output {
    installation.lanyard(arguments).output().unwrap()
}

fn ok(installation: &Installation, arguments: &[&str]) -> String {
    let output = run(installation, arguments);
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {printed}");
    String::from_utf8(output.stdout).unwrap()
}

fn refused(installation: &Installation, arguments: &[&str]) -> String {
    let output = run(installation, arguments);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// Returns one value of each line that a command prints.
fn listed(installation: &Installation, command: &str, member: &str) -> Vec<Value> {
    let lines = ok(installation, &[command, "list", "--json"]);
    let value = |line: &str| serde_json::from_str::<Value>(line).unwrap()[member].clone();
    lines.lines().map(value).collect()
}

fn highest_organization(installation: &Installation) -> i64 {
    let ids = listed(installation, "organization", "id");
    ids.iter().filter_map(Value::as_i64).max().unwrap()
}

fn post(service: &Service, path: &str, token: &str, body: &Value) -> crate::http::Answer {
    let body = body.to_string();
    service.client().call("POST", path, token, &body).answer()
}

fn log_in(service: &Service, login: &str) -> String {
    let body = json!({"login": login, "password": PASSWORD});
    post(service, "/api/company/get-token", "", &body).string()
}

fn token_for(service: &Service, company: &str, operator: i64) -> String {
    let body = json!({"id": operator});
    post(service, "/api/operator/get-token", company, &body).string()
}

fn is_valid(service: &Service, company: &str, token: &str) -> bool {
    let body = json!({"token": token});
    let answer = post(service, "/api/operator/validate-token", company, &body);
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["isValid"] == true
}

/// Returns the revocations after `last`, up to the first head of the stream.
fn revocations_after(service: &Service, company: &str, last: i64) -> Vec<Value> {
    let request = request("GET", "/api/company/revocations", company, "").replacen(
        "\r\n",
        &format!("\r\nAccept: text/event-stream\r\nLast-Event-ID: {last}\r\n"),
        1,
    );
    Events::open(service.address, request.as_bytes())
        .until_head()
        .0
}

fn is_let_in(service: &Service, company: &str) -> bool {
    let mut client = service.client();
    let answer = client.call("GET", "/api/company/organization", company, "");
    let status = answer.answer().status;
    assert!([200, 401, 403].contains(&status), "{status}");
    status == 200
}

/// Revokes all tokens of an operator. Returns the sequence of the entry.
fn revoke_tokens(service: &Service, company: &str, operator: i64) -> i64 {
    let path = format!("/api/company/operators/{operator}/revoke-tokens");
    let answer = post(service, &path, company, &Value::Null);
    assert_eq!(answer.status, 204, "{answer:?}");
    let sequence = answer.header("revocation-sequence").unwrap();
    sequence.parse().unwrap()
}

fn rotate_and_revoke_the_key(installation: &Installation) {
    let first = listed(installation, "key", "kid");
    let first = first[0].as_str().unwrap();
    ok(installation, &["key", "rotate"]);
    ok(installation, &["key", "rotate", "--force"]);
    ok(installation, &["key", "revoke", first]);
}

/// Backs up, continues to use the service, puts the backup back, restores with `flags`, and checks
/// everything that was issued.
fn drill(
    installation: &mut Installation,
    flags: &str,
    back_up: impl FnOnce(),
    put_back: impl FnOnce(&mut Installation),
) {
    let mut service = installation.serve();
    let lan = installation.populate("acme");
    let mut companies = vec![log_in(&service, "acme")];
    let company = companies[0].clone();
    let mut tokens: Vec<_> = (0..2).map(|_| token_for(&service, &company, lan)).collect();
    back_up();

    // Here begins the time that is lost.
    let revoke = json!({"token": tokens[0]});
    let revoked = post(&service, "/api/operator/revoke-token", &company, &revoke);
    assert_eq!(revoked.status, 204, "{revoked:?}");
    let lost_operator = installation.populate("lost");
    let lost_organization = highest_organization(installation);
    companies.push(log_in(&service, "lost"));
    tokens.push(token_for(&service, &companies[1], lost_operator));
    rotate_and_revoke_the_key(installation);
    assert!(!is_let_in(&service, &company));
    companies.push(log_in(&service, "acme"));
    let company = companies[2].clone();
    tokens.push(token_for(&service, &company, lan));
    for _ in 0..20 {
        revoke_tokens(&service, &company, lan);
    }
    let last = revoke_tokens(&service, &company, lan);
    tokens.push(token_for(&service, &company, lan));
    assert!(is_valid(&service, &company, &tokens[4]));

    let why = refused(installation, &["restore", "--yes"]);
    assert!(why.contains("stop every node"), "{why}");
    assert!(
        is_valid(&service, &company, &tokens[4]),
        "the refused restore changed nothing"
    );
    service.terminate();
    assert!(service.wait().success());
    put_back(installation);

    let why = refused(installation, &["restore"]);
    assert!(why.contains("--yes"), "{why}");
    let arguments: Vec<_> = flags.split(' ').collect();
    let printed = ok(
        installation,
        &[&["restore", "--json"], &*arguments].concat(),
    );
    let printed: Value = serde_json::from_str(&printed).unwrap();
    assert!(printed["head"].as_i64().unwrap() < last, "{printed}");
    assert!(printed["sequence"].as_i64().unwrap() > last + 900_000_000);
    let again = ok(installation, &["restore", "--yes"]);
    assert!(again.contains("every token is revoked"), "{again}");

    let service = installation.serve();
    let company = log_in(&service, "acme");
    for (place, token) in tokens.iter().enumerate() {
        assert!(!is_valid(&service, &company, token), "token {place}");
    }
    for (place, token) in companies.iter().enumerate() {
        assert!(!is_let_in(&service, token), "company token {place}");
    }
    // Operators that were added in the lost time are gone. They can be added again, with ids that
    // were never used.
    assert!(installation.populate("lost") > lost_operator);
    assert!(highest_organization(installation) > lost_organization);
    let other = log_in(&service, "lost");
    assert!(!is_valid(&service, &other, &tokens[2]));
    assert!(!is_let_in(&service, &companies[1]));
    // Whatever is issued now is valid until it is revoked.
    let fresh = token_for(&service, &company, lan);
    assert!(is_valid(&service, &company, &fresh));
    let sequence = revoke_tokens(&service, &company, lan);
    assert!(!is_valid(&service, &company, &fresh));

    // A follower whose position is in the lost time receives every entry that revokes tokens which
    // it considers valid.
    let rows = revocations_after(&service, &company, last);
    let everything = rows.iter().filter(|row| row["kind"] == "organization");
    let everything: Vec<_> = everything.map(|row| &row["seq"]).collect();
    assert!(everything.contains(&&printed["sequence"]), "{rows:?}");
    assert_eq!(rows.last().unwrap()["seq"], sequence);
    let keys = rows.iter().filter(|row| row["kind"] == "key").count();
    assert_eq!(keys, 2, "the copy's key, and the one of the first restore");
    // A follower whose position is beyond everything starts from the beginning.
    let beyond = revocations_after(&service, &company, sequence + 1_000_000);
    assert!(beyond.ends_with(&rows), "{beyond:?}");
}

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
