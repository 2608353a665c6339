//! Queries for API keys, their texts and their signing secrets.

mod ended;
mod list;
mod secrets;
mod texts;

pub(super) use ended::ended_at_once;
use ended::ended_before;
pub(super) use list::{Filter, among, list};
pub(super) use secrets::{
    delete_secret, end_secret, end_secrets, find_by_secret, find_with_secrets, insert_secret,
    purge_secrets, secrets,
};
use texts::texts;
pub(super) use texts::{end_text, find_by_text, insert_text, purge_texts};

use std::net::IpAddr;

use diesel::prelude::*;

use super::{
    AllowedAddresses, ApiKey, Environment, KeySettings, KeyStatus, LastRefusal, LastUse, Prefix,
    Refused, StoredKey,
};
use crate::access::ScopeSet;
use crate::base::{ApiKeyId, OperatorId, OrganizationId, Timestamp};
use crate::db::schema::api_keys;
use crate::db::{Conn, Error, Result};

crate::db::word_column!(Environment, Prefix, KeyStatus, Refused);

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
struct Row {
    organization_id: OrganizationId,
    id: ApiKeyId,
    name: String,
    environment: Environment,
    prefix: Prefix,
    start_text: String,
    end_text: String,
    scopes: String,
    role: Option<String>,
    operator_id: Option<OperatorId>,
    expires_at: Option<Timestamp>,
    allowed_ips: String,
    signing: bool,
    require_signature: bool,
    status: KeyStatus,
    created_at: Timestamp,
    created_by: String,
}

impl From<&ApiKey> for Row {
    fn from(key: &ApiKey) -> Self {
        let settings = &key.settings;
        Self {
            organization_id: key.organization,
            id: key.id,
            name: settings.name.clone(),
            environment: key.environment,
            prefix: key.prefix,
            start_text: key.start.clone(),
            end_text: key.end.clone(),
            scopes: settings.scopes.to_string(),
            role: settings.role.clone(),
            operator_id: key.operator,
            expires_at: settings.expires_at,
            allowed_ips: settings.allowed.to_string(),
            signing: key.signing,
            require_signature: settings.require_signature,
            status: key.status,
            created_at: key.created_at,
            created_by: key.created_by.clone(),
        }
    }
}

impl TryFrom<Row> for ApiKey {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let wrong = |what: &str| Error::Internal(format!("{what} of the API key {}", row.id));
        let entries: Vec<&str> = row.allowed_ips.split_whitespace().collect();
        let settings = KeySettings {
            name: row.name,
            scopes: ScopeSet::parse(&row.scopes).map_err(|_| wrong("scopes"))?,
            role: row.role,
            expires_at: row.expires_at,
            allowed: AllowedAddresses::parse(&entries).map_err(|_| wrong("addresses"))?,
            require_signature: row.require_signature,
        };
        Ok(Self {
            organization: row.organization_id,
            id: row.id,
            settings,
            environment: row.environment,
            prefix: row.prefix,
            operator: row.operator_id,
            signing: row.signing,
            status: row.status,
            start: row.start_text,
            end: row.end_text,
            created_at: row.created_at,
            created_by: row.created_by,
        })
    }
}

/// The columns about the last use.
type Used = (
    Option<Timestamp>,
    Option<String>,
    Option<Timestamp>,
    Option<Refused>,
    Option<String>,
);

fn last_use((at, address, refused_at, reason, refused_from): Used) -> LastUse {
    let read = |text: Option<String>| text.and_then(|text| text.parse::<IpAddr>().ok());
    LastUse {
        at,
        address: read(address),
        refusal: refused_at.zip(reason).map(|(at, reason)| LastRefusal {
            at,
            reason,
            address: read(refused_from),
        }),
    }
}

/// Returns keys with their texts and last uses.
fn whole(
    conn: &mut Conn,
    organization: OrganizationId,
    rows: Vec<(Row, Used)>,
) -> Result<Vec<(StoredKey, LastUse)>> {
    let ids: Vec<_> = rows.iter().map(|(row, _)| row.id).collect();
    let mut texts = texts(conn, organization, &ids)?;
    let whole = |(row, used): (Row, Used)| {
        let key = ApiKey::try_from(row)?;
        let texts = texts.remove(&key.id).unwrap_or_default();
        Ok((StoredKey { key, texts }, last_use(used)))
    };
    rows.into_iter().map(whole).collect()
}

const USED: (
    api_keys::last_used_at,
    api_keys::last_used_address,
    api_keys::refused_at,
    api_keys::refused_reason,
    api_keys::refused_address,
) = (
    api_keys::last_used_at,
    api_keys::last_used_address,
    api_keys::refused_at,
    api_keys::refused_reason,
    api_keys::refused_address,
);

