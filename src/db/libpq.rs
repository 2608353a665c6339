//! The parameters that libpq gets, and which parts of its errors may be shown.

use std::path::Path;

use zeroize::Zeroizing;

/// Default parameters for libpq, used unless the URL sets them: the connect timeout (seconds), the
/// timeout for data that the server does not acknowledge (milliseconds), and TCP keepalive (idle
/// seconds, seconds between probes, number of probes).
const DEFAULTS: [(&str, &str); 5] = [
    ("connect_timeout", "3"),
    ("tcp_user_timeout", "5000"),
    ("keepalives_idle", "5"),
    ("keepalives_interval", "2"),
    ("keepalives_count", "3"),
];

/// Where a local server has its socket: on Debian and Red Hat, then PostgreSQL's own default. The
/// built-in libpq knows only the latter.
const SOCKETS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// Returns the folders to search for a socket if neither the URL nor the environment names a host.
pub(super) fn socket_folders() -> Vec<&'static str> {
    const HOSTS: [&str; 3] = ["PGHOST", "PGHOSTADDR", "PGSERVICE"];
    if HOSTS.iter().any(|name| std::env::var_os(name).is_some()) {
        return Vec::new();
    }
    let is_there = |folder: &&str| Path::new(folder).is_dir();
    SOCKETS.into_iter().filter(is_there).collect()
}

/// Returns the URL completed with [`DEFAULTS`], and with `sockets` if it names no host.
pub(super) fn with_defaults(url: &str, sockets: &[&str]) -> Zeroizing<String> {
    let authority = url.find("://").map_or(0, |at| at + 3);
    // As libpq parses it: user and password, which may contain a question mark, end at the first @
    // before any slash.
    let rest = url.get(authority..).unwrap_or_default();
    let host = match rest.find(['@', '/']) {
        Some(at) if rest.get(at..).is_some_and(|tail| tail.starts_with('@')) => at + 1,
        _ => 0,
    };
    let rest = rest.get(host..).unwrap_or_default();
    let given = rest.split_once('?').map(|(_, given)| given);
    let is_given = |key: &str| {
        given.is_some_and(|given| {
            let mut parameters = given.split('&').filter_map(|pair| pair.split_once('='));
            parameters.any(|(name, _)| name == key)
        })
    };
    let names_host = !(rest.is_empty() || rest.starts_with(['/', '?', ':']))
        || ["host", "hostaddr", "service"].into_iter().any(is_given);
    let sockets = sockets.join(",");
    let sockets = (!names_host && !sockets.is_empty()).then_some(("host", sockets.as_str()));
    let mut whole = Zeroizing::new(url.to_owned());
    let mut joint = match given {
        None => "?",
        Some(given) if given.is_empty() || given.ends_with('&') => "",
        Some(_) => "&",
    };
    for (key, value) in sockets.into_iter().chain(DEFAULTS) {
        if !is_given(key) {
            whole.extend([joint, key, "=", value]);
            joint = "&";
        }
    }
    whole
}

/// Returns the part of a libpq error that may be shown. Errors about a connection name hosts, users
/// and databases. Errors about the URL quote it, password included, so the quotation is removed.
/// `shown` is the URL without its password.
pub(super) fn without_secrets(message: &str, shown: &str) -> String {
    let is_of_connection = message.starts_with("connection to server ");
    let (Some(first), Some(last)) = (message.find('"'), message.rfind('"')) else {
        return message.to_owned();
    };
    let quoted = message.get(first + 1..last).unwrap_or_default();
    if is_of_connection || (!quoted.is_empty() && shown.contains(quoted)) {
        return message.to_owned();
    }
    let (before, after) = (message.get(..first), message.get(last + 1..));
    format!(
        "libpq does not take the database URL: {}\"…\"{}",
        before.unwrap_or_default(),
        after.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_the_url_leaves_open_is_filled_in() {
        let all = "connect_timeout=3&tcp_user_timeout=5000&keepalives_idle=5&keepalives_interval=2&keepalives_count=3";
        for (url, joint) in [
            ("postgres://h", "?"),
            ("postgres://u:what?@h:1,i:2/d", "?"),
            ("postgres:///d?host=/run", "&"),
            ("postgres://h/d?", ""),
            ("postgres://h/d?a=b&", ""),
            ("postgres://h/d?application_name=a@b", "&"),
            ("postgres:///d?service=x", "&"),
        ] {
            assert_eq!(*with_defaults(url, &["/s"]), format!("{url}{joint}{all}"));
        }
        let url = "postgres://h/d?keepalives_idle=60&connect_timeout=10";
        let rest = "&tcp_user_timeout=5000&keepalives_interval=2&keepalives_count=3";
        assert_eq!(*with_defaults(url, &[]), format!("{url}{rest}"));
        for (url, joint) in [
            ("postgres://", "?"),
            ("postgres:///d", "?"),
            ("postgres://u:p@/d", "?"),
            ("postgres://:5433/d", "?"),
            ("postgres:///d?user=u", "&"),
        ] {
            let whole = with_defaults(url, &["/s", "/t"]);
            assert_eq!(*whole, format!("{url}{joint}host=/s,/t&{all}"));
            assert_eq!(*with_defaults(url, &[]), format!("{url}{joint}{all}"));
        }
    }

    #[test]
    fn what_libpq_says_of_a_connection_stays_and_what_it_quotes_of_the_url_goes() {
        let shown = "postgres://u:***@nowhere/d";
        for message in [
            "connection to server at \"127.0.0.1\", port 1 failed: Connection refused",
            "connection to server at \"h\" failed: FATAL:  password authentication failed for user \"u\"",
            "could not translate host name \"nowhere\" to address: Name or service not known",
            "out of memory",
        ] {
            assert_eq!(without_secrets(message, shown), message);
        }
        for (message, printed) in [
            (
                "unexpected spaces found in \"postgres://u:my hunter2@h\", use percent-encoded spaces (%20) instead",
                "unexpected spaces found in \"…\", use percent-encoded spaces (%20) instead",
            ),
            (
                "invalid port number: \"hunter2\"",
                "invalid port number: \"…\"",
            ),
            (
                "could not translate host name \"hunter2@h\" to address: Name or service not known",
                "could not translate host name \"…\" to address: Name or service not known",
            ),
            (
                "sslmode value \"require\" invalid when SSL support is not compiled in",
                "sslmode value \"…\" invalid when SSL support is not compiled in",
            ),
        ] {
            let expected = format!("libpq does not take the database URL: {printed}");
            assert_eq!(without_secrets(message, shown), expected);
        }
    }

    proptest! {
        #[test]
        fn a_quoted_url_is_never_shown(password in "[ -~]{0,8}xYzZy[ -~]{0,8}") {
            let message = format!("invalid URI: \"postgres://u:{password}@h/d\" (expected \"x\")");
            prop_assert!(!without_secrets(&message, "postgres://u:***@h/d").contains("xYzZy"));
        }
    }
}
