//! `lanyard restore` on SQLite: what it refuses before anything is written, and what it prints. The
//! tests with real backups are in `tests/faults`.

use std::collections::BTreeMap;
use std::fs;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::harness::{Folder, Service, until};

const DATABASE: &str = "lanyard-data/lanyard.db";

/// Returns the bytes of the database and of the files beside it.
fn files(folder: &Folder) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder.path().join("lanyard-data")).unwrap();
    let named = files.map(|file| {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name, fs::read(path).unwrap())
    });
    named.collect()
}

fn kill(mut service: Service) {
    service.signal(Signal::KILL);
    until("it has ended", || service.ended().is_some());
}

#[test]
fn it_does_nothing_that_was_not_meant() {
    let folder = Folder::new();
    let why = folder.run(&["restore", "--yes"]).refused();
    assert!(why.contains("there is no database at"), "{why}");
    folder.serve(&[]).stop();
    let before = files(&folder);
    let why = folder.run_piped(&["restore"], "yes\n").refused();
    assert!(why.contains("say --yes"), "{why}");
    let odd = folder.run(&["restore", "--yes", "--head", "-1"]);
    assert_eq!(odd.code, 2, "{odd:?}");
    assert_eq!(files(&folder), before);
    let far = i64::MAX.to_string();
    let why = folder.run(&["restore", "--yes", "--head", &far]).refused();
    assert!(why.contains("is --head right?"), "{why}");
    let states = folder.run(&["key", "list", "--json"]).ok();
    assert!(!states.contains("revoked\""), "{states}");
}

#[test]
fn a_process_that_has_the_file_open_is_named() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    let company = folder.populate(&service);
    for arguments in [
        &["restore", "--yes"][..],
        &["restore", "--yes", "--keep-wal"],
    ] {
        let why = folder.run(arguments).refused();
        let process = format!("process {} has ", service.id());
        assert!(
            why.contains(&process) && why.contains("stop every node"),
            "{why}"
        );
    }
    let answer = service.get_as(&company, "/api/company/organization");
    assert_eq!(answer.status, 200);
}

#[test]
fn a_write_ahead_log_is_taken_in_only_if_it_is_said_to_belong_to_the_copy() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    folder.populate(&service);
    kill(service);
    // The files that a careless restore leaves beside the copy, and that a snapshot of the file
    // system contains.
    let before = files(&folder);
    assert!(!before["lanyard.db-wal"].is_empty());
    let why = folder.run(&["restore", "--yes"]).refused();
    assert!(
        why.contains("lanyard.db-wal") && why.contains("--keep-wal"),
        "{why}"
    );
    assert_eq!(files(&folder), before);
    let printed = folder
        .run(&["restore", "--yes", "--keep-wal", "--json"])
        .json();
    // Organization 1 and operator 1 are in the log only, or in the file.
    assert_eq!(
        printed["ids"],
        json!({"api_key_secrets": 1_000_000, "operator_imports": 1_000_000, "operators": 1_000_001, "organizations": 1_000_001, "platform_admins": 1_000_000, "resources": 1_000_000, "webhooks": 1_000_000})
    );
    assert_eq!(printed["nodesRemoved"].as_array().unwrap().len(), 1);
    // Now there is no log any more.
    assert!(!files(&folder).contains_key("lanyard.db-wal"));
    let printed = folder.run(&["restore", "--yes"]).ok();
    assert!(
        printed.contains("what a copy does not show:\n- passwords"),
        "{printed}"
    );
    assert!(!printed.contains("registry"), "{printed}");
}

/// A key that was revoked or rotated after the copy was made is active in it.
#[test]
fn no_api_key_of_a_copy_is_accepted_until_it_is_released() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    folder.populate(&service);
    let add = [
        "api-key",
        "add",
        "--organization",
        "1",
        "--name",
        "Till",
        "--json",
    ];
    let made = folder.run(&add).json();
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    service.stop();
    let printed = folder.run(&["restore", "--yes", "--json"]).json();
    assert_eq!(printed["apiKeysQuarantined"], 1);
    let check = || folder.run_piped(&["api-key", "check", "--json"], key);
    let refused = check();
    assert_eq!(refused.code, 1);
    assert_eq!(refused.json()["code"], "quarantined");
    folder.run(&["api-key", "release", id]).ok();
    check().ok();
}

#[test]
fn a_copy_that_is_damaged_is_refused_and_left_as_it_is() {
    let folder = Folder::new();
    folder.serve(&[]).stop();
    let whole = files(&folder)["lanyard.db"].clone();
    let path = folder.path().join(DATABASE);
    let half = whole[..whole.len() / 2].to_vec();
    let torn: Vec<u8> = whole
        .iter()
        .enumerate()
        // The header of each page except the first.
        .map(|(place, byte)| {
            if place >= 4096 && place % 4096 < 8 {
                0xaa
            } else {
                *byte
            }
        })
        .collect();
    let other = b"not a database, whatever its name is. ".repeat(200);
    for copy in [half, torn, other] {
        fs::write(&path, &copy).unwrap();
        let why = folder.run(&["restore", "--yes"]).refused();
        assert!(
            why.contains("this copy is damaged, take another one: "),
            "{why}"
        );
        assert_eq!(fs::read(&path).unwrap(), copy);
        for beside in ["-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{beside}", path.display()));
        }
    }
    fs::write(&path, &whole).unwrap();
    folder.run(&["restore", "--yes"]).ok();
}

#[test]
fn another_master_key_makes_no_new_key() {
    let folder = Folder::new();
    folder.serve(&[]).stop();
    let other = folder.write("other.key", &"08".repeat(32));
    let other = [("LANYARD_MASTER_KEY_FILE", other.to_str().unwrap())];
    let why = folder.run_with(&["restore", "--yes"], &other).refused();
    assert!(why.contains("not the master key of this database"), "{why}");
    let own = folder.path().join("lanyard-data/master.key");
    let elsewhere = folder.path().join("master.key");
    fs::rename(&own, &elsewhere).unwrap();
    let why = folder.run(&["restore", "--yes"]).refused();
    assert!(why.contains("the master key is gone"), "{why}");
    assert!(!own.exists());
    fs::rename(&elsewhere, &own).unwrap();
    let keys = folder.run(&["key", "list", "--json"]).ok();
    let key: Value = serde_json::from_str(&keys).unwrap();
    assert_eq!(key["state"], "active");
}
