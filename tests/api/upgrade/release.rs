//! A database as a release wrote it: `tests/upgrade/NNNN`, where NNNN is the last migration of that release. It holds statements
//! (`sqlite.sql`, `postgres.sql`), and beside them what was handed out and what the release said of it (`sqlite.json`, …).

mod write;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use lanyard::base::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::migrations;
use crate::support::Server;
use crate::support::database::Database;

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Sqlite,
    Postgres,
}

impl Kind {
    /// The name of its folder of migrations and of its files.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// An empty database. `None` where PostgreSQL is not installed.
    fn bare(self) -> Option<Arc<Database>> {
        match self {
            Self::Sqlite => Some(Database::bare_sqlite()),
            Self::Postgres => Database::bare_postgres(),
        }
    }
}

/// What an organization had in its hands when the dump was made, and what the service said of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct State {
    /// The time of the service's clock, in seconds since 1970.
    #[serde(with = "seconds")]
    pub(super) at: Timestamp,
    pub(super) login: String,
    pub(super) password: String,
    /// The company token that everything is asked with.
    pub(super) company: String,
    /// An active operator.
    pub(super) operator: i64,
    pub(super) tokens: Vec<Token>,
    /// The whole list of revocations.
    pub(super) revocations: Vec<Value>,
    /// The last revocation that the follower had received.
    pub(super) last: i64,
}

mod seconds {
    use lanyard::base::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "the shape serde wants")]
    pub(super) fn serialize<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(at.as_seconds())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(from).map(Timestamp::from_seconds)
    }
}

/// A token and what the service said of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Token {
    what: String,
    pub(super) text: String,
    is_company: bool,
    pub(super) says: String,
}

/// What a server says of a token: `valid` or why not; of a company token the answer to a request that it is used for.
pub(super) fn says(server: &Server, company: &str, token: &Token) -> String {
    if token.is_company {
        let answer = server.get("/api/company/organization").bearer(&token.text);
        return match answer.send() {
            answer if answer.status == 200 => "valid".to_owned(),
            refused => refused.in_short(),
        };
    }
    let ask = server.post("/api/operator/validate-token").bearer(company);
    let verdict = ask.json(&json!({"token": token.text})).send();
    let verdict = verdict.with_status(200).json();
    assert_eq!(verdict["isValid"], verdict["error"].is_null(), "{verdict}");
    verdict["error"].as_str().unwrap_or("valid").to_owned()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/upgrade")
}

/// A database that holds what a release wrote.
pub(super) struct Released {
    /// The release's last migration.
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) database: Arc<Database>,
    pub(super) state: State,
}

impl Released {
    /// Returns one for each release in the repository, or none if PostgreSQL is needed and not installed.
    pub(super) fn all(kind: Kind) -> impl Iterator<Item = Self> {
        let entries = fs::read_dir(folder()).unwrap();
        let mut folders: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        folders.retain(|path| path.is_dir());
        folders.sort();
        assert!(!folders.is_empty());
        folders
            .into_iter()
            .filter_map(move |folder| Self::load(&folder, kind))
    }

    fn load(folder: &Path, kind: Kind) -> Option<Self> {
        let database = kind.bare()?;
        let read = |ending: &str| {
            let file = folder.join(format!("{}.{ending}", kind.word()));
            fs::read_to_string(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()))
        };
        let released = Self {
            name: folder.file_name().unwrap().to_string_lossy().into_owned(),
            kind,
            database,
            state: serde_json::from_str(&read("json")).unwrap(),
        };
        released.execute(&read("sql"));
        let last = released.applied().pop().unwrap();
        assert!(last.starts_with(&released.name), "{last} is the last one");
        let tokens = &released.state.tokens;
        let valid = tokens.iter().filter(|token| token.says == "valid").count();
        assert!(valid > 0 && valid < tokens.len(), "{valid} valid tokens");
        Some(released)
    }

    fn execute(&self, statements: &str) {
        let url = self.database.url();
        let done = match url.strip_prefix("sqlite:") {
            Some(path) => migrations::sqlite(path).batch_execute(statements),
            None => migrations::postgres(&url).batch_execute(statements),
        };
        done.unwrap();
    }

    /// The names of the migrations that it has.
    pub(super) fn applied(&self) -> Vec<String> {
        migrations::applied(&self.database.url())
    }

    /// Adds rows to the ledger, copies of an operator token's with other ids.
    pub(super) fn fill(&self, rows: u64) {
        let (numbers, id) = match self.kind {
            Kind::Sqlite => (
                format!(
                    "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {rows})"
                ),
                "CAST(printf('%016x', n) AS BLOB)",
            ),
            Kind::Postgres => (
                format!("WITH numbers (n) AS (SELECT generate_series(1, {rows}))"),
                "convert_to(lpad(to_hex(n), 16, '0'), 'UTF8')",
            ),
        };
        let others =
            "kind, operator_id, client_id, parent, kid, rev, issued_at, expires_at, address";
        self.execute(&format!(
            "{numbers} INSERT INTO ledger (organization_id, jti, {others}) SELECT organization_id, {id}, {others} \
             FROM numbers, (SELECT * FROM ledger WHERE kind = 'operator' ORDER BY issued_at DESC LIMIT 1) AS one"
        ));
    }

    /// A copy of it.
    pub(super) fn copy(&self) -> Arc<Database> {
        match &*self.database {
            Database::Sqlite(folder) => {
                let copy = Database::bare_sqlite();
                let to = copy.url();
                let to = to.strip_prefix("sqlite:").unwrap();
                fs::copy(folder.path().join("lanyard.db"), to).unwrap();
                copy
            }
            Database::Postgres(_) => self.database.copy_of_postgres(),
        }
    }
}
