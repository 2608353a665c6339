//! How errors are reported.

use super::*;

#[test]
fn all_faults_come_at_once_with_key_origin_and_what_is_taken() {
    let given = Given {
        file: Some(
            "colour = 1\nlog = 'info'\n\n[database]\npool_size = 0\nurl = { }\n[databse]\n[http]\nworkers = '4'\nlisten = []\n",
        ),
        environment: &[
            ("LANYARD_LOGIN_BCRYPT_COST", "99"),
            ("LANYARD_DATABASE_POOLSIZE", "9"),
            ("LANYARD_X\nY", "1"),
            ("LANYARD_CONFIG", "lanyard.toml"),
            ("LANYARD_PORT", "tcp://10.0.0.1:80"),
        ],
        flags: &[
            ("http.require_tls", "maybe"),
            ("http.lisen", "x"),
            ("log.format", "text"),
            ("log.format", "json"),
        ],
    };
    assert_eq!(
        given.errors(),
        [
            "command line: log.format is given twice",
            "FILE:5: database.pool_size is 0; it takes a whole number from 1 to 1000",
            "FILE:10: http.listen is empty; it takes an address with its port, like \"127.0.0.1:8080\" or \
             \"[::]:8080\", or unix: and a path, one or a list",
            "FILE:9: http.workers is the text \"4\"; it takes a whole number from 0 to 1024",
            "command line: http.require_tls is \"maybe\"; it takes true, false or \"except-loopback\"",
            "LANYARD_LOGIN_BCRYPT_COST: login.bcrypt_cost is \"99\"; it takes a whole number from 4 to 31",
            "command line: http.lisen is no known setting; did you mean http.listen?",
            "FILE:1: colour is no known setting",
            "FILE:2: log is a section; it takes settings of its own: [log], then NAME = VALUE",
            "FILE:6: database.url is a table; it takes a value",
            "FILE:7: databse is no known setting",
            "LANYARD_DATABASE_POOLSIZE is no known setting; did you mean LANYARD_DATABASE_POOL_SIZE?",
            "LANYARD_X\\nY is no known setting",
        ]
    );
}

#[test]
fn a_broken_file_hides_no_other_fault_and_invents_none() {
    let given = Given {
        file: Some(
            "[database]\nurl = 'postgres://h'\n[http\nworkers = = 3\n[log]\nlevel = 'inof'\n",
        ),
        environment: &[("LANYARD_FEED_POLL", "0")],
        flags: &[],
    };
    let errors = given.errors();
    assert!(
        errors[0].starts_with("FILE:3: no valid TOML: "),
        "{errors:?}"
    );
    assert!(
        errors
            .iter()
            .any(|error| error.starts_with("LANYARD_FEED_POLL: feed.poll")),
        "{errors:?}"
    );
    assert!(
        errors
            .iter()
            .any(|error| error.starts_with("FILE:6: log.level")),
        "{errors:?}"
    );
    assert!(
        !errors.iter().any(|error| error.contains("master_key")),
        "{errors:?}"
    );

    let missing = Config::load(Some("/nonexistent/lanyard.toml".as_ref()), [], []).unwrap_err();
    assert!(
        missing
            .to_string()
            .starts_with("/nonexistent/lanyard.toml: the configuration file cannot be read: "),
        "{missing}"
    );
    let binary = NamedTempFile::new().unwrap();
    fs::write(binary.path(), [0xff]).unwrap();
    assert_eq!(
        Config::load(Some(binary.path()), [], [])
            .unwrap_err()
            .iter()
            .count(),
        1
    );
}

#[test]
fn a_quoted_dotted_key_is_another_key() {
    assert_eq!(
        file("\"http.workers\" = 2").errors(),
        ["FILE:1: \"http.workers\" is no known setting; did you mean http.workers?"]
    );
}

#[test]
fn a_key_is_published_before_it_signs_and_signs_for_a_while() {
    assert_eq!(
        file("[keys]\njwks_cache_time = '2h'\npublish_ahead = '1h'").errors(),
        [
            "FILE:3: keys.publish_ahead is less than keys.jwks_cache_time: a key would sign before everyone can know it"
        ]
    );
    assert_eq!(
        file("[keys]\npublish_ahead = '2h'\nrotation_period = '3h'").errors(),
        [
            "FILE:3: keys.rotation_period is less than twice keys.publish_ahead: a key would have a successor as soon as it signs"
        ]
    );
    let ahead = |text: &str| file(text).load().unwrap().keys.publish_ahead;
    assert_eq!(
        ahead("[keys]\nrotation_period = '3h'"),
        Duration::from_hours(1)
    );
    assert_eq!(
        ahead("[keys]\njwks_cache_time = '24h'"),
        Duration::from_hours(24)
    );
}

#[test]
fn a_text_that_no_organization_can_log_in_with_is_no_organization_of_sessions() {
    for (login, accepted) in [
        ("acme", true),
        ("công-ty", true),
        ("old/acme", true),
        ("", false),
        ("a b", false),
        (" acme", false),
        (&"x".repeat(201), false),
    ] {
        let flags = [("sessions.organization", login)];
        let given = Given {
            file: None,
            environment: &[],
            flags: &flags,
        };
        if accepted {
            assert!(given.load().is_ok(), "{login:?}");
            continue;
        }
        let errors = given.errors();
        let says = "it takes the login of an organization";
        assert!(
            errors.iter().all(|error| error.contains(says)),
            "{errors:?}"
        );
    }
}
