//! `lanyard usage`: what was counted is there after a stop, and what a command revokes is counted too.

use serde_json::Value;

use crate::harness::Folder;

/// Returns the sum of a member over the points that are known, as the command prints them.
fn sum(folder: &Folder, member: &str) -> i64 {
    let shown = folder.run(&["usage", "--organization", "1", "--range", "month", "--json"]);
    let shown = shown.json();
    assert_eq!(
        (&shown["range"], &shown["step"]),
        (&Value::from("month"), &Value::from(86_400))
    );
    let points = shown["items"].as_array().unwrap();
    assert_eq!(points.len(), 30);
    points
        .iter()
        .filter_map(|point| point[member].as_i64())
        .sum()
}

#[test]
fn a_service_that_is_stopped_writes_what_it_has_counted() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    folder.populate(&service);
    service.stop();
    assert_eq!(sum(&folder, "signedIn"), 1);
    assert_eq!(sum(&folder, "issuedCompany"), 1);
    assert_eq!(sum(&folder, "revokedEntries"), 0);
    folder
        .run(&["operator", "revoke", "--organization", "1", "1"])
        .ok();
    assert_eq!(sum(&folder, "revokedEntries"), 1);

    let table = folder
        .run(&["usage", "--organization", "1", "--range", "hour"])
        .ok();
    assert!(
        table.starts_with("AT ") && table.lines().count() == 61,
        "{table}"
    );
    assert!(
        table.lines().nth(1).unwrap().contains(" - "),
        "not known: {table}"
    );
    let unknown = folder.run(&["usage", "--organization", "9"]).refused();
    assert!(
        unknown.contains("there is no organization with this id"),
        "{unknown}"
    );
    let odd = folder.run(&["usage", "--organization", "1", "--range", "year"]);
    assert!(
        odd.code == 2 && odd.err.contains("hour, day or month"),
        "{odd:?}"
    );
}

#[test]
fn what_commands_issue_is_counted_and_recorded() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    folder.populate(&service);
    service.stop();
    assert_eq!(sum(&folder, "issuedCompany"), 1);
    let add = ["token", "add", "--organization", "1", "--json"];
    let added = folder.run(&add).json();
    let jti = added["jti"].as_str().unwrap();
    folder.run(&["token", "rotate", jti]).ok();
    assert_eq!(sum(&folder, "issuedCompany"), 3);
    folder.run(&["token", "rotate", jti]).refused();
    assert_eq!(sum(&folder, "issuedCompany"), 3, "nothing was issued");
    assert_eq!(sum(&folder, "issuedOperator"), 0);
    folder
        .run(&["operator", "token", "--organization", "1", "1"])
        .ok();
    assert_eq!(sum(&folder, "issuedOperator"), 1);
    let list = ["audit", "list", "--organization", "1", "--json"];
    let lines = folder.run(&list).ok();
    let lines = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let issued: Vec<_> = lines
        .filter(|line| line["actor"] == "command-line")
        .map(|line| line["action"].as_str().unwrap().to_owned())
        .take(3)
        .collect();
    assert_eq!(
        issued,
        [
            "operator_token.issued",
            "company_token.rotated",
            "company_token.issued"
        ]
    );
}
