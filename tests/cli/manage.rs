//! Organizations and operators, while the service runs and while it does not.

use serde_json::json;

use crate::harness::{Folder, Service, until};

/// Adds an organization `acme` with an operator. Returns their ids and a company token.
fn acme(folder: &Folder, service: &Service) -> (i64, i64, String) {
    folder.write("password", "correct horse\nsecond line\n");
    let added = folder.run(&[
        "organization",
        "add",
        "--login",
        "acme",
        "--name",
        "Acme Ltd",
        "--password-file",
        "password",
        "--json",
    ]);
    let organization = added.json()["id"].as_i64().unwrap();
    let added = folder.run(&[
        "operator",
        "add",
        "--organization",
        &organization.to_string(),
        "--name",
        "Lan",
        "--external-id",
        "u-1",
        "--json",
    ]);
    let operator = added.json()["id"].as_i64().unwrap();
    let token = service.log_in("ACME", "correct horse").string();
    (organization, operator, token)
}

#[test]
fn a_running_service_follows_what_the_command_line_does() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    let (organization, operator, company) = acme(&folder, &service);
    let own = organization.to_string();
    let issue =
        |token: &str| service.post_as(token, "/api/operator/get-token", &json!({"id": operator}));
    let validate = |token: &str| {
        let body = json!({"token": token});
        service.post_as(&company, "/api/operator/validate-token", &body)
    };
    let token = issue(&company).string();
    assert_eq!(validate(&token).json()["isValid"], true);

    let done = folder.run(&[
        "operator",
        "deactivate",
        "--organization",
        &own,
        &operator.to_string(),
    ]);
    let printed = done.ok();
    assert!(
        printed.starts_with(&format!(
            "operator {operator} of organization {own} is inactive; its tokens are revoked\n"
        )) && printed.ends_with("1 of 1 nodes confirmed\n"),
        "{printed}"
    );
    // The second time nothing is written, but the command still waits for every node.
    let again = folder.run(&[
        "operator",
        "deactivate",
        "--organization",
        &own,
        &operator.to_string(),
    ]);
    let printed = again.ok();
    assert!(printed.ends_with("1 of 1 nodes confirmed\n"), "{printed}");
    // The command has returned: the service has applied the revocation already.
    assert_eq!(validate(&token).json()["error"], "Token revoked");
    assert_eq!(issue(&company).status, 409);

    let done = folder.run(&["organization", "suspend", &own, "--json"]);
    let printed = done.json();
    assert_eq!(printed["status"], "suspended");
    assert_eq!(printed["revocation"]["nodes"], 1);
    assert_eq!(printed["revocation"]["confirmed"], 1);
    assert_eq!(
        service.get_as(&company, "/api/company/organization").status,
        403
    );
    assert_eq!(service.log_in("acme", "correct horse").status, 401);

    let done = folder.run(&["organization", "resume", &own]).ok();
    assert!(
        done.starts_with(&format!("organization {own} may log in again")),
        "{done}"
    );
    until("it may log in again", || {
        service.log_in("acme", "correct horse").status == 200
    });
    assert_eq!(
        service.get_as(&company, "/api/company/organization").status,
        403
    );

    let set = folder.run_piped(
        &["organization", "set-password", &own, "--password-file", "-"],
        "another\n",
    );
    assert_eq!(set.ok().lines().count(), 1);
    assert_eq!(service.log_in("acme", "correct horse").status, 401);
    assert_eq!(service.log_in("acme", "another").status, 200);
}

#[test]
fn lists_are_tables_for_people_and_lines_of_json_for_scripts() {
    let folder = Folder::new();
    folder.run(&["migrate"]).ok();
    let empty = folder.run(&["organization", "list"]).ok();
    assert!(empty.contains("there are no organizations"), "{empty}");
    assert_eq!(folder.run(&["organization", "list", "--json"]).ok(), "");

    let add = |login: &str, name: &str| {
        let arguments = [
            "organization",
            "add",
            "--login",
            login,
            "--name",
            name,
            "--password-file",
            "-",
        ];
        folder.run_piped(&arguments, "secret").ok()
    };
    assert_eq!(add("a", "Công ty TNHH"), "1\n");
    assert_eq!(add("long-login", "B"), "2\n");
    let table = folder.run(&["organization", "list"]).ok();
    let table: Vec<_> = table.lines().map(str::to_owned).collect();
    assert!(table[0].starts_with("ID  STATUS  CREATED"), "{table:?}");
    let columns = ["LOGIN", "a ", "long-login"].map(|text| {
        let line = table
            .iter()
            .find(|line| line.contains(&format!("  {text}")))
            .unwrap();
        line.find(&format!("  {text}")).unwrap()
    });
    assert!(
        columns.iter().all(|column| *column == columns[0]),
        "{table:?}"
    );
    let lines = folder.run(&["organization", "list", "--json"]).ok();
    let second: serde_json::Value = serde_json::from_str(lines.lines().nth(1).unwrap()).unwrap();
    assert_eq!(
        (&second["login"], &second["status"]),
        (&json!("long-login"), &json!("active"))
    );

    let none = folder
        .run(&["operator", "list", "--organization", "1"])
        .ok();
    assert!(none.contains("has no operators"), "{none}");
    folder
        .run(&["operator", "add", "--organization", "1", "--name", "Lan"])
        .ok();
    let table = folder
        .run(&["operator", "list", "--organization", "1"])
        .ok();
    assert!(
        table.starts_with("ID  STATUS  CREATED") && table.ends_with("Lan\n"),
        "{table}"
    );
}

