//! A database for one test: a file in a folder of its own, or a database of the shared cluster. Copied from one that was
//! migrated once, gone with the test.

use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use lanyard::db;
use tempfile::TempDir;

use super::cluster::{self, Cluster};

/// A migrated database that nobody else uses.
pub(crate) enum Database {
    Sqlite(TempDir),
    Postgres {
        cluster: &'static Cluster,
        name: String,
    },
}

/// Where everything of a test lives that need not survive the machine: in memory, where there is such a place.
fn folder() -> TempDir {
    let mut builder = tempfile::Builder::new();
    let builder = builder.prefix("lanyard-api-");
    builder
        .tempdir_in("/dev/shm")
        .or_else(|_| builder.tempdir())
        .unwrap()
}

fn sqlite_url(folder: &TempDir) -> String {
    format!("sqlite:{}", folder.path().join("lanyard.db").display())
}

impl Database {
    /// An empty database without a schema, for tests that migrate themselves.
    pub(crate) fn bare_sqlite() -> Arc<Self> {
        Arc::new(Self::Sqlite(folder()))
    }

    /// The same on PostgreSQL; none where it is not installed.
    pub(crate) fn bare_postgres() -> Option<Arc<Self>> {
        Self::postgres_from(None)
    }

    pub(crate) fn sqlite() -> Arc<Self> {
        static MIGRATED: OnceLock<Vec<u8>> = OnceLock::new();
        let migrated = MIGRATED.get_or_init(|| {
            let folder = folder();
            db::migrate(&sqlite_url(&folder).parse().unwrap()).unwrap();
            // The last connection is closed, so the write-ahead log is in the file.
            fs::read(folder.path().join("lanyard.db")).unwrap()
        });
        let folder = folder();
        fs::write(folder.path().join("lanyard.db"), migrated).unwrap();
        Arc::new(Self::Sqlite(folder))
    }

    /// None where PostgreSQL is not installed.
    pub(crate) fn postgres() -> Option<Arc<Self>> {
        static MIGRATED: OnceLock<()> = OnceLock::new();
        const TEMPLATE: &str = "migrated";
        let cluster = cluster::shared()?;
        MIGRATED.get_or_init(|| {
            cluster.create_database(TEMPLATE, None);
            db::migrate(&cluster.url(TEMPLATE).parse().unwrap()).unwrap();
        });
        Self::postgres_from(Some(TEMPLATE))
    }

    fn postgres_from(template: Option<&str>) -> Option<Arc<Self>> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let cluster = cluster::shared()?;
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        cluster.create_database(&name, template);
        Some(Arc::new(Self::Postgres { cluster, name }))
    }

    /// As `database.url` takes it.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => sqlite_url(folder),
            Self::Postgres { cluster, name } => cluster.url(name),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Postgres { cluster, name } = self {
            cluster.drop_database(name);
        }
    }
}
