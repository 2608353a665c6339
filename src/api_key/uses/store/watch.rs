//! Queries for what is stored of keys to watch them.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::upsert::excluded;
use ipnet::IpNet;

use crate::api_key::unusual_use::{MEAN_OF, Outcome, Past, REMEMBERED, Sent};
use crate::api_key::uses::{DAY, Key};
use crate::base::{ApiKeyId, OrganizationId, Timestamp};
use crate::db::schema::{api_key_networks, api_key_usage, api_key_watch, api_keys};
use crate::db::{Conn, Result};
use crate::on_backend;

/// A key that is watched.
pub(in crate::api_key::uses) struct Watched {
    /// Its name.
    pub(in crate::api_key::uses) name: String,
    /// What is stored of it.
    pub(in crate::api_key::uses) past: Past,
}

fn of(keys: &[Key]) -> (Vec<OrganizationId>, Vec<ApiKeyId>) {
    let mut organizations: Vec<_> = keys.iter().map(|key| key.0).collect();
    organizations.dedup();
    (organizations, keys.iter().map(|key| key.1).collect())
}

/// Returns the keys that exist, with what is stored of them before their uses are added: neither
/// networks nor hours, which [`lock`] and [`networks`] read.
pub(in crate::api_key::uses) fn pasts(
    conn: &mut Conn,
    keys: &[Key],
) -> Result<HashMap<Key, Watched>> {
    let (organizations, ids) = of(keys);
    let rows: Vec<(
        OrganizationId,
        ApiKeyId,
        String,
        Timestamp,
        Option<Timestamp>,
    )> = api_keys::table
        .filter(api_keys::organization_id.eq_any(organizations))
        .filter(api_keys::id.eq_any(ids))
        .select((
            api_keys::organization_id,
            api_keys::id,
            api_keys::name,
            api_keys::created_at,
            api_keys::last_used_at,
        ))
        .load(conn)?;
    let watched = rows
        .into_iter()
        .map(|(organization, id, name, created_at, last_used_at)| {
            let past = Past::unwatched(created_at, last_used_at);
            ((organization, id), Watched { name, past })
        });
    Ok(watched.collect())
}

/// The latest hour, the uses in it, and when each alert was last sent.
type Row = (
    Option<i64>,
    i64,
    Option<Timestamp>,
    Option<Timestamp>,
    Option<Timestamp>,
);

/// Reads the row of a key, which no other transaction reads until this one ends.
pub(in crate::api_key::uses) fn lock(
    conn: &mut Conn,
    (organization, id): &Key,
    past: &mut Past,
) -> Result<()> {
    let row = (
        api_key_watch::organization_id.eq(organization),
        api_key_watch::key_id.eq(id),
        api_key_watch::requests.eq(0),
    );
    // The update of a row that is there changes nothing, and locks it.
    on_backend!(conn, c => diesel::insert_into(api_key_watch::table)
        .values(row)
        .on_conflict((api_key_watch::organization_id, api_key_watch::key_id))
        .do_update()
        .set(api_key_watch::key_id.eq(excluded(api_key_watch::key_id)))
        .execute(c))?;
    let (hour, requests, new_network, woke_up, rate_jump): Row = api_key_watch::table
        .find((organization, id))
        .select((
            api_key_watch::hour,
            api_key_watch::requests,
            api_key_watch::new_network_at,
            api_key_watch::woke_up_at,
            api_key_watch::rate_jump_at,
        ))
        .first(conn)?;
    past.hour = hour.map(|hour| (hour, requests));
    past.sent = Sent {
        new_network,
        woke_up,
        rate_jump,
    };
    Ok(())
}

