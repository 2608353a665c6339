//! Who may sign in to the console, who is signed in, and the second factor.

use crate::harness::Folder;

#[test]
fn only_operators_may_sign_in_once_an_admin_has_a_second_factor() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    let company = folder.populate(&service);
    folder.write("olga", "correct horse\n");
    let admin = folder.run_of_organization(
        &["operator", "add"],
        &[
            "--name",
            "Olga",
            "--role",
            "admin",
            "--username",
            "olga",
            "--password-file",
            "olga",
        ],
    );
    let admin = admin.ok().trim().to_owned();
    let set = |rule: &str| {
        let command = ["organization", "set-console-sign-in", "1", rule, "--json"];
        folder.run(&command)
    };
    let why = set("operators").refused();
    assert!(why.contains("second factor"), "{why}");
    let factor = format!("/api/company/operators/{admin}/totp");
    let body = serde_json::Value::Null;
    let made = service.post_as(&company, &factor, &body);
    assert_eq!(made.status, 200, "{made:?}");
    assert_eq!(set("operators").json()["consoleSignIn"], "operators");
    let shown = service.get_as(&company, "/api/company/organization");
    assert_eq!(shown.json()["consoleSignIn"], "operators");
    assert_eq!(service.post_as(&company, &factor, &body).status, 403);
    let reset = ["operator", "reset-second-factor"];
    let reset = folder
        .run_of_organization(&reset, &[&admin, "--json"])
        .json();
    assert_eq!(reset["secondFactor"], false);
    assert_eq!(set("anyone").json()["consoleSignIn"], "anyone");
    let unknown = folder.run(&["organization", "set-console-sign-in", "1", "nobody"]);
    assert_eq!(unknown.code, 2, "{unknown:?}");
}

#[test]
fn sessions_of_the_console_are_listed_and_ended() {
    let folder = Folder::new();
    let service = folder.serve(&[]);
    folder.populate(&service);
    let printed = folder.run_of_organization(&["session", "list"], &[]).ok();
    assert!(printed.contains("nobody is signed in"), "{printed}");
    let unknown = "00000000-0000-7000-8000-000000000000";
    for command in ["end", "end-others", "disown"] {
        let why = folder
            .run_of_organization(&["session", command], &[unknown])
            .refused();
        assert!(why.contains("no session of the console"), "{why}");
    }
}
