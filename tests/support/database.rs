//! A database for one test, as the migrations leave it: a file in a folder of its own, or a
//! database of the shared cluster.

use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use lanyard::db;
use tempfile::TempDir;

use super::cluster::{self, Cluster};

/// A database that no other test uses.
pub(crate) enum Database {
    Sqlite(TempDir),
    Postgres(Postgres),
}

impl Database {
    /// Returns a migrated database on SQLite.
    pub(crate) fn sqlite() -> Arc<Self> {
        static MIGRATED: OnceLock<Vec<u8>> = OnceLock::new();
        let migrated = MIGRATED.get_or_init(|| {
            let folder = folder();
            db::migrate(&sqlite_url(&folder).parse().unwrap()).unwrap();
            // The last connection is closed, so the write-ahead log is merged into the file.
            fs::read(folder.path().join("lanyard.db")).unwrap()
        });
        let folder = folder();
        fs::write(folder.path().join("lanyard.db"), migrated).unwrap();
        Arc::new(Self::Sqlite(folder))
    }

    /// Returns a migrated database on PostgreSQL; `None` if PostgreSQL is not installed.
    pub(crate) fn postgres() -> Option<Arc<Self>> {
        let cluster = cluster::shared()?;
        Some(Arc::new(Self::Postgres(Postgres::take(cluster))))
    }

    /// Like [`Database::postgres`]. No test has used it before, so nothing is known about its rows.
    pub(crate) fn new_postgres() -> Option<Arc<Self>> {
        let cluster = cluster::shared()?;
        Postgres::make_template(cluster);
        Some(Arc::new(Self::Postgres(Postgres::make(
            cluster,
            Some(TEMPLATE),
        ))))
    }

    /// Returns a database without a schema, for tests that migrate it themselves.
    pub(crate) fn bare_sqlite() -> Arc<Self> {
        Arc::new(Self::Sqlite(folder()))
    }

    /// Like [`Database::bare_sqlite`], on PostgreSQL.
    pub(crate) fn bare_postgres() -> Option<Arc<Self>> {
        let cluster = cluster::shared()?;
        Some(Arc::new(Self::Postgres(Postgres::make(cluster, None))))
    }

    /// Returns a copy of it. No client may be connected to the original. Panics if it is a file of
    /// SQLite.
    pub(crate) fn copy_of_postgres(&self) -> Arc<Self> {
        let Self::Postgres(original) = self else {
            panic!("not PostgreSQL");
        };
        let copy = Postgres::make(original.cluster, Some(&original.name));
        Arc::new(Self::Postgres(copy))
    }

    /// Returns the URL in the form of `database.url`.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(folder) => sqlite_url(folder),
            Self::Postgres(postgres) => postgres.cluster.url(&postgres.name),
        }
    }
}

/// Returns a folder in memory, if the machine has one: the data of a test need not survive a
/// restart.
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

/// A database of the cluster. Making one takes longer than most tests, so a migrated one is not
/// dropped after its test: the next test that takes it resets it to what the migrations left.
pub(crate) struct Postgres {
    cluster: &'static Cluster,
    name: String,
    /// The connection that resets it; `None` if the database is not used again.
    reset: Mutex<Option<PgConnection>>,
}

const TEMPLATE: &str = "migrated";

/// Stores the rows that the migrations wrote.
const REMEMBER: &str = "
    CREATE SCHEMA remembered;
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
            EXECUTE format('CREATE TABLE remembered.%1$I AS TABLE public.%1$I', name);
        END LOOP;
    END $$";

/// Restores those rows and deletes all others.
const RESET: &str = "
    SET session_replication_role = replica;
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
            EXECUTE format('DELETE FROM public.%I', name);
        END LOOP;
        FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
            PERFORM setval(format('public.%I', name)::regclass, 1, false);
        END LOOP;
        FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'remembered' LOOP
            EXECUTE format('INSERT INTO public.%1$I SELECT * FROM remembered.%1$I', name);
        END LOOP;
    END $$";

impl Postgres {
    fn free() -> MutexGuard<'static, Vec<Self>> {
        static FREE: Mutex<Vec<Postgres>> = Mutex::new(Vec::new());
        FREE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the database that others are copies of, once.
    fn make_template(cluster: &'static Cluster) {
        static MIGRATED: OnceLock<()> = OnceLock::new();
        MIGRATED.get_or_init(|| {
            cluster.create_database(TEMPLATE, None);
            let url = cluster.url(TEMPLATE);
            db::migrate(&url.parse().unwrap()).unwrap();
            let mut connection = PgConnection::establish(&url).unwrap();
            connection.batch_execute(REMEMBER).unwrap();
        });
    }

    fn take(cluster: &'static Cluster) -> Self {
        Self::make_template(cluster);
        let used = Self::free().pop();
        let mut database = used.unwrap_or_else(|| Self::make(cluster, Some(TEMPLATE)));
        let url = cluster.url(&database.name);
        let connection = database.reset.get_mut().unwrap();
        connection
            .get_or_insert_with(|| PgConnection::establish(&url).unwrap())
            .batch_execute(RESET)
            .unwrap();
        database
    }

    fn make(cluster: &'static Cluster, template: Option<&str>) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        cluster.create_database(&name, template);
        Self {
            cluster,
            name,
            reset: Mutex::new(None),
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // A failed test may leave anything, so its database is not used again.
        let reset = std::mem::take(&mut self.reset);
        let migrated = reset.lock().is_ok_and(|connection| connection.is_some());
        if migrated && !std::thread::panicking() {
            Self::free().push(Self {
                cluster: self.cluster,
                name: std::mem::take(&mut self.name),
                reset,
            });
        }
    }
}
