//! `lanyard audit …` and `lanyard operator erase`.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde_json::Value;

use crate::harness::{Folder, until};

fn lines(printed: &str) -> Vec<Value> {
    printed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Waits until the running service has sealed every line, and returns the hash of the newest batch as
/// `--known` takes it.
fn sealed(folder: &Folder) -> String {
    let mut known = String::new();
    until("everything is sealed", || {
        let report = folder.run(&["audit", "verify", "--json"]).json();
        assert_eq!(report["isWhole"], true, "{report}");
        let newest = &report["newest"];
        known = format!(
            "{}:{}",
            newest["batch"],
            newest["hash"].as_str().unwrap_or("")
        );
        report["unsealed"] == 0
    });
    known
}

#[test]
fn the_log_is_listed_exported_and_verified_and_a_person_is_erased() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    folder.populate(&service);
    let known = sealed(&folder);

    let listed = folder.run(&[
        "audit",
        "list",
        "--organization",
        "1",
        "--action",
        "operator.created",
        "--json",
    ]);
    let listed = lines(&listed.ok());
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0]["target"], "operator:1");
    let two = ["operator.created", "login.succeeded"];
    let printed = folder
        .run(&["audit", "list", "--action", two[0], "--action", two[1]])
        .ok();
    assert_eq!(printed.lines().count(), 3, "{printed}");
    let nobody = folder.run(&["audit", "list", "--actor", "nobody"]);
    assert_eq!(nobody.ok(), "no line matches\n");
    let unknown = folder
        .run(&["audit", "list", "--organization", "9"])
        .refused();
    assert!(unknown.contains("no organization"), "{unknown}");

    let csv = folder
        .run(&["audit", "export", "--organization", "1", "--format", "csv"])
        .ok();
    assert!(csv.starts_with("\u{feff}id,at,actor,"), "{csv}");
    assert!(csv.contains(",operator.created,operator:1,1,"), "{csv}");
    let exported = folder.run(&["audit", "export", "--format", "jsonl"]).ok();
    let exported = lines(&exported);
    assert_eq!(exported[0]["action"], "audit.exported");
    // An export has its own line: it is recorded before the first line is printed.
    assert_eq!(exported[0]["detail"], "jsonl; all lines");
    assert_eq!(exported[1]["detail"], "csv; all lines");
    let unknown = folder
        .run(&["audit", "export", "--organization", "9", "--format", "csv"])
        .refused();
    assert!(unknown.contains("no organization"), "{unknown}");

    let refused = folder
        .run(&["operator", "erase", "--organization", "1", "1"])
        .refused();
    assert!(refused.contains("--yes"), "{refused}");
    let erased = folder
        .run(&[
            "operator",
            "erase",
            "--organization",
            "1",
            "1",
            "--yes",
            "--json",
        ])
        .json();
    assert_eq!(erased["status"], "deleted");
    assert_eq!(erased["revocation"]["confirmed"], 1);
    let again = folder
        .run(&["operator", "erase", "--organization", "1", "1", "--yes"])
        .ok();
    assert!(again.contains("is erased: 0 lines"), "{again}");
    sealed(&folder);

    let whole = folder.run(&["audit", "verify", "--known", &known]).ok();
    assert!(whole.starts_with("whole: "), "{whole}");
    let other = known.replace(|char: char| char.is_ascii_lowercase(), "0");
    for wrong in [other, format!("9999:{}", "a".repeat(64))] {
        let changed = folder.run(&["audit", "verify", "--known", &wrong]);
        assert_eq!(changed.code, 1, "{wrong}");
        assert!(changed.out.contains("NOT WHOLE"), "{}", changed.out);
    }
    let unread = folder.run(&["audit", "verify", "--known", "7"]);
    assert_eq!(unread.code, 2);
    drop(service);
    let gone = Folder::new().run(&["audit", "verify"]);
    assert_eq!(gone.code, 2);
}

#[test]
fn a_line_that_somebody_has_changed_is_reported_with_exit_code_1() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    folder.populate(&service);
    sealed(&folder);
    service.stop();
    let mut database = SqliteConnection::establish(
        folder
            .path()
            .join("lanyard-data/lanyard.db")
            .to_str()
            .unwrap(),
    )
    .unwrap();
    let change = "UPDATE audit SET target = 'operator:9' WHERE id = (SELECT MIN(id) FROM audit)";
    database.batch_execute(change).unwrap();
    let changed = folder.run(&["audit", "verify"]);
    assert_eq!(changed.code, 1, "{changed:?}");
    assert!(changed.out.contains("NOT WHOLE: "), "{}", changed.out);
    let changed = folder.run(&["audit", "verify", "--json"]);
    assert_eq!(changed.code, 1);
    let report: Value = serde_json::from_str(&changed.out).unwrap();
    assert_eq!(report["isWhole"], false, "{report}");
    assert_eq!(report["faults"].as_array().unwrap().len(), 1, "{report}");
}
