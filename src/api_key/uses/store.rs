//! Queries for the use of API keys.

mod watch;

pub(in crate::api_key) use watch::purge_networks;
pub(super) use watch::{keep, lock, networks, pasts};

use std::collections::HashMap;
use std::net::IpAddr;

use diesel::prelude::*;
use diesel::upsert::excluded;

use super::{DAY, Key, Pending};
use crate::base::{ApiKeyId, OrganizationId, Timestamp};
use crate::db::schema::{api_key_usage, api_key_writers, api_keys};
use crate::db::{Conn, Result};
use crate::on_backend;

/// Notes the number of a batch. Returns false if it was noted before.
pub(super) fn is_next(
    conn: &mut Conn,
    (writer, number): (&str, i64),
    at: Timestamp,
) -> Result<bool> {
    let noted = diesel::update(
        api_key_writers::table
            .find(writer)
            .filter(api_key_writers::batch.lt(number)),
    )
    .set((
        api_key_writers::batch.eq(number),
        api_key_writers::at.eq(at),
    ))
    .execute(conn)?;
    if noted == 1 {
        return Ok(true);
    }
    let row = (
        api_key_writers::writer.eq(writer),
        api_key_writers::batch.eq(number),
        api_key_writers::at.eq(at),
    );
    let noted = on_backend!(conn, c => diesel::insert_into(api_key_writers::table)
        .values(row)
        .on_conflict_do_nothing()
        .execute(c))?;
    Ok(noted == 1)
}