#[test]
fn refusals_say_what_to_do() {
    let folder = Folder::new();
    for arguments in [
        &["organization", "list"][..],
        &["organization", "suspend", "1"],
        &["operator", "add", "--organization", "1", "--name", "x"],
        &["migrate", "--check"],
    ] {
        let why = folder.run(arguments).refused();
        assert!(
            why.contains("there is no database at /") && why.contains("lanyard serve"),
            "{why}"
        );
        assert!(
            !folder.path().join("lanyard-data").exists(),
            "reading creates no file"
        );
    }
    folder.run(&["migrate"]).ok();
    let add = [
        "organization",
        "add",
        "--login",
        "a",
        "--name",
        "A",
        "--password-file",
    ];
    let with = |file: &'static str| [&add[..], &[file]].concat();
    for (input, expected) in [
        (
            "",
            "the password is empty (the first line of standard input)",
        ),
        ("\nsecret", "the password is empty"),
        (&"x".repeat(73), "more than 72 bytes"),
    ] {
        let why = folder.run_piped(&with("-"), input).refused();
        assert!(why.contains(expected), "{why}");
    }
    let why = folder.run(&with("nowhere")).refused();
    assert!(
        why.contains("cannot read the password from nowhere"),
        "{why}"
    );
    let why = folder.run(&add[..6]);
    assert!(
        why.code == 2 && why.err.contains("--password-file <FILE>"),
        "{why:?}"
    );
    folder.run_piped(&with("-"), &"x".repeat(72)).ok();
    let why = folder.run_piped(&with("-"), "secret").refused();
    assert!(why.contains("exists already"), "{why}");
    for arguments in [
        &["organization", "suspend", "9"][..],
        &["organization", "resume", "9"],
        &["operator", "list", "--organization", "9"],
        &["operator", "add", "--organization", "9", "--name", "x"],
    ] {
        let why = folder.run(arguments).refused();
        assert_eq!(why, "lanyard: there is no organization with this id\n");
    }
    let why = folder
        .run(&["operator", "deactivate", "--organization", "1", "9"])
        .refused();
    assert!(why.contains("no operator with this id"), "{why}");
}

#[test]
fn a_table_of_operators_is_checked_applied_and_exported() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    let (organization, operator, company) = acme(&folder, &service);
    let own = organization.to_string();
    folder.write(
        "table.csv",
        &format!(
            "id;name;status\n{operator};Lan;inactive\n;Nguyễn Văn An;\n;;\n;\u{200b};active\n"
        ),
    );
    let import = |more: &[&str]| {
        let all = [
            &["operator", "import", "--organization", &own, "table.csv"],
            more,
        ]
        .concat();
        folder.run(&all)
    };
    let token = service.post_as(
        &company,
        "/api/operator/get-token",
        &json!({"id": operator}),
    );
    let token = token.string();
    for more in [&["--dry-run"][..], &[]] {
        let refused = import(more).refused();
        assert!(refused.contains("1 lines have faults"), "{refused}");
    }
    let done = import(&["--skip-faults"]).ok();
    assert!(
        done.contains("1 added, 0 changed, 1 deactivated, 0 were as the table says, 1 left out")
            && done.contains("line 5: name: the name must have 1 to 200 characters")
            && done.ends_with("1 of 1 nodes confirmed\n"),
        "{done}"
    );
    let body = json!({"token": token});
    let verdict = service.post_as(&company, "/api/operator/validate-token", &body);
    assert_eq!(verdict.json()["error"], "Token revoked");
    let table = folder
        .run(&["operator", "export", "--organization", &own])
        .ok();
    let added = operator + 1;
    assert_eq!(
        table,
        format!(
            "\u{feff}id,externalId,name,email,role,status\r\n{operator},u-1,Lan,,,inactive\r\n{added},,Nguyễn Văn An,,,active\r\n"
        )
    );
    folder.write("table.csv", &table);
    // What the command imports is done when it returns; imports of the console run on.
    let stop = ["operator", "stop-import", "--organization", &own, "1"];
    let refused = folder.run(&stop).refused();
    assert!(
        refused.contains("there is no import with this id"),
        "{refused}"
    );
    let again = import(&["--dry-run", "--json"]).ok();
    assert!(
        again.contains("\"unchanged\":2,\"errors\":0,\"applied\":false"),
        "{again}"
    );

    let id = added.to_string();
    let edited = folder.run(&[
        "operator",
        "edit",
        "--organization",
        &own,
        &id,
        "--email",
        "an@example.com",
        "--role",
        "",
    ]);
    let edited = edited.ok();
    let wanted = format!("operator {id} of organization {own} is changed\n");
    assert!(edited.starts_with(&wanted), "{edited}");
    let nothing = folder
        .run(&["operator", "edit", "--organization", &own, &id])
        .refused();
    assert!(nothing.contains("nothing to change"), "{nothing}");
    let deleted = folder
        .run(&["operator", "delete", "--organization", &own, &id])
        .ok();
    assert!(
        deleted.contains("is deleted; its tokens are revoked"),
        "{deleted}"
    );
    let listed = folder
        .run(&["operator", "list", "--organization", &own, "--json"])
        .ok();
    assert_eq!(listed.lines().count(), 1, "{listed}");
}
