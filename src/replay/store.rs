//! Queries for the stored values, and for the one row of the floor.

use std::collections::HashSet;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Binary, Text};

use super::floor::Floor;
use super::{Bucket, Scope, Used};
use crate::base::OrganizationId;
use crate::db::schema::{replay, replay_floor};
use crate::db::{Conn, Result, Sorted};
use crate::on_backend;

const ROW: i64 = 1;

crate::set_statement! {
    /// Stores values that are not stored yet and are above the floor, in their order. Returns those
    /// that it stored: of equal ones, one.
    struct Insert {
        organization: OrganizationId as BigInt,
        purpose: str as Text,
        value: [u8] as Binary,
        bucket: i64 as BigInt,
    } -> (BigInt, Text, Binary, BigInt) =
        "INSERT INTO replay (organization_id, purpose, value, bucket) \
         SELECT v.organization_id, v.purpose, v.value, v.bucket \
         FROM UNNEST($1, $2, $3, $4) WITH ORDINALITY AS v (organization_id, purpose, value, bucket, n) \
         JOIN replay_floor f ON f.id = 1 AND f.bucket < v.bucket ORDER BY v.n \
         ON CONFLICT DO NOTHING RETURNING organization_id, purpose, value, bucket";
}

crate::row_statement! {
    /// Stores a value, unless it is stored already or not above the floor.
    struct InsertOne<'a> {
        organization: OrganizationId as BigInt,
        purpose: &'a str as Text,
        value: &'a [u8] as Binary,
        bucket: i64 as BigInt,
    } = "INSERT INTO replay (organization_id, purpose, value, bucket) \
         SELECT ?1, ?2, ?3, ?4 FROM replay_floor f WHERE f.id = 1 AND f.bucket < ?4 \
         ON CONFLICT DO NOTHING";
}

/// Stores each value, unless it is stored already or not above the floor: in one statement on
/// PostgreSQL, in one for each on SQLite. Returns for each whether it was stored.
pub(super) fn insert(conn: &mut Conn, used: &[Used]) -> Result<Vec<bool>> {
    match conn {
        Conn::Postgres(conn) => {
            let sorted = Sorted::by(used, Used::key);
            let stored: Vec<(OrganizationId, String, Vec<u8>, i64)> = Insert {
                organization: sorted.column(|used| &used.scope.organization),
                purpose: sorted.column(|used| used.scope.purpose.as_str()),
                value: sorted.column(|used| used.value.as_bytes()),
                bucket: sorted.column(|used| &used.bucket.0),
            }
            .load(conn)?;
            // Of equal ones the first is reported as stored.
            let mut stored: HashSet<_> = stored.into_iter().collect();
            let was_stored = used.iter().map(|used| {
                let (organization, purpose, value) = used.key();
                let bucket = used.bucket.0;
                stored.remove(&(organization, purpose.to_owned(), value.to_vec(), bucket))
            });
            Ok(was_stored.collect())
        }
        Conn::Sqlite(conn) => {
            let mut stored = Vec::with_capacity(used.len());
            for used in used {
                let row = InsertOne {
                    organization: used.scope.organization,
                    purpose: used.scope.purpose.as_str(),
                    value: used.value.as_bytes(),
                    bucket: used.bucket.0,
                };
                let rows = row.execute(conn)?;
                stored.push(rows == 1);
            }
            Ok(stored)
        }
    }
}

impl Used {
    /// Returns what must not be stored twice.
    fn key(&self) -> (OrganizationId, &'static str, [u8; 16]) {
        (
            self.scope.organization,
            self.scope.purpose.as_str(),
            self.value.0,
        )
    }
}

/// Returns the number of stored values of a scope in a bucket, at most `most`.
pub(super) fn count(conn: &mut Conn, scope: Scope, bucket: Bucket, most: u32) -> Result<u32> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let query = sql_query(
        "SELECT COUNT(*) AS count FROM (SELECT 1 FROM replay \
         WHERE bucket = $1 AND organization_id = $2 AND purpose = $3 LIMIT $4) AS found",
    )
    .bind::<BigInt, _>(bucket.0)
    .bind::<BigInt, _>(scope.organization)
    .bind::<Text, _>(scope.purpose.as_str())
    .bind::<BigInt, _>(i64::from(most));
    let found: Count = on_backend!(conn, c => query.get_result(c))?;
    Ok(u32::try_from(found.count).unwrap_or(most))
}

/// Returns the floor.
pub(super) fn floor(conn: &mut Conn) -> Result<Floor> {
    let (bucket, settled, uptime): (i64, i64, i64) = replay_floor::table
        .find(ROW)
        .select((
            replay_floor::bucket,
            replay_floor::settled,
            replay_floor::uptime,
        ))
        .get_result(conn)?;
    Ok(Floor {
        bucket: Bucket(bucket),
        settled: Bucket(settled),
        uptime: Duration::from_micros(u64::try_from(uptime).unwrap_or_default()),
    })
}

/// Stores the floor.
pub(super) fn set_floor(conn: &mut Conn, floor: &Floor) -> Result<()> {
    let uptime = i64::try_from(floor.uptime.as_micros()).unwrap_or(i64::MAX);
    diesel::update(replay_floor::table.find(ROW))
        .set((
            replay_floor::bucket.eq(floor.bucket.0),
            replay_floor::settled.eq(floor.settled.0),
            replay_floor::uptime.eq(uptime),
        ))
        .execute(conn)?;
    Ok(())
}

/// Deletes at most `limit` values of the bucket `settled` and of earlier buckets. Returns the
/// number of deleted values.
pub(super) fn purge(conn: &mut Conn, settled: Bucket, limit: i64) -> Result<usize> {
    type Key = (OrganizationId, String, Vec<u8>);
    let old: Vec<Key> = replay::table
        .filter(replay::bucket.le(settled.0))
        .order(replay::bucket)
        .limit(limit)
        .select((replay::organization_id, replay::purpose, replay::value))
        .load(conn)?;
    for (organization, purpose, value) in &old {
        diesel::delete(replay::table.find((organization, purpose, value))).execute(conn)?;
    }
    Ok(old.len())
}
