//! Writes to the feed's table without the service: a million unexpired revocations at once, and
//! single ones whose time of commit is known to the microsecond.

use std::path::Path;
use std::time::Instant;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};

use crate::Fallible;

const DAY_IN_MICROS: i64 = 86_400_000_000;

/// Adds revocations of tokens that are valid for another day to an SQLite file that no process
/// serves.
pub(crate) fn fill_sqlite(file: &Path, rows: usize) -> Fallible<()> {
    let mut connection = SqliteConnection::establish(&file.to_string_lossy())?;
    connection.batch_execute(&format!(
        "BEGIN;
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows})
         INSERT INTO feed (seq, organization_id, kind, jti, at, until, life_days)
         SELECT (SELECT seq FROM feed_head) + i, 1, 'token', randomblob(16), {now}, {now} + {DAY_IN_MICROS}, 1 FROM n;
         UPDATE feed_head SET seq = seq + {rows}, mark = 0;
         COMMIT",
        now = "unixepoch() * 1000000"
    ))?;
    Ok(())
}

/// Returns statements that do the same on PostgreSQL.
pub(crate) fn fill_postgres(rows: usize) -> String {
    format!(
        "BEGIN;
         INSERT INTO feed (seq, organization_id, kind, jti, at, until, life_days)
         SELECT (SELECT seq FROM feed_head) + i, 1, 'token', uuid_send(gen_random_uuid()), {now}, {now} + {DAY_IN_MICROS}, 1
         FROM generate_series(1, {rows}) AS i;
         UPDATE feed_head SET seq = seq + {rows}, mark = 0;
         COMMIT;
         ANALYZE feed",
        now = "(extract(epoch FROM now()) * 1000000)::bigint"
    )
}

/// Statements after which everything in the feed was written a hundred hours of uptime ago, so no
/// token with a life of a day needs it.
pub(crate) const SPEND: &str = "INSERT INTO ticks (seq, uptime, at, audit_id)
     SELECT seq + n, 60000000 + n * 360000000000, 0, 0 FROM feed_head, (SELECT 0 AS n UNION SELECT 1) AS two;
     UPDATE service_uptime SET micros = 360060000000";

/// Runs [`SPEND`] on an SQLite file that no process serves.
pub(crate) fn spend_sqlite(file: &Path) -> Fallible<()> {
    let mut connection = SqliteConnection::establish(&file.to_string_lossy())?;
    connection.batch_execute(SPEND)?;
    Ok(())
}

/// Returns statements that add unexpired descendants of the company token `jti` to the ledger on
/// PostgreSQL.
pub(crate) fn descend_postgres(jti: &str, rows: usize) -> String {
    format!(
        "INSERT INTO ledger (organization_id, jti, kind, operator_id, parent, kid, rev, issued_at, expires_at)
         SELECT 1, uuid_send(gen_random_uuid()), 'operator', 1, uuid_send('{jti}'), 'kid', 1, {now}, {now} + {DAY_IN_MICROS}
         FROM generate_series(1, {rows})",
        now = "(extract(epoch FROM now()) * 1000000)::bigint"
    )
}

/// Writes entries directly to the database, as a node would.
pub(crate) struct Outsider(PgConnection);

impl Outsider {
    pub(crate) fn open(url: &str) -> Fallible<Self> {
        Ok(Self(PgConnection::establish(url)?))
    }

    /// Revokes an operator token of the first organization. Returns when its commit returned.
    pub(crate) fn revoke(&mut self, token: &str) -> Fallible<Instant> {
        let jti = jti(token)?;
        self.0.batch_execute(&format!(
            "BEGIN;
             WITH head AS (UPDATE feed_head SET seq = seq + 1, mark = 0 RETURNING seq)
             INSERT INTO feed (seq, organization_id, kind, jti, at, until, life_days)
             SELECT seq, 1, 'token', uuid_send('{jti}'), {now}, {now} + {DAY_IN_MICROS}, 1 FROM head;
             NOTIFY lanyard_feed;
             COMMIT",
            now = "(extract(epoch FROM now()) * 1000000)::bigint"
        ))?;
        Ok(Instant::now())
    }
}

/// Returns the id of a token.
pub(crate) fn jti(token: &str) -> Fallible<String> {
    let payload = token.split('.').nth(1).ok_or("not a token")?;
    let claims: serde_json::Value =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload)?)?;
    let jti = claims.get("jti").and_then(serde_json::Value::as_str);
    Ok(jti.ok_or("a token without jti")?.to_owned())
}
