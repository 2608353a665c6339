//! `[database]`: the database that stores everything, and how it is used.

use std::{fs, path::PathBuf, time::Duration};

use secrecy::{ExposeSecret, SecretString};

use crate::base::bom;

use super::{
    parse::{self, Parsed},
    path,
    reader::Reader,
    url::{InvalidUrl, Url},
    value::Value,
};

/// The database that stores everything, and how it is used.
#[derive(Clone, Debug)]
pub struct Database {
    /// The URL of the database.
    pub url: Url,
    /// The file that the URL was read from; `None` if it was given directly.
    pub url_file: Option<PathBuf>,
    /// The largest number of connections. On SQLite these are the readers, in addition to the one
    /// writer.
    pub pool_size: u32,
    /// How long a request may wait for a connection before it is answered with 503.
    pub acquire_timeout: Duration,
    /// Whether pending migrations are applied at start.
    pub migrate: bool,
}

impl Database {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let given = reader.optional("database.url", url);
        let (filed, url_file) = reader.optional("database.url_file", url_in_file).unzip();
        if reader.given("database.url") && reader.given("database.url_file") {
            reader.refuse(
                "database.url_file",
                "is given together with database.url; it takes one of the two",
            );
        }
        Self {
            url: given.or(filed).unwrap_or_default(),
            url_file,
            pool_size: reader.setting("database.pool_size", 8, parse::whole(1..=1_000)),
            acquire_timeout: reader.setting(
                "database.acquire_timeout",
                Duration::from_secs(2),
                parse::duration(Duration::from_millis(1)..=Duration::from_mins(1)),
            ),
            migrate: reader.setting("database.migrate", true, parse::boolean),
        }
    }
}

fn url(value: &Value) -> Parsed<Url> {
    let text = value
        .text()
        .ok_or_else(|| format!("is {}; it takes a URL", value.kind()))?;
    text.parse().map_err(|error: InvalidUrl| error.to_string())
}

fn url_in_file(value: &Value) -> Parsed<(Url, PathBuf)> {
    if value.text().is_some_and(|text| text.contains("://")) {
        return Err("is a URL; it takes the path of a file that holds one".to_owned());
    }
    let path = parse::readable_file(value)?;
    let text = fs::read_to_string(&path)
        .map(SecretString::from)
        .map_err(|error| format!("names {}, which cannot be read: {error}", path.display()))?;
    match bom::strip(text.expose_secret()).trim().parse() {
        Ok(url) => Ok((url, path)),
        Err(InvalidUrl(error)) => {
            let shown = path::shown(&path.to_string_lossy());
            Err(format!("names {shown}, whose content {error}"))
        }
    }
}
