//! Queries for signing secrets.

use diesel::prelude::*;

use super::{ended_before, find, organization_of};
use crate::api_key::{ApiKey, StoredKey, StoredSecret};
use crate::base::{ApiKeyId, Digest, OrganizationId, Timestamp};
use crate::db::schema::api_key_secrets;
use crate::db::{Conn, Result};
use crate::seal::Sealed;

/// Returns the secrets of a key, those that have ended too.
pub(in crate::api_key) fn secrets(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ApiKeyId,
) -> Result<Vec<StoredSecret>> {
    let rows: Vec<(Digest, Option<Timestamp>, Vec<u8>, String)> = api_key_secrets::table
        .filter(api_key_secrets::organization_id.eq(organization))
        .filter(api_key_secrets::key_id.eq(id))
        .select((
            api_key_secrets::digest,
            api_key_secrets::ends_at,
            api_key_secrets::sealed_secret,
            api_key_secrets::sealed_by,
        ))
        .load(conn)?;
    let secret = |(digest, ends_at, value, by)| StoredSecret {
        digest,
        ends_at,
        sealed: Sealed { value, by },
    };
    Ok(rows.into_iter().map(secret).collect())
}

/// Returns the key with an id, of any organization, with its secrets; `None` if there is none.
pub(in crate::api_key) fn find_with_secrets(
    conn: &mut Conn,
    id: ApiKeyId,
) -> Result<Option<(StoredKey, Vec<StoredSecret>)>> {
    let Some(organization) = organization_of(conn, id)? else {
        return Ok(None);
    };
    let Some((stored, _)) = find(conn, organization, id)? else {
        return Ok(None);
    };
    Ok(Some((stored, secrets(conn, organization, id)?)))
}

/// Returns the key that a secret belongs to, of any organization, and when the secret ends; `None`
/// if there is none.
pub(in crate::api_key) fn find_by_secret(
    conn: &mut Conn,
    digest: Digest,
) -> Result<Option<(StoredKey, Option<Timestamp>)>> {
    let found: Option<(OrganizationId, ApiKeyId, Option<Timestamp>)> = api_key_secrets::table
        .filter(api_key_secrets::digest.eq(digest))
        .select((
            api_key_secrets::organization_id,
            api_key_secrets::key_id,
            api_key_secrets::ends_at,
        ))
        .first(conn)
        .optional()?;
    let Some((organization, id, ends_at)) = found else {
        return Ok(None);
    };
    Ok(find(conn, organization, id)?.map(|(stored, _)| (stored, ends_at)))
}

/// Writes the present secret of a key.
pub(in crate::api_key) fn insert_secret(
    conn: &mut Conn,
    key: &ApiKey,
    digest: Digest,
    sealed: &Sealed,
) -> Result<()> {
    diesel::insert_into(api_key_secrets::table)
        .values((
            api_key_secrets::organization_id.eq(key.organization),
            api_key_secrets::digest.eq(digest),
            api_key_secrets::key_id.eq(key.id),
            api_key_secrets::ends_at.eq(None::<Timestamp>),
            api_key_secrets::sealed_secret.eq(&sealed.value),
            api_key_secrets::sealed_by.eq(&sealed.by),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes when a secret ends.
pub(in crate::api_key) fn end_secret(
    conn: &mut Conn,
    organization: OrganizationId,
    digest: Digest,
    ends_at: Timestamp,
) -> Result<()> {
    diesel::update(api_key_secrets::table.find((organization, digest)))
        .set(api_key_secrets::ends_at.eq(ends_at))
        .execute(conn)?;
    Ok(())
}

/// Deletes a secret.
pub(in crate::api_key) fn delete_secret(
    conn: &mut Conn,
    organization: OrganizationId,
    digest: Digest,
) -> Result<()> {
    diesel::delete(api_key_secrets::table.find((organization, digest))).execute(conn)?;
    Ok(())
}

/// Writes that the present secret of a revoked key ends, so that it is purged later.
pub(in crate::api_key) fn end_secrets(conn: &mut Conn, key: &ApiKey, now: Timestamp) -> Result<()> {
    for secret in secrets(conn, key.organization, key.id)? {
        if secret.ends_at.is_none_or(|end| end > now) {
            end_secret(conn, key.organization, secret.digest, now)?;
        }
    }
    Ok(())
}

/// Deletes at most `limit` secrets that ended before `horizon`. Returns how many.
pub(in crate::api_key) fn purge_secrets(
    conn: &mut Conn,
    horizon: Timestamp,
    limit: i64,
) -> Result<usize> {
    let [by_time, at_once] = ended_before(horizon);
    let ends_at = api_key_secrets::ends_at;
    let by_time = ends_at.ge(by_time.0).and(ends_at.lt(by_time.1));
    let at_once = ends_at.ge(at_once.0).and(ends_at.lt(at_once.1));
    let old: Vec<(OrganizationId, Digest)> = api_key_secrets::table
        .filter(by_time.or(at_once))
        .order(api_key_secrets::ends_at)
        .limit(limit)
        .select((api_key_secrets::organization_id, api_key_secrets::digest))
        .load(conn)?;
    let mut gone = 0;
    for secret in old {
        gone += diesel::delete(api_key_secrets::table.find(secret)).execute(conn)?;
    }
    Ok(gone)
}
