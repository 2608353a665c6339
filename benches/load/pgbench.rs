//! PostgreSQL's rate of transactions that write one row of the ledger each, measured with its own
//! program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::Fallible;
use crate::cluster;
use crate::lab::Skipped;

/// Makes the table that is written: the columns and the indexes of the ledger.
pub(crate) const SINGLE_ROW_TABLE: &str = "CREATE TABLE single (LIKE ledger INCLUDING ALL)";

/// One row per transaction. As with `UUIDv7`, the key begins with the time.
const SINGLE_ROW_SCRIPT: &str = r"
\set random random(1, 9000000000000000000)
INSERT INTO single (organization_id, jti, kind, operator_id, parent, kid, rev, issued_at, expires_at, address)
SELECT 1, int8send(t) || int8send(:random), 'operator', 1, '\x00112233445566778899aabbccddeeff', 'kid-of-some-length', 1,
    t, t + 86400000000, '127.0.0.1'
FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS t) AS now;
";

/// The program `pgbench`.
pub(crate) struct PgBench(PathBuf);

impl PgBench {
    /// Finds the program. Returns an error that skips the row if it is not installed.
    pub(crate) fn find() -> Result<Self, Skipped> {
        let found = cluster::program("pgbench").map(Self);
        found.ok_or(Skipped("pgbench is not installed".into()))
    }

    /// Returns the number of transactions per second that 64 clients reach in a database with
    /// [`SINGLE_ROW_TABLE`]. `folder` is for the script.
    pub(crate) fn per_second(&self, folder: &Path, url: &str, time: Duration) -> Fallible<f64> {
        let script = folder.join("single.sql");
        fs::write(&script, SINGLE_ROW_SCRIPT)?;
        let output = Command::new(&self.0)
            .args([
                "--no-vacuum",
                "--protocol=prepared",
                "--client=64",
                "--jobs=2",
            ])
            .arg(format!("--time={}", time.as_secs()))
            .arg("--file")
            .arg(&script)
            .arg(url)
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let rate = text
            .lines()
            .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        rate.ok_or_else(|| {
            format!("pgbench: {text}{}", String::from_utf8_lossy(&output.stderr)).into()
        })
    }
}
