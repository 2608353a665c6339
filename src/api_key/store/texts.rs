//! Queries for the texts of keys.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{ended_before, find};
use crate::api_key::{ApiKey, StoredKey, StoredText};
use crate::base::{ApiKeyId, Digest, OrganizationId, Timestamp};
use crate::db::schema::api_key_texts;
use crate::db::{Conn, Result};

/// Returns the key that a text belongs to, of any organization; `None` if there is none.
pub(in crate::api_key) fn find_by_text(
    conn: &mut Conn,
    digest: Digest,
) -> Result<Option<StoredKey>> {
    let found: Option<(OrganizationId, ApiKeyId)> = api_key_texts::table
        .filter(api_key_texts::digest.eq(digest))
        .select((api_key_texts::organization_id, api_key_texts::key_id))
        .first(conn)
        .optional()?;
    let Some((organization, id)) = found else {
        return Ok(None);
    };
    Ok(find(conn, organization, id)?.map(|(stored, _)| stored))
}

pub(super) fn texts(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[ApiKeyId],
) -> Result<HashMap<ApiKeyId, Vec<StoredText>>> {
    let rows: Vec<(ApiKeyId, Digest, Option<Timestamp>)> = api_key_texts::table
        .filter(api_key_texts::organization_id.eq(organization))
        .filter(api_key_texts::key_id.eq_any(ids))
        .select((
            api_key_texts::key_id,
            api_key_texts::digest,
            api_key_texts::ends_at,
        ))
        .load(conn)?;
    let mut all: HashMap<_, Vec<StoredText>> = HashMap::new();
    for (id, digest, ends_at) in rows {
        all.entry(id)
            .or_default()
            .push(StoredText { digest, ends_at });
    }
    Ok(all)
}

/// Writes the present text of a key.
pub(in crate::api_key) fn insert_text(conn: &mut Conn, key: &ApiKey, digest: Digest) -> Result<()> {
    diesel::insert_into(api_key_texts::table)
        .values((
            api_key_texts::organization_id.eq(key.organization),
            api_key_texts::key_id.eq(key.id),
            api_key_texts::digest.eq(digest),
            api_key_texts::ends_at.eq(None::<Timestamp>),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes when a text ends.
pub(in crate::api_key) fn end_text(
    conn: &mut Conn,
    organization: OrganizationId,
    digest: Digest,
    ends_at: Timestamp,
) -> Result<()> {
    diesel::update(api_key_texts::table.find((organization, digest)))
        .set(api_key_texts::ends_at.eq(ends_at))
        .execute(conn)?;
    Ok(())
}

/// Deletes at most `limit` texts that ended before `horizon`. Returns how many.
pub(in crate::api_key) fn purge_texts(
    conn: &mut Conn,
    horizon: Timestamp,
    limit: i64,
) -> Result<usize> {
    let [by_time, at_once] = ended_before(horizon);
    let ends_at = api_key_texts::ends_at;
    let by_time = ends_at.ge(by_time.0).and(ends_at.lt(by_time.1));
    let at_once = ends_at.ge(at_once.0).and(ends_at.lt(at_once.1));
    let old: Vec<(OrganizationId, Digest)> = api_key_texts::table
        .filter(by_time.or(at_once))
        .order(api_key_texts::ends_at)
        .limit(limit)
        .select((api_key_texts::organization_id, api_key_texts::digest))
        .load(conn)?;
    let mut gone = 0;
    for key in old {
        gone += diesel::delete(api_key_texts::table.find(key)).execute(conn)?;
    }
    Ok(gone)
}
