//! Writes codes, and grants with their refresh tokens, to the tables without the service: as many as
//! a service has after a year, and codes that are all redeemed within seconds.

use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};
use lanyard::base::Digest;

use crate::Fallible;
use crate::cluster::Cluster;
use crate::oauth::OAuthClient;
use crate::service::Caller;

pub(crate) const REDIRECT_URI: &str = "https://client.example/callback";

/// A verifier of PKCE, and its challenge (RFC 7636, appendix B).
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

const MONTH_IN_MICROS: u128 = 30 * 86_400_000_000;

/// A migrated database. No process serves it if it is SQLite.
pub(crate) enum Database<'a> {
    Sqlite(PathBuf),
    Postgres {
        cluster: &'a Cluster,
        name: &'static str,
        /// A file for the statements.
        script: PathBuf,
    },
}

/// Whose the rows are.
pub(crate) struct Owner<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) client: &'a OAuthClient,
}

impl Database<'_> {
    fn run(&self, statements: &str) -> Fallible<()> {
        match self {
            Self::Sqlite(file) => {
                let mut connection = SqliteConnection::establish(&file.to_string_lossy())?;
                connection.batch_execute(&format!("BEGIN; {statements} COMMIT; ANALYZE"))?;
            }
            Self::Postgres {
                cluster,
                name,
                script,
            } => {
                fs::write(script, format!("BEGIN; {statements} COMMIT; ANALYZE;"))?;
                cluster.load(name, script);
            }
        }
        Ok(())
    }

    /// Returns a statement that fills the table `n` with numbers and random digests.
    fn random(&self, count: usize) -> String {
        match self {
            Self::Sqlite(_) => format!(
                "WITH RECURSIVE i(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM i WHERE i < {count})
                 INSERT INTO n SELECT i, randomblob(32) FROM i;"
            ),
            Self::Postgres { .. } => format!(
                "INSERT INTO n SELECT i, sha256(int8send(i)) FROM generate_series(1, {count}) AS i;"
            ),
        }
    }

    /// Returns statements that do the same with the digests of texts.
    fn known(&self, texts: &[String], after: usize) -> Fallible<String> {
        let (begin, end) = match self {
            Self::Sqlite(_) => ("x'", "'"),
            Self::Postgres { .. } => ("'\\x", "'"),
        };
        let mut statements = String::new();
        for (part, texts) in texts.chunks(500).enumerate() {
            statements.push_str("INSERT INTO n VALUES ");
            for (place, text) in texts.iter().enumerate() {
                let number = after + part * 500 + place + 1;
                let comma = if place > 0 { "," } else { "" };
                write!(statements, "{comma}({number},{begin}")?;
                for byte in Digest::of(text).0 {
                    write!(statements, "{byte:02x}")?;
                }
                write!(statements, "{end})")?;
            }
            statements.push_str(";\n");
        }
        Ok(statements)
    }

    /// Returns an expression of 16 bytes that is another for each number in `n`.
    fn id(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "CAST(printf('%016d', i) AS BLOB)",
            Self::Postgres { .. } => "int8send(i) || int8send(i)",
        }
    }

    fn numbers(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "CREATE TEMP TABLE n (i INTEGER, digest BLOB);",
            Self::Postgres { .. } => "CREATE TEMP TABLE n (i BIGINT, digest BYTEA);",
        }
    }

    /// Adds grants with one live refresh token each: `count` whose texts nobody has, and those
    /// with these texts.
    pub(crate) fn add_refresh_tokens(
        &self,
        owner: &Owner<'_>,
        count: usize,
        texts: &[String],
    ) -> Fallible<()> {
        let now = micros_now()?;
        let (until, id) = (now + MONTH_IN_MICROS, self.id());
        let (organization, operator) = (owner.caller.organization, owner.caller.operator);
        let client = &owner.client.id;
        let random = if count > 0 {
            self.random(count)
        } else {
            String::new()
        };
        self.run(&format!(
            "{} {random} {}
             INSERT INTO grants (organization_id, id, client_id, operator_id, scopes, resources, auth_time, amr,
                 created_at, last_used_at, expires_at)
             SELECT {organization}, {id}, '{client}', {operator}, 'read', '', {now}, 'pwd', {now}, {now}, {until} FROM n;
             INSERT INTO refresh_tokens (organization_id, digest, jti, grant_id, rev, issued_at, expires_at)
             SELECT {organization}, digest, {id}, {id}, (SELECT seq FROM feed_head), {now}, {until} FROM n;
             INSERT INTO ledger (organization_id, jti, kind, operator_id, client_id, grant_id, rev, issued_at, expires_at)
             SELECT {organization}, {id}, 'refresh', {operator}, '{client}', {id}, (SELECT seq FROM feed_head), {now},
                 {until} FROM n;",
            self.numbers(),
            self.known(texts, count)?
        ))
    }

    /// Adds codes with these texts.
    pub(crate) fn add_codes(&self, owner: &Owner<'_>, texts: &[String]) -> Fallible<()> {
        let now = micros_now()?;
        let (until, id) = (now + MONTH_IN_MICROS, self.id());
        let (organization, operator) = (owner.caller.organization, owner.caller.operator);
        self.run(&format!(
            "{} {}
             INSERT INTO codes (organization_id, digest, client_id, operator_id, grant_id, state, redirect_uri, challenge,
                 scopes, resources, auth_time, amr, rev, expires_at)
             SELECT {organization}, digest, '{}', {operator}, {id}, 'issued', '{REDIRECT_URI}', '{CHALLENGE}', 'read', '',
                 {now}, 'pwd', (SELECT seq FROM feed_head), {until} FROM n;",
            self.numbers(),
            self.known(texts, 0)?,
            owner.client.id
        ))
    }
}

/// Returns texts as long as those that the service draws.
pub(crate) fn texts(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{number:043}")).collect()
}

fn micros_now() -> Fallible<u128> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros())
}
