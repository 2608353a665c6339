//! Finds the password in a connection URI of PostgreSQL. A URI in which this is ambiguous is
//! refused: libpq would read part of the password as a host or a port, and quote it in its errors.

use super::is_name;

/// Returns the URI with its password as `***`; `None` if the syntax leaves open which part is the
/// password, as after an unescaped `@` or `/` in it. A password in the parameters hides the
/// parameters after it too, because an unescaped `&` may be part of it.
pub(super) fn without_passwords(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let (authority, tail) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (user, hosts) = match authority.split_once('@') {
        None => (String::new(), authority),
        Some((user, hosts)) => match user.split_once(':') {
            None => (format!("{user}@"), hosts),
            Some((user, _)) => (format!("{user}:***@"), hosts),
        },
    };
    if tail.contains('@') || !hosts.split(',').all(is_host) {
        return None;
    }
    let (path, parameters) = tail
        .split_once('?')
        .map_or((tail, None), |(path, rest)| (path, Some(rest)));
    if path.contains(':') {
        return None;
    }
    let mut shown = format!("{scheme}://{user}{hosts}{path}");
    for (index, parameter) in parameters
        .into_iter()
        .flat_map(|text| text.split('&'))
        .enumerate()
    {
        let (name, _) = parameter
            .split_once('=')
            .filter(|(name, _)| is_name(name))?;
        shown.push(if index == 0 { '?' } else { '&' });
        let lower = name.to_ascii_lowercase();
        if lower.contains("pass") || lower.contains("secret") {
            shown.extend([name, "=***"]);
            break;
        }
        shown.push_str(parameter);
    }
    Some(shown)
}

/// Returns whether each `%` is followed by two hexadecimal digits other than `00`. libpq refuses
/// NUL and quotes it.
pub(super) fn is_escaped(url: &str) -> bool {
    url.split('%').skip(1).all(|rest| {
        rest.get(..2).is_some_and(|digits| {
            digits.bytes().all(|digit| digit.is_ascii_hexdigit()) && digits != "00"
        })
    })
}

/// Returns whether this is `HOST`, `HOST:PORT`, `[V6]` or `[V6]:PORT`.
fn is_host(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((_, after)) => (
            "",
            if after.is_empty() {
                Some("")
            } else {
                after.strip_prefix(':')
            },
        ),
        None => host
            .split_once(':')
            .map_or((host, Some("")), |(name, port)| (name, Some(port))),
    };
    !name.contains(['[', ']']) && !host.contains('@') && port.is_some_and(is_port)
}

/// Returns whether libpq accepts this port (or none). It quotes any other text in its error, which
/// may be a password.
fn is_port(port: &str) -> bool {
    port.is_empty()
        || port.bytes().all(|b| b.is_ascii_digit())
            && port.parse::<u16>().is_ok_and(|port| port > 0)
}
