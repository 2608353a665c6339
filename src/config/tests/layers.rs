//! Which layer a setting comes from, and its resulting value.

use super::*;

#[test]
fn nothing_given_is_the_defaults() {
    let config = Given::default().load().unwrap();
    assert_eq!(
        config.database.url.to_string(),
        "sqlite:lanyard-data/lanyard.db"
    );
    assert!(
        matches!(&config.master_key, MasterKeySource::FileOrNew(path) if path == "lanyard-data/master.key".as_ref() as &Path)
    );
    assert_eq!(config.http.listen, ["127.0.0.1:8080".parse().unwrap()]);
    assert_eq!(config.http.require_tls, RequireTls::ExceptLoopback);
    assert_eq!(config.audit.retention, Duration::from_hours(400 * 24));
    assert!(config.http.workers.count() >= 1);
    assert_eq!(config.warnings(), Vec::<String>::new());
}

#[test]
fn stronger_layers_win() {
    let mut given = Given {
        file: Some("[log]\nlevel = 'warn'\n[database]\npool_size = 3"),
        ..Given::default()
    };
    assert_eq!(given.load().unwrap().log.level, "warn");
    given.environment = &[
        ("LANYARD_LOG_LEVEL", "debug"),
        ("PATH", "/bin"),
        ("lanyard_log_level", "trace"),
    ];
    assert_eq!(given.load().unwrap().log.level, "debug");
    given.flags = &[("log.level", "off")];
    let config = given.load().unwrap();
    assert_eq!(
        (config.log.level.as_str(), config.database.pool_size),
        ("off", 3)
    );
}

