//! Writes to the ledger's table without the service: one row per transaction, with which group
//! commit is compared, and a million rows at once, with which a start must cope.

use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::Fallible;

diesel::table! {
    ledger (organization_id, jti) {
        organization_id -> BigInt,
        jti -> Binary,
        kind -> Text,
        operator_id -> Nullable<BigInt>,
        parent -> Nullable<Binary>,
        kid -> Text,
        rev -> BigInt,
        issued_at -> BigInt,
        expires_at -> Nullable<BigInt>,
        address -> Nullable<Text>,
    }
}

const DAY_IN_MICROS: i64 = 86_400_000_000;

/// A database file that is written one row per transaction; every commit is on the disk before the
/// next.
pub(crate) struct SingleRows {
    connection: SqliteConnection,
    written: u64,
}

impl SingleRows {
    /// Opens `file`, a migrated database that no other process has open.
    pub(crate) fn open(file: &Path) -> Fallible<Self> {
        let mut connection = SqliteConnection::establish(&file.to_string_lossy())?;
        connection.batch_execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")?;
        Ok(Self {
            connection,
            written: 0,
        })
    }

    pub(crate) fn per_second(&mut self, time: Duration) -> Fallible<f64> {
        let before = self.written;
        let begun = Instant::now();
        while begun.elapsed() < time {
            self.insert()?;
        }
        Ok((self.written - before) as f64 / begun.elapsed().as_secs_f64())
    }

    fn insert(&mut self) -> Fallible<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_micros() as i64;
        let mut jti = now.to_be_bytes().to_vec();
        jti.extend(
            self.written
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .to_be_bytes(),
        );
        diesel::insert_into(ledger::table)
            .values((
                ledger::organization_id.eq(1),
                ledger::jti.eq(jti),
                ledger::kind.eq("operator"),
                ledger::operator_id.eq(Some(1)),
                ledger::parent.eq(Some([0x42; 16].as_slice())),
                ledger::kid.eq("kid-of-some-length"),
                ledger::rev.eq(1),
                ledger::issued_at.eq(now),
                ledger::expires_at.eq(Some(now + DAY_IN_MICROS)),
                ledger::address.eq(Some("127.0.0.1")),
            ))
            .execute(&mut self.connection)?;
        self.written += 1;
        Ok(())
    }
}

/// Adds unexpired rows to the ledger of an SQLite file that no process serves.
pub(crate) fn fill_sqlite(file: &Path, rows: usize) -> Fallible<()> {
    let mut connection = SqliteConnection::establish(&file.to_string_lossy())?;
    connection.batch_execute(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         INSERT INTO ledger (organization_id, jti, kind, operator_id, parent, kid, rev, issued_at, expires_at)
         SELECT 1, CAST(printf('%016d', i) AS BLOB), 'operator', 1, randomblob(16),
             (SELECT kid FROM signing_keys LIMIT 1), 1, {now}, {now} + {DAY_IN_MICROS} FROM n",
        now = "unixepoch() * 1000000"
    ))?;
    Ok(())
}

/// Returns statements that add unexpired rows to the ledger on PostgreSQL.
pub(crate) fn fill_postgres(rows: usize) -> String {
    format!(
        "INSERT INTO ledger (organization_id, jti, kind, operator_id, parent, kid, rev, issued_at, expires_at)
         SELECT 1, int8send(i) || int8send(i), 'operator', 1, int8send(i) || int8send(-i),
             (SELECT kid FROM signing_keys LIMIT 1), 1, {now}, {now} + {DAY_IN_MICROS} FROM generate_series(1, {rows}) AS i;
         ANALYZE ledger",
        now = "(extract(epoch FROM now()) * 1000000)::bigint"
    )
}
