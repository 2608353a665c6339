//! Properties that hold for any input.

use super::*;

/// For each key, a value that must be refused, as it is written in the file.
const BAD: [(&str, &str); 37] = [
    ("master_key", "'short'"),
    ("master_key_file", "'/'"),
    ("previous_master_key_files", "['/']"),
    ("database.url", "'oracle://h'"),
    ("database.pool_size", "-1"),
    ("database.acquire_timeout", "'0s'"),
    ("database.migrate", "'yes'"),
    ("http.listen", "'localhost'"),
    ("http.workers", "1.5"),
    ("http.require_tls", "'sometimes'"),
    ("http.trusted_proxies", "['10.0.0.0/33']"),
    ("http.client_address_header", "'x-real-ip'"),
    ("http.keep_alive", "'0s'"),
    ("http.shutdown_timeout", "'2 fortnights'"),
    ("tokens.issuer", "''"),
    ("tokens.algorithm", "'none'"),
    ("tokens.cache_bytes", "-1"),
    ("keys.jwks_cache_time", "'2d'"),
    ("keys.rotation_period", "'1m'"),
    ("operator_tokens.over_cap", "'Clamp'"),
    ("company_tokens.rotation_period", "0"),
    ("company_tokens.rotation_grace", "'-1d'"),
    ("login.bcrypt_cost", "3"),
    ("login.hash_threads", "99999"),
    ("login.hash_queue", "0"),
    ("login.throttle", "1"),
    ("login.per_address_burst", "0"),
    ("login.per_login_per_second", "99999999999999999999"),
    ("login.lockout_after", "[]"),
    ("login.lockout", "1979-05-27"),
    ("ledger.mode", "false"),
    ("ledger.batch", "5000"),
    ("ledger.retention", "'forever'"),
    ("feed.poll", "'1ms'"),
    ("feed.lease", "'1h'"),
    ("log.level", "'loud'"),
    ("log.unknown", "'x'"),
];

fn keys_at_fault(given: Result<Config, SettingErrors>) -> Vec<String> {
    let mut keys: Vec<_> = given.map_or_else(
        |errors| {
            errors
                .iter()
                .map(|error| error.key().unwrap_or("none").to_owned())
                .collect()
        },
        |_| Vec::new(),
    );
    keys.sort();
    keys
}

fn exclusive(bad: &[(&'static str, &'static str)]) -> bool {
    !(bad.iter().any(|(key, _)| *key == "master_key")
        && bad.iter().any(|(key, _)| *key == "master_key_file"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn one_fault_for_each_bad_key_of_the_file(
        bad in subsequence(BAD.as_slice(), 0..=BAD.len()).prop_filter("value or file", |bad| exclusive(bad)),
    ) {
        let lines: Vec<_> = bad.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        let mut keys: Vec<_> = bad.iter().map(|(key, _)| (*key).to_owned()).collect();
        keys.sort();
        prop_assert_eq!(keys_at_fault(file(&lines.join("\n")).load()), keys);
    }

    #[test]
    fn one_fault_for_each_bad_key_of_the_command_line(
        bad in subsequence(BAD.as_slice(), 0..=BAD.len()).prop_filter("value or file", |bad| exclusive(bad)),
    ) {
        let flags: Vec<_> = bad.iter().map(|(key, value)| (*key, value.trim_matches('\''))).collect();
        let mut keys: Vec<_> = bad.iter().map(|(key, _)| (*key).to_owned()).collect();
        keys.sort();
        prop_assert_eq!(keys_at_fault(Given { flags: &flags, ..Given::default() }.load()), keys);
    }

    #[test]
    fn the_strongest_layer_given_decides(layers in proptest::array::uniform3(proptest::option::of(1_u32..=1000))) {
        let [in_file, in_environment, in_flags] = layers.map(|size| size.map(|size| size.to_string()));
        let text = in_file.map(|size| format!("database.pool_size = {size}")).unwrap_or_default();
        let variables: Vec<_> = in_environment.iter().map(|size| ("LANYARD_DATABASE_POOL_SIZE", size.as_str())).collect();
        let flags: Vec<_> = in_flags.iter().map(|size| ("database.pool_size", size.as_str())).collect();
        let config = Given { file: Some(&text), environment: &variables, flags: &flags }.load().unwrap();
        let [in_file, in_environment, in_flags] = layers;
        prop_assert_eq!(config.database.pool_size, in_flags.or(in_environment).or(in_file).unwrap_or(8));
    }

    #[test]
    fn no_text_breaks_it(text in "(\\PC|[\\[\\]{}='\".#\n]){0,200}", name in "[ -~]{0,20}", value in "\\PC{0,40}") {
        let name = format!("LANYARD_{name}");
        let given = Given { file: Some(&text), environment: &[(&name, &value)], flags: &[(&value, &text)] };
        if let Err(errors) = given.load() {
            prop_assert_eq!(errors.to_string().lines().count(), errors.iter().count());
        }
    }
}