/// Returns a key of the organization with its last use; `None` if it has no such key.
pub(super) fn find(
    conn: &mut Conn,
    organization: OrganizationId,
    id: ApiKeyId,
) -> Result<Option<(StoredKey, LastUse)>> {
    let row: Option<(Row, Used)> = api_keys::table
        .find((organization, id))
        .select((Row::as_select(), USED))
        .first(conn)
        .optional()?;
    let Some((row, used)) = row else {
        return Ok(None);
    };
    let texts = texts(conn, organization, &[id])?.remove(&id);
    let stored = StoredKey {
        key: row.try_into()?,
        texts: texts.unwrap_or_default(),
    };
    Ok(Some((stored, last_use(used))))
}

/// Returns the organization of a key; `None` if there is no such key.
pub(super) fn organization_of(conn: &mut Conn, id: ApiKeyId) -> Result<Option<OrganizationId>> {
    Ok(api_keys::table
        .filter(api_keys::id.eq(id))
        .select(api_keys::organization_id)
        .first(conn)
        .optional()?)
}

/// Returns the ids of at most `limit` keys of an organization that are not revoked, ordered by id.
pub(super) fn live(
    conn: &mut Conn,
    organization: OrganizationId,
    limit: usize,
) -> Result<Vec<ApiKeyId>> {
    Ok(api_keys::table
        .filter(api_keys::organization_id.eq(organization))
        .filter(api_keys::status.ne(KeyStatus::Revoked))
        .order(api_keys::id)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(api_keys::id)
        .load(conn)?)
}

/// Returns the keys that somebody made and that are not revoked: their ids and names, in the order of
/// the ids.
pub(super) fn made_by(
    conn: &mut Conn,
    organization: OrganizationId,
    created_by: &str,
) -> Result<Vec<(ApiKeyId, String)>> {
    Ok(api_keys::table
        .filter(api_keys::organization_id.eq(organization))
        .filter(api_keys::status.ne(KeyStatus::Revoked))
        .filter(api_keys::created_by.eq(created_by))
        .order(api_keys::id)
        .select((api_keys::id, api_keys::name))
        .load(conn)?)
}

/// Returns at most `limit` of the keys that [`made_by`] returns.
pub(super) fn some_made_by(
    conn: &mut Conn,
    organization: OrganizationId,
    created_by: &str,
    limit: usize,
) -> Result<Vec<(ApiKeyId, String)>> {
    Ok(api_keys::table
        .filter(api_keys::organization_id.eq(organization))
        .filter(api_keys::status.ne(KeyStatus::Revoked))
        .filter(api_keys::created_by.eq(created_by))
        .order(api_keys::id)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select((api_keys::id, api_keys::name))
        .load(conn)?)
}

/// Returns how many keys of an organization are not revoked.
///
/// # Errors
/// Returns the errors of the database.
pub fn count(conn: &mut Conn, organization: OrganizationId) -> Result<i64> {
    Ok(api_keys::table
        .filter(api_keys::organization_id.eq(organization))
        .filter(api_keys::status.ne(KeyStatus::Revoked))
        .count()
        .get_result(conn)?)
}

/// Returns how many active keys of an organization expire after `from` and not after `to`.
pub(super) fn count_expiring(
    conn: &mut Conn,
    organization: OrganizationId,
    (from, to): (Timestamp, Timestamp),
) -> Result<i64> {
    Ok(api_keys::table
        .filter(api_keys::organization_id.eq(organization))
        .filter(api_keys::status.eq(KeyStatus::Active))
        .filter(api_keys::expires_at.gt(from))
        .filter(api_keys::expires_at.le(to))
        .count()
        .get_result(conn)?)
}

/// Writes a new key.
pub(super) fn insert(conn: &mut Conn, key: &ApiKey) -> Result<()> {
    diesel::insert_into(api_keys::table)
        .values(Row::from(key))
        .execute(conn)?;
    Ok(())
}

/// Writes what may change of a key.
pub(super) fn update(conn: &mut Conn, key: &ApiKey) -> Result<()> {
    let row = Row::from(key);
    diesel::update(api_keys::table.find((key.organization, key.id)))
        .set((
            api_keys::name.eq(row.name),
            api_keys::scopes.eq(row.scopes),
            api_keys::role.eq(row.role),
            api_keys::expires_at.eq(row.expires_at),
            api_keys::allowed_ips.eq(row.allowed_ips),
            api_keys::require_signature.eq(row.require_signature),
            api_keys::status.eq(row.status),
            api_keys::start_text.eq(row.start_text),
            api_keys::end_text.eq(row.end_text),
        ))
        .execute(conn)?;
    Ok(())
}
