//! Queries for the stored values, and for the one row of the floor.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Binary, Text};

use super::floor::Floor;
use super::{Bucket, Scope, Value};
use crate::db::schema::{replay, replay_floor};
use crate::db::{Conn, Result};
use crate::on_backend;

const ROW: i64 = 1;

/// Stores a value, unless it is stored already or not above the floor, in one statement. Returns
/// whether it was stored.
pub(super) fn insert(conn: &mut Conn, scope: Scope, value: Value, bucket: Bucket) -> Result<bool> {
    let query = sql_query(
        "INSERT INTO replay (organization_id, purpose, value, bucket) \
         SELECT $1, $2, $3, $4 FROM replay_floor f WHERE f.id = 1 AND f.bucket < $4 \
         ON CONFLICT DO NOTHING",
    )
    .bind::<BigInt, _>(scope.organization)
    .bind::<Text, _>(scope.purpose.as_str())
    .bind::<Binary, _>(value.as_bytes())
    .bind::<BigInt, _>(bucket.0);
    let rows = on_backend!(conn, c => query.execute(c))?;
    Ok(rows == 1)
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
    type Key = (crate::base::OrganizationId, String, Vec<u8>);
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
