//! The URL of the database. It never shows its password.

mod password;

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use secrecy::{ExposeSecret, SecretString};

use self::password::{is_escaped, without_passwords};
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

fn is_name(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'+' | b'.'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
