//! The effective settings as text.

use super::*;

#[test]
fn what_is_shown_reads_back_as_the_same_settings_key_by_key() {
    let config = environment(&[
        ("LANYARD_DATABASE_URL", "sqlite:a \"b\".db"),
        ("LANYARD_HTTP_LISTEN", "127.0.0.1:1,[::1]:2"),
        ("LANYARD_HTTP_TRUSTED_PROXIES", "10.0.0.0/8"),
        ("LANYARD_HTTP_REQUIRE_TLS", "true"),
        ("LANYARD_HTTP_SHUTDOWN_TIMEOUT", "1500ms"),
        ("LANYARD_LEDGER", "off"),
        ("LANYARD_LOGIN_LOCKOUT", "1h 1s"),
        ("LANYARD_LOG_LEVEL", "info,lanyard::feed=debug"),
    ])
    .load()
    .unwrap();
    let listed: Vec<_> = config.settings();
    let text: String = listed
        .iter()
        .filter_map(|(key, value)| Some(format!("{key} = {}\n", value.as_ref()?)))
        .collect();
    assert_eq!(
        format!("{:?}", file(&text).load().unwrap()),
        format!("{config:?}"),
        "{text}"
    );

    let mut reader = Reader::new(None, [], []);
    Config::read(&mut reader);
    let known: BTreeSet<_> = reader.asked().iter().copied().collect();
    assert_eq!(
        listed.iter().map(|(key, _)| *key).collect::<BTreeSet<_>>(),
        known
    );
    assert_eq!(listed.len(), known.len());
}

#[test]
fn secrets_are_hidden_and_origins_shown() {
    let given = Given {
        file: Some("[log]\nlevel = 'warn'"),
        environment: &[
            ("LANYARD_DATABASE_URL", "postgres://u:hunter2@h/db"),
            ("LANYARD_MASTER_KEY", KEY),
        ],
        flags: &[("http.listen", "127.0.0.1:1")],
    };
    let written = given.file.map(written).unwrap();
    let (config, origins) = Config::load_with_origins(
        Some(written.path()),
        pairs(given.environment)
            .into_iter()
            .map(|(name, value)| (name.into(), value.into())),
        pairs(given.flags),
    )
    .unwrap();
    let listed = format!("{:?}", config.settings());
    assert!(listed.contains("postgres://u:***@h/db"), "{listed}");
    assert!(
        !listed.contains("hunter2") && !listed.contains(KEY),
        "{listed}"
    );
    assert_eq!(origins.of("http.listen"), Origin::Flag);
    assert_eq!(
        origins.of("log.level"),
        Origin::File(written.path().to_owned(), Some(2))
    );
    assert_eq!(
        origins.of("master_key"),
        Origin::Environment("LANYARD_MASTER_KEY".to_owned())
    );
    assert_eq!(origins.of("log.format"), Origin::Unset);
}