/// Reads the networks and the days of these keys, as of the day `today`.
pub(in crate::api_key::uses) fn networks(
    conn: &mut Conn,
    keys: &[Key],
    watched: &mut HashMap<Key, Watched>,
    today: i64,
) -> Result<()> {
    let (organizations, ids) = of(keys);
    let rows: Vec<(OrganizationId, ApiKeyId, String)> = api_key_networks::table
        .filter(api_key_networks::organization_id.eq_any(&organizations))
        .filter(api_key_networks::key_id.eq_any(&ids))
        .filter(api_key_networks::seen_day.gt(today - REMEMBERED))
        .select((
            api_key_networks::organization_id,
            api_key_networks::key_id,
            api_key_networks::network,
        ))
        .load(conn)?;
    for (organization, id, network) in rows {
        if let Some(watched) = watched.get_mut(&(organization, id))
            && let Ok(network) = network.parse::<IpNet>()
        {
            watched.past.networks.insert(network);
        }
    }
    let rows: Vec<(OrganizationId, ApiKeyId, i64, i64)> = api_key_usage::table
        .filter(api_key_usage::organization_id.eq_any(&organizations))
        .filter(api_key_usage::day.between(today - MEAN_OF - 1, today))
        .filter(api_key_usage::key_id.eq_any(&ids))
        .select((
            api_key_usage::organization_id,
            api_key_usage::key_id,
            api_key_usage::day,
            api_key_usage::requests,
        ))
        .load(conn)?;
    for (organization, id, day, requests) in rows {
        if let Some(watched) = watched.get_mut(&(organization, id)) {
            watched.past.days.insert(day, requests);
        }
    }
    Ok(())
}

/// Writes what follows from a batch.
pub(in crate::api_key::uses) fn keep(
    conn: &mut Conn,
    (organization, id): &Key,
    outcome: &Outcome,
    today: i64,
) -> Result<()> {
    let sent = outcome.sent;
    diesel::update(api_key_watch::table.find((organization, id)))
        .set((
            api_key_watch::hour.eq(outcome.hour.map(|(hour, _)| hour)),
            api_key_watch::requests.eq(outcome.hour.map_or(0, |(_, requests)| requests)),
            api_key_watch::new_network_at.eq(sent.new_network),
            api_key_watch::woke_up_at.eq(sent.woke_up),
            api_key_watch::rate_jump_at.eq(sent.rate_jump),
        ))
        .execute(conn)?;
    for network in &outcome.networks {
        let network = network.to_string();
        // Once a day, not at each batch.
        let seen = diesel::update(
            api_key_networks::table
                .find((organization, id, &network))
                .filter(api_key_networks::seen_day.lt(today)),
        )
        .set(api_key_networks::seen_day.eq(today))
        .execute(conn)?;
        if seen == 1 {
            continue;
        }
        let row = (
            api_key_networks::organization_id.eq(organization),
            api_key_networks::key_id.eq(id),
            api_key_networks::network.eq(&network),
            api_key_networks::seen_day.eq(today),
        );
        on_backend!(conn, c => diesel::insert_into(api_key_networks::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(c))?;
    }
    Ok(())
}

/// Deletes at most `limit` networks that were last seen 90 days before `horizon`. Returns how many.
pub(in crate::api_key) fn purge_networks(
    conn: &mut Conn,
    horizon: Timestamp,
    limit: i64,
) -> Result<usize> {
    let day = horizon.as_micros().div_euclid(DAY) - REMEMBERED;
    let old: Vec<(OrganizationId, ApiKeyId, String)> = api_key_networks::table
        .filter(api_key_networks::seen_day.le(day))
        .order(api_key_networks::seen_day)
        .limit(limit)
        .select((
            api_key_networks::organization_id,
            api_key_networks::key_id,
            api_key_networks::network,
        ))
        .load(conn)?;
    let mut gone = 0;
    for (organization, id, network) in old {
        let row = api_key_networks::table.find((organization, id, network));
        // It may have been seen again meanwhile.
        gone += diesel::delete(row.filter(api_key_networks::seen_day.le(day))).execute(conn)?;
    }
    Ok(gone)
}