#[test]
fn every_type_reads_from_the_file_and_from_text() {
    let config = file(
        "[http]\nlisten = ['127.0.0.1:0', '[::1]:0']\nrequire_tls = true\ntrusted_proxies = ['10.1.2.3/8', '::1']\n\
         [company_tokens]\nrotation_grace = 0\n[tokens]\ncache_bytes = 0x10\nalgorithm = 'EdDSA'",
    )
    .load()
    .unwrap();
    assert_eq!(config.http.listen.len(), 2);
    assert_eq!(config.http.require_tls, RequireTls::Always);
    assert_eq!(
        config.http.trusted_proxies,
        ["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()]
    );
    assert_eq!(
        (
            config.company_tokens.rotation_grace,
            config.tokens.cache_bytes
        ),
        (Duration::ZERO, 16)
    );
    assert_eq!(config.tokens.algorithm.as_str(), "EdDSA");

    let config = environment(&[
        ("LANYARD_HTTP_LISTEN", "127.0.0.1:0, [::1]:0"),
        ("LANYARD_HTTP_REQUIRE_TLS", "false"),
        ("LANYARD_HTTP_TRUSTED_PROXIES", ""),
        ("LANYARD_FEED_POLL", "1s"),
        ("LANYARD_LEDGER_QUEUE", "100"),
    ])
    .load()
    .unwrap();
    assert_eq!(config.http.listen.len(), 2);
    assert_eq!(config.http.require_tls, RequireTls::Never);
    assert_eq!(config.feed.poll, Duration::from_secs(1));
    assert_eq!(
        (config.ledger.queue, config.ledger.batch),
        (100, 100),
        "an unset batch keeps to the queue"
    );
}

#[test]
fn the_ledger_has_a_shorthand() {
    for given in [
        file("ledger = 'off'"),
        environment(&[("LANYARD_LEDGER", "off")]),
        Given {
            flags: &[("ledger", "off")],
            ..Given::default()
        },
        Given {
            file: Some("[ledger]\nmode = 'durable'"),
            environment: &[("LANYARD_LEDGER", "off")],
            flags: &[],
        },
    ] {
        assert_eq!(given.load().unwrap().ledger.mode, LedgerMode::Off);
    }
    assert_eq!(
        environment(&[("LANYARD_LEDGER", "off"), ("LANYARD_LEDGER_MODE", "off")]).errors(),
        ["LANYARD_LEDGER is short for LANYARD_LEDGER_MODE, which is given too"]
    );
    assert_eq!(
        environment(&[("LANYARD_LEDGER", "on")]).errors(),
        [r#"LANYARD_LEDGER: ledger.mode is "on"; it takes "durable" or "off""#]
    );
}

#[test]
fn the_issuer_is_the_first_address_as_long_as_only_this_machine_reaches_it() {
    let issuer = |flags: &[(&str, &str)]| {
        let given = Given {
            flags,
            ..Given::default()
        };
        given.load().unwrap().oauth_issuer()
    };
    let local = |address: &str| Some(format!("http://{address}"));
    assert_eq!(issuer(&[]), local("127.0.0.1:8080"));
    for (listen, expected) in [
        ("127.0.0.1:9000,0.0.0.0:8080", local("127.0.0.1:9000")),
        ("[::1]:9000", local("[::1]:9000")),
        ("0.0.0.0:8080,127.0.0.1:9000", None),
        ("192.0.2.7:8080", None),
        // Nobody knows the port in advance.
        ("127.0.0.1:0", None),
    ] {
        assert_eq!(issuer(&[("http.listen", listen)]), expected, "{listen}");
    }
    let proxy = ("http.trusted_proxies", "127.0.0.1");
    assert_eq!(issuer(&[proxy]), None);
    let (certificate, key) = (written(""), written(""));
    let file = |file: &NamedTempFile| file.path().to_str().unwrap().to_owned();
    let (certificate, key) = (file(&certificate), file(&key));
    let tls = [
        ("http.tls_certificate_file", certificate.as_str()),
        ("http.tls_key_file", key.as_str()),
    ];
    assert_eq!(issuer(&tls), None);
    // What is set holds, whatever the address is.
    let set = ("oauth.issuer", "https://id.example.com");
    assert_eq!(issuer(&[proxy, set]).as_deref(), Some(set.1));
}

#[test]
fn settings_that_belong_together_are_checked_together() {
    let pem = written("");
    let pem = pem.path().to_str().unwrap();
    assert_eq!(
        environment(&[("LANYARD_HTTP_TLS_KEY_FILE", pem)]).errors(),
        [
            "LANYARD_HTTP_TLS_KEY_FILE: http.tls_key_file is given without http.tls_certificate_file; it takes both or none"
        ]
    );
    let alone = [("LANYARD_HTTP_TLS_CERTIFICATE_FILE", "/nonexistent/tls.crt")];
    assert_eq!(
        environment(&alone).errors().len(),
        2,
        "unreadable, and alone"
    );
    let both = [
        ("LANYARD_HTTP_TLS_KEY_FILE", pem),
        ("LANYARD_HTTP_TLS_CERTIFICATE_FILE", pem),
    ];
    assert!(environment(&both).load().unwrap().http.tls.is_some());
    assert_eq!(
        file("[ledger]\nqueue = 10\nbatch = 11").errors(),
        ["FILE:3: ledger.batch is more than ledger.queue; it takes 10 at most"]
    );
    assert_eq!(
        file("[ledger]\nqueue = 0\nbatch = 4096").errors().len(),
        1,
        "no rule on top of a faulty queue"
    );
    assert_eq!(
        file("[http]\nlisten = ['[::1]:80', '[::1]:80']").errors(),
        ["FILE:2: http.listen holds [::1]:80 twice"]
    );
}

#[test]
fn what_is_allowed_but_unwise_is_warned_of() {
    let config = file(
        "[login]\nbcrypt_cost = 4\n[http]\nlisten = '0.0.0.0:80'\nrequire_tls = false\ntrusted_proxies = ['0.0.0.0/0']",
    )
    .load()
    .unwrap();
    let warnings = config.warnings();
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    assert!(
        warnings[0].starts_with("login.bcrypt_cost is 4"),
        "{warnings:?}"
    );
    assert!(
        warnings[1].starts_with("http.trusted_proxies holds 0.0.0.0/0"),
        "{warnings:?}"
    );
    assert!(
        warnings[2].starts_with("http.require_tls is false"),
        "{warnings:?}"
    );
    let config = file("[wechat]\nbase_url = 'http://10.0.0.5:8080'")
        .load()
        .unwrap();
    let warnings = config.warnings();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(
        warnings[0].starts_with("wechat.base_url is http://10.0.0.5:8080"),
        "{warnings:?}"
    );
    let config = environment(&[("LANYARD_HTTP_LISTEN", "[::]:80")])
        .load()
        .unwrap();
    assert!(
        config.warnings()[0].starts_with("http.listen holds [::]:80, but"),
        "{:?}",
        config.warnings()
    );
}