/// Adds what was counted of a key.
pub(super) fn add(conn: &mut Conn, (organization, id): &Key, pending: &Pending) -> Result<()> {
    let address = |of: Option<IpAddr>| of.map(|address| address.to_string());
    let last = &pending.last;
    for (day, counts) in &pending.days {
        let row = (
            api_key_usage::organization_id.eq(organization),
            api_key_usage::key_id.eq(id),
            api_key_usage::day.eq(day),
            api_key_usage::requests.eq(counts.requests),
            api_key_usage::refused.eq(counts.refused),
            api_key_usage::last_address.eq(address(counts.address)),
        );
        // A refusal, or a use without an address, leaves the address that is there.
        let newer = counts
            .address
            .map(|_| api_key_usage::last_address.eq(excluded(api_key_usage::last_address)));
        on_backend!(conn, c => diesel::insert_into(api_key_usage::table)
            .values(row)
            .on_conflict((
                api_key_usage::organization_id,
                api_key_usage::day,
                api_key_usage::key_id,
            ))
            .do_update()
            .set((
                api_key_usage::requests.eq(api_key_usage::requests + excluded(api_key_usage::requests)),
                api_key_usage::refused.eq(api_key_usage::refused + excluded(api_key_usage::refused)),
                newer,
            ))
            .execute(c))?;
    }
    let key = api_keys::table.find((organization, id));
    if let Some(at) = last.at {
        // Another node may have written a later use.
        let earlier = api_keys::last_used_at
            .is_null()
            .or(api_keys::last_used_at.lt(at));
        diesel::update(key.filter(earlier))
            .set((
                api_keys::last_used_at.eq(at),
                api_keys::last_used_address.eq(address(last.address)),
            ))
            .execute(conn)?;
    }
    if let Some(refusal) = &last.refusal {
        let earlier = api_keys::refused_at
            .is_null()
            .or(api_keys::refused_at.lt(refusal.at));
        diesel::update(key.filter(earlier))
            .set((
                api_keys::refused_at.eq(refusal.at),
                api_keys::refused_reason.eq(refusal.reason),
                api_keys::refused_address.eq(address(refusal.address)),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// The use of a key on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayOfUse {
    /// The key.
    pub id: ApiKeyId,
    /// The days since 1970-01-01 in UTC.
    pub day: i64,
    /// How often it was used.
    pub requests: i64,
    /// How often it was refused.
    pub refused: i64,
    /// From where it was used last on that day.
    pub last_address: Option<String>,
}

/// Returns how many requests some keys made on each of these days, which are numbered as in
/// [`DayOfUse`]. Days without a use are missing.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn requests_of(
    conn: &mut Conn,
    organization: OrganizationId,
    keys: &[ApiKeyId],
    days: &[i64],
) -> Result<HashMap<ApiKeyId, Vec<(i64, i64)>>> {
    // By the primary key: as many look-ups as there are keys and days.
    let rows: Vec<(ApiKeyId, i64, i64)> = api_key_usage::table
        .filter(api_key_usage::organization_id.eq(organization))
        .filter(api_key_usage::day.eq_any(days))
        .filter(api_key_usage::key_id.eq_any(keys))
        .select((
            api_key_usage::key_id,
            api_key_usage::day,
            api_key_usage::requests,
        ))
        .load(conn)?;
    let mut found: HashMap<ApiKeyId, Vec<(i64, i64)>> = HashMap::new();
    for (key, day, requests) in rows {
        found.entry(key).or_default().push((day, requests));
    }
    Ok(found)
}

/// Where a page begins: after this day and key.
pub(super) type After = (i64, ApiKeyId);

/// Returns the use of an organization's keys by day, the latest day first: of one key or of all,
/// between two days, both included.
///
/// # Errors
/// Returns an error if the database call fails.
pub fn usage(
    conn: &mut Conn,
    organization: OrganizationId,
    key: Option<ApiKeyId>,
    (from, to): (i64, i64),
    after: Option<After>,
    limit: i64,
) -> Result<Vec<DayOfUse>> {
    let mut query = api_key_usage::table
        .filter(api_key_usage::organization_id.eq(organization))
        .filter(api_key_usage::day.between(from, to))
        .into_boxed();
    if let Some(key) = key {
        query = query.filter(api_key_usage::key_id.eq(key));
    }
    if let Some((day, id)) = after {
        let same = api_key_usage::day.eq(day).and(api_key_usage::key_id.gt(id));
        query = query.filter(api_key_usage::day.lt(day).or(same));
    }
    let rows: Vec<(ApiKeyId, i64, i64, i64, Option<String>)> = query
        .order((api_key_usage::day.desc(), api_key_usage::key_id))
        .limit(limit)
        .select((
            api_key_usage::key_id,
            api_key_usage::day,
            api_key_usage::requests,
            api_key_usage::refused,
            api_key_usage::last_address,
        ))
        .load(conn)?;
    let day = |(id, day, requests, refused, last_address)| DayOfUse {
        id,
        day,
        requests,
        refused,
        last_address,
    };
    Ok(rows.into_iter().map(day).collect())
}

/// Deletes at most `limit` lines of days before that of `horizon`. Returns how many.
pub(in crate::api_key) fn purge(conn: &mut Conn, horizon: Timestamp, limit: i64) -> Result<usize> {
    let day = horizon.as_micros().div_euclid(DAY);
    let old: Vec<(OrganizationId, i64, ApiKeyId)> = api_key_usage::table
        .filter(api_key_usage::day.lt(day))
        .order(api_key_usage::day)
        .limit(limit)
        .select((
            api_key_usage::organization_id,
            api_key_usage::day,
            api_key_usage::key_id,
        ))
        .load(conn)?;
    let mut gone = 0;
    for key in old {
        gone += diesel::delete(api_key_usage::table.find(key)).execute(conn)?;
    }
    Ok(gone)
}

/// Deletes at most `limit` writers whose last batch was written before `horizon`. Returns how many.
pub(in crate::api_key) fn purge_writers(
    conn: &mut Conn,
    horizon: Timestamp,
    limit: i64,
) -> Result<usize> {
    let old: Vec<String> = api_key_writers::table
        .filter(api_key_writers::at.lt(horizon))
        .order(api_key_writers::at)
        .limit(limit)
        .select(api_key_writers::writer)
        .load(conn)?;
    Ok(
        diesel::delete(api_key_writers::table.filter(api_key_writers::writer.eq_any(old)))
            .execute(conn)?,
    )
}
