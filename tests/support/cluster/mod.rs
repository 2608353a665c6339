//! A temporary PostgreSQL made with the programs on this machine: it is started in a folder of its
//! own, on a free loopback port, and is removed with the process that started it, however that
//! process ends.
//!
//! The server trusts every connection from this machine. It contains only test data.

// Tests and benches include this file, and none of them needs all of it.
#![allow(dead_code, unused_imports, clippy::expect_used, clippy::panic)]

mod keeper;
mod options;
mod programs;

pub(crate) use options::Options;
pub(crate) use programs::program;

use std::env;
use std::fmt;
use std::io::{self, Write};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};

use tempfile::TempDir;

use self::keeper::{Keeper, logs};
use self::options::{append, configure, sockets};
use self::programs::{server_programs, unprivileged};

/// If it is `1`, a missing PostgreSQL is a failure and not a skip.
const REQUIRED: &str = "LANYARD_REQUIRE_POSTGRES";

/// The superuser of every cluster.
const USER: &str = "lanyard";

/// How many other ports are tried if another process took the chosen one.
const PORTS_TRIED: usize = 5;

/// Returns once commits wait for a standby.
const FOLLOWED: &str = "
    DO $$ BEGIN
        FOR look IN 1..3000 LOOP
            PERFORM pg_stat_clear_snapshot();
            IF EXISTS (SELECT FROM pg_stat_replication WHERE sync_state = 'sync') THEN
                RETURN;
            END IF;
            PERFORM pg_sleep(0.02);
        END LOOP;
        RAISE EXCEPTION 'no standby follows';
    END $$";

/// PostgreSQL's programs are not on this machine. Everything else that fails is a panic: a server
/// that is installed and does not start must not count as a skip.
#[derive(Debug)]
pub(crate) struct Missing {
    programs: &'static str,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let programs = self.programs;
        write!(
            f,
            "found no {programs} on PATH, in `pg_config --bindir` or in /usr/lib/postgresql/*/bin"
        )
    }
}

/// A running (or stopped) server with its own data folder.
#[derive(Debug)]
pub(crate) struct Cluster {
    // This field is dropped first: its pipe closes, the server stops and the folder is removed.
    keeper: Mutex<Keeper>,
    folder: TempDir,
    psql: PathBuf,
    port: u16,
}

impl Cluster {
    /// Makes a new cluster and starts it. Returns once it accepts connections.
    pub(crate) fn start(options: Options) -> Result<Self, Missing> {
        Self::make(&format!("init {USER}"), |folder| configure(folder, options))
    }

    /// Makes a copy of a running cluster that follows it. From then on the original confirms no
    /// commit that the copy does not have.
    pub(crate) fn with_standby(&self) -> Self {
        let program = program("pg_basebackup").expect("pg_basebackup, as initdb is there");
        let order = format!("copy {} {}", program.display(), self.url("postgres"));
        let standby = Self::make(&order, |folder| append(folder, &sockets(folder)));
        let standby = standby.expect("there is a cluster to copy");
        for statement in [
            "ALTER SYSTEM SET synchronous_standby_names = '*'",
            "SELECT pg_reload_conf()",
            FOLLOWED,
        ] {
            self.sql("postgres", statement);
        }
        standby
    }

    /// Takes a base backup of a running cluster, with the WAL that it needs to be consistent. The
    /// backup is a stopped cluster of its own.
    pub(crate) fn base_backup(&self) -> Self {
        let program = program("pg_basebackup").expect("pg_basebackup, as initdb is there");
        let order = format!("backup {} {}", program.display(), self.url("postgres"));
        let backup = Self::make(&order, |folder| append(folder, &sockets(folder)));
        let backup = backup.expect("there is a cluster to back up");
        backup.stop();
        backup
    }

    /// Writes a dump of a database into a file, as statements.
    pub(crate) fn dump(&self, database: &str, file: &Path) {
        let program = program("pg_dump").expect("pg_dump, as psql is there");
        self.run(Command::new(program).arg("--file").arg(file), database);
    }

    /// Runs the statements of a dump in a new database.
    pub(crate) fn load(&self, database: &str, file: &Path) {
        let mut psql = Command::new(&self.psql);
        psql.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"])
            .arg("--file")
            .arg(file);
        self.run(&mut psql, database);
    }

    fn run(&self, command: &mut Command, database: &str) {
        command.args(["--dbname", &self.url(database)]);
        let output = command.stdin(Stdio::null()).output();
        let output = output.expect("running one of PostgreSQL's programs");
        let printed = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {printed}");
    }

