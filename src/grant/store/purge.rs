//! Deletes what has expired, in batches. Each function returns how many rows it processed; 0 means
//! that nothing is left to do.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::base::{ClientId, Digest, GrantId, OperatorId, OrganizationId, Timestamp};
use crate::db::schema::{
    codes, consents, device_codes, device_guesses, grants, opaque_tokens, refresh_tokens,
};
use crate::db::{Conn, Result};

/// Deletes codes whose row had to be kept until a time before `horizon`. If the grant of a code still
/// has a token that may be valid, its row is kept until the present end of the grant instead,
/// because a replay of the code must revoke the grant.
pub fn purge_codes(conn: &mut Conn, horizon: Timestamp, limit: i64) -> Result<usize> {
    let old: Vec<(OrganizationId, Digest, GrantId)> = codes::table
        .filter(codes::expires_at.lt(horizon))
        .order(codes::expires_at)
        .limit(limit)
        .select((codes::organization_id, codes::digest, codes::grant_id))
        .load(conn)?;
    for (organization, digest, grant) in &old {
        // Not one that was redeemed meanwhile: its row is then kept for longer.
        let row = codes::table
            .find((organization, digest))
            .filter(codes::expires_at.lt(horizon));
        let end: Option<Timestamp> = grants::table
            .find((organization, grant))
            .select(grants::expires_at)
            .first(conn)
            .optional()?;
        if let Some(end) = end.filter(|end| *end >= horizon) {
            diesel::update(row)
                .set(codes::expires_at.eq(end))
                .execute(conn)?;
        } else {
            diesel::delete(row).execute(conn)?;
        }
    }
    Ok(old.len())
}

/// Deletes device codes that expired before `horizon`.
pub fn purge_device_codes(conn: &mut Conn, horizon: Timestamp, limit: i64) -> Result<usize> {
    let old: Vec<(OrganizationId, Digest)> = device_codes::table
        .filter(device_codes::expires_at.lt(horizon))
        .order(device_codes::expires_at)
        .limit(limit)
        .select((device_codes::organization_id, device_codes::digest))
        .load(conn)?;
    for key in &old {
        diesel::delete(device_codes::table.find((key.0, key.1))).execute(conn)?;
    }
    Ok(old.len())
}

/// Deletes wrong user codes that came before `horizon`.
pub fn purge_device_guesses(conn: &mut Conn, horizon: Timestamp, limit: i64) -> Result<usize> {
    let old: Vec<(String, i64)> = device_guesses::table
        .filter(device_guesses::at.lt(horizon))
        .order(device_guesses::at)
        .limit(limit)
        .select((device_guesses::network, device_guesses::place))
        .load(conn)?;
    for (network, place) in &old {
        // Not one whose place was taken again meanwhile.
        let row = device_guesses::table
            .find((network, place))
            .filter(device_guesses::at.lt(horizon));
        diesel::delete(row).execute(conn)?;
    }
    Ok(old.len())
}

/// Deletes refresh tokens that expired before `horizon`.
pub fn purge_refresh_tokens(conn: &mut Conn, horizon: Timestamp, limit: i64) -> Result<usize> {
    let old: Vec<(OrganizationId, Digest)> = refresh_tokens::table
        .filter(refresh_tokens::expires_at.lt(horizon))
        .order(refresh_tokens::expires_at)
        .limit(limit)
        .select((refresh_tokens::organization_id, refresh_tokens::digest))
        .load(conn)?;
    for key in &old {
        // Not one that was used meanwhile: its row is then kept as long as its successor lives.
        let row = refresh_tokens::table
            .find((key.0, key.1))
            .filter(refresh_tokens::expires_at.lt(horizon));
        diesel::delete(row).execute(conn)?;
    }
    Ok(old.len())
}

/// Deletes opaque tokens that expired before `horizon`.
pub fn purge_opaque_tokens(conn: &mut Conn, horizon: Timestamp, limit: i64) -> Result<usize> {
    let old: Vec<(OrganizationId, Digest)> = opaque_tokens::table
        .filter(opaque_tokens::expires_at.lt(horizon))
        .order(opaque_tokens::expires_at)
        .limit(limit)
        .select((opaque_tokens::organization_id, opaque_tokens::digest))
        .load(conn)?;
    for key in &old {
        diesel::delete(opaque_tokens::table.find((key.0, key.1))).execute(conn)?;
    }
    Ok(old.len())
}

/// Deletes grants whose last token expired before `horizon`.
pub fn purge_grants(conn: &mut Conn, horizon: Timestamp, limit: i64) -> Result<usize> {
    let old: Vec<(OrganizationId, GrantId)> = grants::table
        .filter(grants::expires_at.lt(horizon))
        .order(grants::expires_at)
        .limit(limit)
        .select((grants::organization_id, grants::id))
        .load(conn)?;
    for key in &old {
        // Not one that has yielded a token meanwhile.
        let row = grants::table
            .find((key.0, key.1))
            .filter(grants::expires_at.lt(horizon));
        diesel::delete(row).execute(conn)?;
    }
    Ok(old.len())
}

/// Deletes consents that were last given before `horizon`, of operators and clients that have no
/// grant.
pub fn purge_consents(conn: &mut Conn, horizon: Timestamp, limit: i64) -> Result<usize> {
    let left = grants::table
        .filter(grants::organization_id.eq(consents::organization_id))
        .filter(grants::client_id.eq(consents::client_id))
        .filter(grants::operator_id.eq(consents::operator_id));
    let old: Vec<(OrganizationId, ClientId, OperatorId)> = consents::table
        .filter(consents::updated_at.lt(horizon))
        .filter(not(exists(left)))
        .limit(limit)
        .select((
            consents::organization_id,
            consents::client_id,
            consents::operator_id,
        ))
        .load(conn)?;
    for (organization, client, operator) in &old {
        // Not one that was given again meanwhile.
        let row = consents::table
            .find((organization, client, operator))
            .filter(consents::updated_at.lt(horizon));
        diesel::delete(row).execute(conn)?;
    }
    Ok(old.len())
}
