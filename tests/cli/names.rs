//! Logins that have become equal: `migrate` and every start report them until one is changed.

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

use crate::harness::Folder;

#[test]
fn logins_that_have_become_the_same_are_reported_until_one_is_changed() {
    let folder = Folder::new();
    folder.write("password", "correct horse");
    for login in ["ΟΔΟΣ", "other"] {
        let arguments = [
            "organization",
            "add",
            "--login",
            login,
            "--name",
            login,
            "--password-file",
            "password",
        ];
        folder.run(&arguments).ok();
    }
    let colliding = || {
        let printed = folder.run(&["migrate", "--json"]).json();
        printed["colliding"].as_array().unwrap().len()
    };
    assert_eq!(colliding(), 0);
    // The state that the migration leaves for logins that were different for an older release.
    let database = folder.path().join("lanyard-data/lanyard.db");
    let mut conn = SqliteConnection::establish(database.to_str().unwrap()).unwrap();
    conn.batch_execute(
        "UPDATE organizations SET login = 'οδοσ', login_key = 'οδοσ', login_fold = NULL WHERE id = 2",
    )
    .unwrap();
    drop(conn);

    assert_eq!(colliding(), 1);
    for arguments in [&["migrate"][..], &["migrate", "--check"]] {
        let printed = folder.run(arguments).ok();
        assert!(
            printed.contains(r#"the login "οδοσ" of organization 2"#),
            "{printed}"
        );
        assert!(printed.contains("organization set-login"), "{printed}");
    }
    let service = folder.serve(&[]);
    assert_eq!(service.log_in("οδοσ", "correct horse").status, 200);
    let log = service.stop();
    assert!(log.contains("of organization 2 is now the same"), "{log}");

    let set =
        |id: &str, login: &str| folder.run(&["organization", "set-login", id, "--login", login]);
    let taken = set("2", "οδος").refused();
    assert!(
        taken.contains("an organization with this login exists already"),
        "{taken}"
    );
    let unseen = set("2", "a\u{200b}").refused();
    assert!(unseen.contains("all of them visible"), "{unseen}");
    set("99", "odos").refused();
    let printed = set("2", "odos").ok();
    assert_eq!(printed, "organization 2 logs in as odos from now on\n");
    assert_eq!(colliding(), 0);
    let service = folder.serve(&[]);
    assert_eq!(service.log_in("ODOS", "correct horse").status, 200);
    assert_eq!(service.log_in("οδοσ", "correct horse").status, 200);
    assert!(!service.stop().contains("is now the same"));
}