    /// Makes a cluster of what `order` puts into its folder.
    fn make(order: &str, configure: impl Fn(&Path)) -> Result<Self, Missing> {
        let bin = server_programs().ok_or(Missing {
            programs: "initdb, pg_ctl and postgres (in one folder)",
        })?;
        let psql = program("psql").ok_or(Missing { programs: "psql" })?;

        let folder = tempfile::Builder::new()
            .prefix("lanyard-postgres-")
            .tempdir()
            .expect("a temporary folder");
        let account = unprivileged(folder.path());
        if let Some((user, group)) = account {
            chown(folder.path(), Some(user), Some(group))
                .expect("giving the data folder to another user");
        }
        let mut keeper = Keeper::spawn(&bin, folder.path(), account);
        keeper.must(order, folder.path());
        configure(folder.path());
        let port = (0..PORTS_TRIED)
            .map(|_| free_port())
            .find(|port| keeper.order(&format!("start {port}")))
            .unwrap_or_else(|| panic!("PostgreSQL does not start: {}", logs(folder.path())));
        Ok(Self {
            keeper: Mutex::new(keeper),
            folder,
            psql,
            port,
        })
    }

    /// Returns the URL of one of its databases.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/{database}", self.port)
    }

    /// Returns a URL for a database of both clusters; the client connects to the one that accepts
    /// writes.
    pub(crate) fn url_of_either(&self, other: &Self, database: &str) -> String {
        let (one, other) = (self.port, other.port);
        format!(
            "postgres://{USER}@127.0.0.1:{one},127.0.0.1:{other}/{database}?target_session_attrs=read-write"
        )
    }

    /// Makes a database, as a copy of `template` if there is one (no client may be connected to the
    /// template).
    pub(crate) fn create_database(&self, name: &str, template: Option<&str>) {
        let template = template.unwrap_or("template0");
        self.sql(
            "postgres",
            &format!(r#"CREATE DATABASE "{name}" TEMPLATE "{template}""#),
        );
    }

    /// Removes a database, also if clients are connected to it.
    pub(crate) fn drop_database(&self, name: &str) {
        self.sql(
            "postgres",
            &format!(r#"DROP DATABASE IF EXISTS "{name}" WITH (FORCE)"#),
        );
    }

    /// Runs statements in a database through psql. Returns the rows, one per line, with columns
    /// separated by `|`.
    pub(crate) fn sql(&self, database: &str, statements: &str) -> String {
        let output = Command::new(&self.psql)
            .args([
                "--no-psqlrc",
                "--quiet",
                "--tuples-only",
                "--no-align",
                "--set=ON_ERROR_STOP=1",
            ])
            .args(["--dbname", &self.url(database), "--command", statements])
            .stdin(Stdio::null())
            .output()
            .expect("running psql");
        assert!(
            output.status.success(),
            "psql: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    }

    /// Stops the server: open connections are closed, and what was committed is kept.
    pub(crate) fn stop(&self) {
        self.keeper().must("stop fast", self.folder.path());
    }

    /// Stops the server as in a crash: the next start has to recover.
    pub(crate) fn crash(&self) {
        self.keeper().must("stop immediate", self.folder.path());
    }

    /// Starts a stopped server again, with the same port and the same data.
    pub(crate) fn start_again(&self) {
        self.keeper()
            .must(&format!("start {}", self.port), self.folder.path());
    }

    /// Kills every process of the server.
    pub(crate) fn kill(&self) {
        self.keeper().must("kill", self.folder.path());
    }

    /// Promotes a standby to the primary.
    pub(crate) fn promote(&self) {
        self.keeper().must("promote", self.folder.path());
    }

    fn keeper(&self) -> std::sync::MutexGuard<'_, Keeper> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the cluster that all tests of one binary share (each test makes a database of its own);
/// `None` if PostgreSQL is not installed, and a line on standard error then says so, once. Panics
/// instead if `LANYARD_REQUIRE_POSTGRES` is `1`.
pub(crate) fn shared() -> Option<&'static Cluster> {
    static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
    SHARED
        .get_or_init(|| start_or_skip(Options::default()))
        .as_ref()
}

/// Returns a cluster for the caller alone; `None` as for [`shared`].
pub(crate) fn start_or_skip(options: Options) -> Option<Cluster> {
    match Cluster::start(options) {
        Ok(cluster) => Some(cluster),
        Err(missing) => {
            assert!(
                env::var_os(REQUIRED).is_none_or(|value| value != "1"),
                "{REQUIRED}=1, but {missing}"
            );
            // Not `eprintln!`: the test harness would hide that.
            let _ = writeln!(
                io::stderr(),
                "PostgreSQL is SKIPPED: {missing}. {REQUIRED}=1 makes this a failure."
            );
            None
        }
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("the port just bound").port()
}
