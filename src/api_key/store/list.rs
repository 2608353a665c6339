//! Lists of API keys.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::{Row, USED, whole};
use crate::api_key::{Environment, KeyStatus, LastUse, StoredKey};
use crate::base::{ApiKeyId, OrganizationId, Seek, TimeKey, Timestamp};
use crate::db::schema::api_keys;
use crate::db::{Conn, Result};

/// Where a page of a list begins: after the key that was made then and has this id.
type Key = TimeKey<ApiKeyId>;

/// Which keys a list has.
#[derive(Debug, Clone, Default)]
pub(in crate::api_key) struct Filter {
    pub(in crate::api_key) status: Option<KeyStatus>,
    /// Only those that have expired (`true`) or have not, at this instant.
    pub(in crate::api_key) expired: Option<(bool, Timestamp)>,
    pub(in crate::api_key) environment: Option<Environment>,
    pub(in crate::api_key) created_by: Option<String>,
}

/// Returns at most `limit` keys of an organization with their last uses, newest first.
pub(in crate::api_key) fn list(
    conn: &mut Conn,
    organization: OrganizationId,
    filter: Filter,
    seek: Seek<Key>,
    limit: i64,
) -> Result<Vec<(StoredKey, LastUse)>> {
    let mut query = api_keys::table
        .filter(api_keys::organization_id.eq(organization))
        .select((Row::as_select(), USED))
        .into_boxed();
    query = match filter.status {
        Some(status) => query.filter(api_keys::status.eq(status)),
        None => query.filter(api_keys::status.ne(KeyStatus::Revoked)),
    };
    if let Some((expired, now)) = filter.expired {
        query = if expired {
            query.filter(api_keys::expires_at.le(now))
        } else {
            let later = api_keys::expires_at.gt(now);
            query.filter(api_keys::expires_at.is_null().or(later))
        };
    }
    if let Some(environment) = filter.environment {
        query = query.filter(api_keys::environment.eq(environment));
    }
    if let Some(created_by) = filter.created_by {
        query = query.filter(api_keys::created_by.eq(created_by));
    }
    let newest_first = (api_keys::created_at.desc(), api_keys::id.desc());
    query = match seek {
        Seek::First => query.order(newest_first),
        Seek::After(TimeKey { at, id }) => {
            let same = api_keys::created_at.eq(at).and(api_keys::id.lt(id));
            query
                .filter(api_keys::created_at.lt(at).or(same))
                .order(newest_first)
        }
        Seek::UpTo(TimeKey { at, id }) => {
            let same = api_keys::created_at.eq(at).and(api_keys::id.ge(id));
            query
                .filter(api_keys::created_at.gt(at).or(same))
                .order((api_keys::created_at, api_keys::id))
        }
    };
    let rows = query.limit(limit).load(conn)?;
    whole(conn, organization, rows)
}

/// Returns those keys of the organization that have one of these ids, with their last uses, newest first.
pub(in crate::api_key) fn among(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &BTreeSet<ApiKeyId>,
) -> Result<Vec<(StoredKey, LastUse)>> {
    let ids: Vec<_> = ids.iter().copied().collect();
    let rows = api_keys::table
        .filter(api_keys::organization_id.eq(organization))
        .filter(api_keys::id.eq_any(ids))
        .order((api_keys::created_at.desc(), api_keys::id.desc()))
        .select((Row::as_select(), USED))
        .load(conn)?;
    whole(conn, organization, rows)
}
