//! Errors of the configuration, and the output of `lanyard config check`.

use serde_json::Value;

use crate::harness::Folder;

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

#[test]
fn all_faults_are_reported_at_once() {
    let folder = Folder::new();
    folder.write(
        "lanyard.toml",
        "[http]\nlisten = 8080\n[log]\nlevl = 'info'\n",
    );
    for command in [
        &["serve"][..],
        &["config", "check"],
        &["dev"],
        &["organization", "list"],
    ] {
        let arguments = [
            command,
            &["--config", "lanyard.toml", "--set", "feed.poll=1h"],
        ]
        .concat();
        let why = folder
            .run_with(&arguments, &[("LANYARD_MASTER_KEY", "hunter2")])
            .refused();
        let lines: Vec<_> = why.lines().collect();
        assert_eq!(lines.len(), 4, "{why}");
        for expected in [
            "lanyard: LANYARD_MASTER_KEY: master_key is no key",
            "lanyard: lanyard.toml:2: http.listen is 8080",
            "lanyard: command line: feed.poll is \"1h\"",
            "lanyard: lanyard.toml:4: log.levl is no known setting; did you mean log.level?",
        ] {
            assert!(
                lines.iter().any(|line| line.starts_with(expected)),
                "{expected}: {why}"
            );
        }
        assert!(!why.contains("hunter2"), "{why}");
    }
    assert!(!folder.path().join("lanyard-data").exists());
}

#[test]
fn check_shows_what_is_in_force_and_where_it_was_given() {
    let folder = Folder::new();
    folder.write("lanyard.toml", "[tokens]\nissuer = 'here'\n");
    let environment = [
        ("LANYARD_DATABASE_URL", "postgres://u:hunter2@h/db"),
        ("LANYARD_MASTER_KEY", KEY),
        ("LANYARD_CONFIG", "lanyard.toml"),
    ];
    let arguments = ["config", "check", "--set", "http.listen=0.0.0.0:80"];
    let printed = folder.run_with(&arguments, &environment).ok();
    for line in [
        "ok",
        "url = \"postgres://u:***@h/db\"  # LANYARD_DATABASE_URL",
        "issuer = \"here\"  # lanyard.toml:2",
        "listen = [\"0.0.0.0:80\"]  # command line",
        "bcrypt_cost = 4  # LANYARD_LOGIN_BCRYPT_COST",
        "retention = \"400d\"",
        "# tls_key_file is not set",
    ] {
        assert!(
            printed.lines().any(|found| found == line),
            "{line}: {printed}"
        );
    }
    assert!(
        printed.contains("\nwarning: http.listen holds 0.0.0.0:80"),
        "{printed}"
    );
    let json = folder.run_with(&[&arguments[..], &["--json"]].concat(), &environment);
    for text in [&printed, &json.out] {
        assert!(!text.contains("hunter2") && !text.contains(KEY), "{text}");
    }
    let json = json.json();
    let settings = json["settings"].as_array().unwrap();
    let listen = settings
        .iter()
        .find(|setting| setting["key"] == "http.listen")
        .unwrap();
    assert_eq!(listen["value"], serde_json::json!(["0.0.0.0:80"]));
    assert_eq!(json["warnings"].as_array().unwrap().len(), 2);
    assert!(json["masterKeyFingerprint"].is_string());
}

#[test]
fn check_looks_into_the_files_that_are_named() {
    let folder = Folder::new();
    folder.write("key", "no key");
    folder.write("certificate", "no certificate");
    let why = folder
        .run_with(
            &["config", "check"],
            &[
                ("LANYARD_MASTER_KEY_FILE", "key"),
                ("LANYARD_HTTP_TLS_CERTIFICATE_FILE", "certificate"),
                ("LANYARD_HTTP_TLS_KEY_FILE", "key"),
            ],
        )
        .refused();
    assert_eq!(why.lines().count(), 2, "{why}");
    assert!(
        why.contains("the master key in key is no key; it takes 32 bytes"),
        "{why}"
    );
    assert!(
        why.contains("certificate: there is no certificate in this file"),
        "{why}"
    );

    let json = folder.run(&["config", "check", "--json"]).json();
    assert_eq!(json["masterKeyFingerprint"], Value::Null, "not made yet");
    assert!(
        !folder.path().join("lanyard-data").exists(),
        "the check creates no file"
    );
}
