//! Secrets: as value or file, never shown.

use super::*;

#[test]
fn syntax_errors_do_not_quote_the_file() {
    for text in [
        "master_key = hunter2",
        "master_key = 'hunter2",
        "master_key = \"hunter2\\q\"",
        "hunter2 = 1\nhunter2",
    ] {
        let errors = file(text).errors().join("\n");
        assert!(
            !errors
                .replace("hunter2 is no known", "")
                .contains("hunter2"),
            "{errors}"
        );
    }
}

#[test]
fn a_secret_that_is_read_as_a_name_is_not_shown() {
    let line = format!("{}hunter2=", "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC");
    for text in [
        format!("master_key = -----BEGIN\n{line}\n"),
        format!("{line} 1"),
        format!("[{}]", line.trim_end_matches('=')),
        format!("[http]\n{line} 1"),
        format!("\"{line}\" = 1"),
    ] {
        let errors = file(&text).errors().join("\n");
        assert!(!errors.contains("hunter2"), "{errors}");
    }
}

proptest! {
    #[test]
    fn whatever_the_file_looks_like_its_secret_is_not_shown(
        before in "[\\[\\]{}'\"=.#, \n0-9a-f_-]{0,6}",
        after in "[\\[\\]{}'\"=.#, \n0-9a-f_-]{0,6}",
    ) {
        let secret = "xYzZy".repeat(6);
        let text = format!("master_key = {before}{secret}{after}");
        if let Err(errors) = file(&text).load() {
            let errors = errors.to_string();
            prop_assert!(!errors.contains("xYzZy"), "{}: {}", text, errors);
        }
    }
}

#[test]
fn secrets_come_as_value_or_file_and_stay_hidden() {
    let url = written("postgres://u:hunter2@a,b/db\n");
    let key = written(KEY);
    let (url, key) = (url.path().to_str().unwrap(), key.path().to_str().unwrap());

    let config = environment(&[
        ("LANYARD_DATABASE_URL_FILE", url),
        ("LANYARD_MASTER_KEY_FILE", key),
    ])
    .load()
    .unwrap();
    let Url::Postgres(exposed) = &config.database.url else {
        panic!("{config:?}")
    };
    assert_eq!(exposed.expose_secret(), "postgres://u:hunter2@a,b/db");
    assert!(
        matches!(&config.master_key, MasterKeySource::File(path) if path == &PathBuf::from(key))
    );
    assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");
    assert!(
        format!("{config:?}").contains("postgres://u:***@a,b/db"),
        "{config:?}"
    );

    let config = environment(&[("LANYARD_MASTER_KEY", KEY)]).load().unwrap();
    assert!(
        matches!(&config.master_key, MasterKeySource::Value(key) if key.expose_secret() == KEY)
    );
    assert!(!format!("{config:?}").contains(KEY), "{config:?}");

    assert_eq!(
        environment(&[
            ("LANYARD_DATABASE_URL", "sqlite:x.db"),
            ("LANYARD_DATABASE_URL_FILE", url),
            ("LANYARD_MASTER_KEY", KEY),
            ("LANYARD_MASTER_KEY_FILE", key),
        ])
        .errors(),
        [
            "LANYARD_DATABASE_URL_FILE: database.url_file is given together with database.url; it takes one of the two",
            "LANYARD_MASTER_KEY_FILE: master_key_file is given together with master_key; it takes one of the two",
        ]
    );
}

#[test]
fn bad_secrets_are_refused_without_being_quoted() {
    let url = written("mysql://u:hunter2@h");
    let given = [
        ("LANYARD_DATABASE_URL_FILE", url.path().to_str().unwrap()),
        ("LANYARD_MASTER_KEY", "hunter2"),
    ];
    let errors = environment(&given).errors();
    assert_eq!(errors.len(), 2);
    assert!(
        errors[0].contains("database.url_file names") && errors[0].contains("is a mysql URL"),
        "{errors:?}"
    );
    assert_eq!(
        errors[1],
        "LANYARD_MASTER_KEY: master_key is no key; it takes 32 bytes in hex (64 digits) or base64"
    );
    assert!(!errors.join("").contains("hunter2"), "{errors:?}");

    assert_eq!(
        file("master_key = 12345").errors(),
        ["FILE:1: master_key is a number; it takes text"]
    );
    assert_eq!(
        file("master_key = ''").errors(),
        ["FILE:1: master_key is empty"]
    );
    let errors = file("master_key_file = '/'\n[database]\nurl_file = '/'").errors();
    assert_eq!(errors.len(), 2);
    for error in errors {
        assert!(error.contains("names \"/\", a directory"), "{error}");
    }
}

#[test]
fn an_absent_key_file_is_made_on_sqlite_and_missed_on_postgres() {
    let absent = ("LANYARD_MASTER_KEY_FILE", "/nonexistent/key");
    let config = environment(&[absent, ("LANYARD_DATABASE_URL", "sqlite:x.db")])
        .load()
        .unwrap();
    assert!(
        matches!(&config.master_key, MasterKeySource::FileOrNew(path) if path == &PathBuf::from(absent.1))
    );
    let errors = environment(&[absent, ("LANYARD_DATABASE_URL", "postgres://h/db")]).errors();
    assert_eq!(errors.len(), 1);
    assert!(
        errors[0].contains("names \"/nonexistent/key\", which cannot be read: "),
        "{errors:?}"
    );
}

#[test]
fn previous_master_keys_are_files_and_a_key_among_them_is_not_quoted() {
    let key = written(KEY);
    let path = key.path().to_str().unwrap();
    let both = format!("{path},{path}");
    let config = environment(&[("LANYARD_PREVIOUS_MASTER_KEY_FILES", &both)])
        .load()
        .unwrap();
    assert_eq!(config.previous_master_keys, [key.path(), key.path()]);
    let errors = file(&format!("previous_master_key_files = ['{path}', '{KEY}']")).errors();
    assert_eq!(
        errors,
        ["FILE:1: previous_master_key_files holds a key; it takes paths of files that hold one"]
    );
    let errors = file("previous_master_key_files = ['/nonexistent']").errors();
    assert!(errors[0].contains("cannot be read"), "{errors:?}");
}

#[test]
fn postgres_wants_a_master_key() {
    let errors = environment(&[("LANYARD_DATABASE_URL", "postgres://h/db")]).errors();
    assert_eq!(errors.len(), 1);
    assert!(
        errors[0].starts_with("master_key is missing: on PostgreSQL"),
        "{errors:?}"
    );
    let url = ("LANYARD_DATABASE_URL", "postgres://h/db");
    assert!(
        environment(&[url, ("LANYARD_MASTER_KEY", KEY)])
            .load()
            .is_ok()
    );
    assert_eq!(
        environment(&[url, ("LANYARD_MASTER_KEY", "bad")])
            .errors()
            .len(),
        1,
        "given, if wrongly"
    );
}

#[test]
fn a_secret_where_its_file_belongs_is_not_quoted_either() {
    let given = [
        ("LANYARD_DATABASE_URL_FILE", "postgres://u:hunter2@h"),
        ("LANYARD_MASTER_KEY_FILE", KEY),
    ];
    assert_eq!(
        environment(&given).errors(),
        [
            "LANYARD_DATABASE_URL_FILE: database.url_file is a URL; it takes the path of a file that holds one",
            "LANYARD_MASTER_KEY_FILE: master_key_file is a key; it takes the path of a file that holds one",
        ]
    );
}
