//! Settings from the environment.

use std::{collections::BTreeMap, ffi::OsString};

use super::{
    errors::{Origin, SettingError},
    reader::Entry,
    value::Value,
};
use crate::base::bom;

const PREFIX: &str = "LANYARD_";

/// Set by systemd for a unit with `LoadCredential=` or a similar option.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// Variables with our prefix that are not settings: the path of the configuration file, the switch of
/// `lanyard dev` that shows the pseudo-language, the test harness's switch that makes PostgreSQL required, and variables of the example clients, which may
/// be exported in the same shell.
const NOT_SETTINGS: [&str; 9] = [
    "LANYARD_CONFIG",
    "LANYARD_PSEUDO_LANGUAGE",
    "LANYARD_REQUIRE_POSTGRES",
    "LANYARD_URL",
    "LANYARD_LOGIN",
    "LANYARD_PASSWORD",
    "LANYARD_OPERATOR_ID",
    "LANYARD_TOKEN_SECONDS",
    "LANYARD_ROUNDS",
];

/// Returns the name of the variable that sets a key: `http.listen` → `LANYARD_HTTP_LISTEN`.
pub(super) fn name_of(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "_").to_ascii_uppercase())
}

/// The settings in the environment.
#[derive(Default)]
pub(super) struct Environment {
    /// The variables that may be settings, by name.
    pub(super) settings: BTreeMap<String, Entry>,
    /// Variables with our prefix that are not UTF-8.
    pub(super) errors: Vec<SettingError>,
    /// The folder of secrets from the service manager (`$CREDENTIALS_DIRECTORY`); `None` if it is
    /// not set.
    pub(super) credentials: Option<OsString>,
}

/// Reads the variables. A byte-order mark at the start of a value and line ends at its end are
/// removed: secret stores and files with Windows line ends leave them there.
pub(super) fn read(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Environment {
    let mut environment = Environment::default();
    for (name, value) in variables {
        if name == CREDENTIALS {
            environment.credentials = Some(value);
            continue;
        }
        let shown = name.to_string_lossy().into_owned();
        if !shown.starts_with(PREFIX) || NOT_SETTINGS.contains(&shown.as_str()) {
            continue;
        }
        let origin = Origin::Environment(shown.clone());
        let (Ok(name), Some(value)) = (name.into_string(), value.to_str()) else {
            let error = SettingError::of(shown, origin, "is not UTF-8; write it in UTF-8");
            environment.errors.push(error);
            continue;
        };
        if is_service_link(&name, value) {
            continue;
        }
        let value = Value::Bare(bom::strip(value).trim_end_matches(['\r', '\n']).to_owned());
        environment.settings.insert(name, Entry { value, origin });
    }
    environment
}

/// Returns whether Kubernetes set this variable. For each service `NAME` of a namespace, its pods
/// get `NAME_SERVICE_HOST`, `NAME_SERVICE_PORT…`, `NAME_PORT` (a URL) and `NAME_PORT_80_TCP…`, and
/// a service is likely to be called `lanyard` or `lanyard-something`.
fn is_service_link(name: &str, value: &str) -> bool {
    const PROTOCOLS: [&str; 3] = ["TCP", "UDP", "SCTP"];
    let is_url = || {
        value.split_once("://").is_some_and(|(scheme, _)| {
            PROTOCOLS
                .iter()
                .any(|protocol| protocol.eq_ignore_ascii_case(scheme))
        })
    };
    let is_numbered_port = |rest: &str| {
        let mut parts = rest.split('_');
        parts
            .next()
            .is_some_and(|number| number.parse::<u16>().is_ok())
            && parts
                .next()
                .is_some_and(|protocol| PROTOCOLS.contains(&protocol))
    };
    name.ends_with("_SERVICE_HOST")
        || name.ends_with("_SERVICE_PORT")
        || name.contains("_SERVICE_PORT_")
        || (name.ends_with("_PORT") && is_url())
        || name
            .split_once("_PORT_")
            .is_some_and(|(_, rest)| is_numbered_port(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_kubernetes_sets_is_no_setting() {
        for (name, value) in [
            ("LANYARD_SERVICE_HOST", "10.0.0.1"),
            ("LANYARD_SERVICE_PORT", "8080"),
            ("LANYARD_SERVICE_PORT_HTTP", "8080"),
            ("LANYARD_PORT", "tcp://10.0.0.1:8080"),
            ("LANYARD_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
            ("LANYARD_PORT_8080_TCP_PROTO", "tcp"),
            ("LANYARD_HTTP_PORT_8080_TCP_ADDR", "10.0.0.1"),
        ] {
            assert!(is_service_link(name, value), "{name}={value}");
        }
        for (name, value) in [
            ("LANYARD_PORT", "8080"),
            ("LANYARD_HTTP_PORT", "8080"),
            ("LANYARD_HTTP_PORT_NUMBER", "1"),
        ] {
            assert!(!is_service_link(name, value), "{name}={value}");
        }
    }
}
