//! `lanyard platform-admin …`, `lanyard node …` and `lanyard job …`.

use crate::harness::Folder;

#[test]
fn an_admin_of_the_platform_is_added_listed_and_removed() {
    let folder = Folder::new();
    folder.write("password", "correct horse\n");
    let add = |login: &str, more: &[&str]| {
        let command = ["platform-admin", "add", "--login", login];
        let file = ["--password-file", "password"];
        folder.run(&[&command[..], &file, more].concat())
    };
    // It needs no service that has run before.
    let added = add("Root", &["--json"]).json();
    assert_eq!(added["id"], 1);
    let secret = added["totpSecret"].as_str().unwrap();
    assert_eq!(secret.len(), 32);
    let uri = added["uri"].as_str().unwrap();
    assert!(
        uri.starts_with("otpauth://totp/Lanyard:Root?secret="),
        "{uri}"
    );
    assert!(uri.contains(secret), "{uri}");
    assert_eq!(added["recoveryCodes"].as_array().unwrap().len(), 10);
    let taken = add("ROOT", &[]).refused();
    assert!(taken.contains("exists already"), "{taken}");
    let odd = add("a/b", &[]).refused();
    assert!(odd.contains("the login must have"), "{odd}");
    folder.write("password", "\n");
    let empty = add("olga", &[]).refused();
    assert!(empty.contains("the password is empty"), "{empty}");
    folder.write("password", "another one\n");
    let printed = add("olga", &[]).ok();
    assert!(
        printed.contains("/console/platform/sign-in as olga"),
        "{printed}"
    );
    assert!(printed.contains("otpauth://totp/"), "{printed}");

    let listed = folder.run(&["platform-admin", "list"]).ok();
    assert!(
        listed.contains("Root") && listed.contains("olga"),
        "{listed}"
    );
    assert!(!listed.contains(secret), "{listed}");
    let json = folder.run(&["platform-admin", "list", "--json"]).ok();
    assert_eq!(json.lines().count(), 2);
    let ended = folder.run(&["platform-admin", "end-sessions", "1", "--json"]);
    let ended = ended.json();
    assert_eq!(ended["status"], "active");
    assert_eq!(ended["sessionsEnded"], 0);
    let said = folder.run(&["platform-admin", "end-sessions", "2"]).ok();
    assert!(said.contains("olga is signed out everywhere"), "{said}");
    folder
        .run(&["platform-admin", "end-sessions", "9"])
        .refused();
    let removed = folder.run(&["platform-admin", "remove", "1", "--json"]);
    let removed = removed.json();
    assert_eq!(removed["status"], "removed");
    assert_eq!(removed["sessionsEnded"], 0);
    let why = folder.run(&["platform-admin", "remove", "1"]).refused();
    assert!(why.contains("no platform admin with this id"), "{why}");
    let olga = folder.run(&["platform-admin", "list"]).ok();
    assert!(!olga.contains("Root"), "{olga}");
}

#[test]
fn the_nodes_and_the_jobs_are_listed() {
    let folder = Folder::new();
    let why = folder.run(&["node", "list"]).refused();
    assert!(why.contains("there is no database at"), "{why}");
    let service = folder.serve(&[]);
    let node = folder.run(&["node", "list", "--json"]).json();
    assert_eq!(node["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(node["silent"], false);
    let table = folder.run(&["node", "list"]).ok();
    assert!(table.starts_with("HOST"), "{table}");
    assert_eq!(table.lines().count(), 2);

    let jobs = folder.run(&["job", "list"]).ok();
    assert!(jobs.contains("purge_ledger"), "{jobs}");
    let requested = folder.run(&["job", "run", "purge_ledger", "--json"]).json();
    assert_eq!(requested["status"], "requested");
    let unknown = folder.run(&["job", "run", "nothing"]).refused();
    assert!(unknown.contains("no job with this name"), "{unknown}");
    service.stop();
    let empty = folder.run(&["node", "list"]).ok();
    assert!(empty.contains("no node runs"), "{empty}");
}
