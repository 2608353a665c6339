//! The URL of the database. It never shows its password.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use secrecy::{ExposeSecret, SecretString};

use super::path;

/// The URL of the database. `Display` and `Debug` hide the password.
#[derive(Clone)]
pub enum Url {
    /// SQLite: the path of the database's file.
    Sqlite(PathBuf),
    /// PostgreSQL: a libpq connection URI, unchanged. It may name several hosts.
    Postgres(SecretString),
}

impl Default for Url {
    fn default() -> Self {
        Self::Sqlite(PathBuf::from("lanyard-data/lanyard.db"))
    }
}

/// Why a text is not a database URL. Quotes only the scheme, because the rest may contain a
/// password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidUrl(pub(super) String);

impl FromStr for Url {
    type Err = InvalidUrl;

    /// Accepts `sqlite:PATH`, `sqlite://PATH`, `postgres://…` and `postgresql://…`. Paths are not
    /// percent-decoded. A PostgreSQL URL with an ambiguous password is refused: libpq would read
    /// part of the password as a host or a port, and quote it in its errors.
    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        if path::is_in_quotes(text) {
            return Err(InvalidUrl(
                "is in quotes, or begins or ends with one; leave them out".to_owned(),
            ));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            if text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}') {
                return Err(InvalidUrl(
                    "holds white space or a control character; write a space as %20, in a password too"
                        .to_owned(),
                ));
            }
            if !is_escaped(text) {
                return Err(InvalidUrl(
                    "has a % that no two hexadecimal digits follow; write it as %25, in a password too"
                        .to_owned(),
                ));
            }
            if without_passwords(text).is_none() {
                return Err(InvalidUrl(
                    "leaves open what is the password and what the host; in user names, passwords and parameters write \
                     @ as %40, : as %3A, / as %2F, ? as %3F, & as %26"
                        .to_owned(),
                ));
            }
            return Ok(Self::Postgres(SecretString::from(text)));
        }
        let Some(path) = text.strip_prefix("sqlite:") else {
            let scheme = text
                .split_once("://")
                .map(|(scheme, _)| scheme)
                .filter(|scheme| {
                    scheme.len() <= 20
                        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                        && is_name(scheme)
                });
            let what = scheme.map_or_else(
                || "has no scheme".to_owned(),
                |scheme| format!("is a {scheme} URL"),
            );
            return Err(InvalidUrl(format!(
                "{what}; it takes sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE"
            )));
        };
        let path = path.strip_prefix("//").unwrap_or(path);
        let wrong = if path == ":memory:" {
            "names a database in memory, which several connections cannot share"
        } else if path.contains(['?', '\0']) || path.starts_with("file:") {
            "has parameters"
        } else if path.ends_with('/') || Path::new(path).file_name().is_none() {
            "names no file"
        } else {
            match path::path(path) {
                Ok(path) => return Ok(Self::Sqlite(path)),
                Err(why) => return Err(InvalidUrl(format!("names a path that {why}"))),
            }
        };
        Err(InvalidUrl(format!(
            "{wrong}; it takes sqlite: and the path of a file, nothing more"
        )))
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => match without_passwords(url.expose_secret()) {
                Some(shown) => f.write_str(&shown),
                None => f.write_str("postgres://***"),
            },
        }
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

/// Returns the URI with its password as `***`; `None` if the syntax leaves open which part is the
/// password, as after an unescaped `@` or `/` in it. A password in the parameters hides the
/// parameters after it too, because an unescaped `&` may be part of it.
fn without_passwords(url: &str) -> Option<String> {
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
fn is_escaped(url: &str) -> bool {
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

fn is_name(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'.'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sqlite(text: &str) -> PathBuf {
        match text.parse() {
            Ok(Url::Sqlite(path)) => path,
            other => unreachable!("{text}: {other:?}"),
        }
    }

    #[test]
    fn sqlite_paths() {
        for (text, path) in [
            ("sqlite:lanyard.db", "lanyard.db"),
            ("sqlite:/var/lib/lanyard.db", "/var/lib/lanyard.db"),
            ("sqlite://lanyard.db", "lanyard.db"),
            ("sqlite:///var/lib/lanyard.db", "/var/lib/lanyard.db"),
            ("sqlite:a b%20.db", "a b%20.db"),
        ] {
            assert_eq!(sqlite(text), PathBuf::from(path));
        }
    }

    #[test]
    fn postgres_urls_pass_untouched() {
        for text in [
            "postgres://",
            "postgresql://u:p@h/db",
            "postgres://u:p@a:5432,b:5433/db?target_session_attrs=read-write&sslmode=verify-full",
        ] {
            let Ok(Url::Postgres(url)) = text.parse() else {
                unreachable!("{text}")
            };
            assert_eq!(url.expose_secret(), text);
        }
    }

    #[test]
    fn other_urls_are_refused_without_being_quoted() {
        for text in [
            "",
            "lanyard.db",
            "mysql://u:hunter2@h/db",
            "postgres:u:hunter2@h",
            "hunter2://",
            "hun ter2://x",
            "sqlite:",
            "sqlite://",
            "sqlite:dir/",
            "sqlite:..",
            "sqlite::memory:",
            "sqlite:a.db?mode=hunter2",
            "sqlite:file:a.db",
        ] {
            let error = text.parse::<Url>().unwrap_err().to_string();
            assert!(error.contains("it takes sqlite:"), "{error}");
            assert!(
                !error.contains("hunter2") || text == "hunter2://",
                "{error}"
            );
        }
    }

    #[test]
    fn display_hides_the_password() {
        for (text, shown) in [
            ("postgres://", "postgres://"),
            ("postgres://h/db", "postgres://h/db"),
            ("postgres://u@h", "postgres://u@h"),
            (
                "postgresql://u:p:q@h:5432/db",
                "postgresql://u:***@h:5432/db",
            ),
            (
                "postgres://u:@a:1,[::1]:2,[fe80::1]/db?sslmode=require",
                "postgres://u:***@a:1,[::1]:2,[fe80::1]/db?sslmode=require",
            ),
            (
                "postgres:///db?user=u&password=p&sslpassword=q",
                "postgres:///db?user=u&password=***",
            ),
        ] {
            assert_eq!(text.parse::<Url>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn a_url_that_leaves_the_password_open_is_refused() {
        for text in [
            "postgres://u:p@h?pass%77ord=hunter2",
            "postgres://u:p@hunter2@h",
            "postgres://u:p/hunter2@h",
            "postgres://u:p?hunter2=r@h",
            "postgres://u:hunter2",
            "postgres://u:hunter2%@h",
            "postgres://u:hunter2%0@h",
            "postgres://u:hunter2%zz@h",
            "postgres://u:hunter2%é@h",
            "postgres://u:hunter2%00@h",
            "postgres://u:my hunter2@h/d",
            "postgres://u:p@h/d?password=hunter2 x",
            "postgres://u:hunter2@h/d\n",
            "postgres://u:p@h:hunter2/d",
            "postgres://u:p@h:70000/hunter2",
        ] {
            let error = text.parse::<Url>().unwrap_err().to_string();
            assert!(error.contains("write"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn no_password_is_ever_shown(password in "[!-~]{0,8}xYzZy[!-~]{0,8}", tail in "(/db)?(\\?user=a&port=1)?") {
            for text in [format!("postgres://u:{password}@h{tail}"), format!("postgres://h/db?password={password}")] {
                let printed = match text.parse::<Url>() {
                    Ok(url) => format!("{url} {url:?}"),
                    Err(error) => error.to_string(),
                };
                prop_assert!(!printed.contains("xYzZy"), "{printed}");
            }
        }
    }
}
