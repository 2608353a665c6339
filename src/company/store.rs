//! The organizations' rows.

use std::net::IpAddr;

use diesel::prelude::*;

use super::{LoginKey, Organization, OrganizationStatus, TokenPolicy};
use crate::base::{OrganizationId, Sequence, Timestamp};
use crate::db::schema::{login_addresses, operators, organizations};
use crate::db::{Conn, Result, allocate};
use crate::on_backend;
use crate::operator::OperatorStatus;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = organizations, treat_none_as_default_value = false)]
struct Row {
    id: OrganizationId,
    login: String,
    login_key: String,
    name: String,
    password_hash: String,
    status: OrganizationStatus,
    operator_token_max_seconds: Option<i64>,
    company_token_lifetime_seconds: Option<i64>,
    rotation_period_days: Option<i64>,
    rotation_grace_seconds: Option<i64>,
    enforce_rotation: bool,
    rotated_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    enforced_since: Option<Timestamp>,
    created_seq: Sequence,
    login_fold: Option<String>,
}

impl From<Row> for Organization {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            login: row.login,
            name: row.name,
            status: row.status,
            policy: TokenPolicy {
                operator_token_max_seconds: row.operator_token_max_seconds,
                company_token_lifetime_seconds: row.company_token_lifetime_seconds,
                rotation_period_days: row.rotation_period_days,
                rotation_grace_seconds: row.rotation_grace_seconds,
                enforce_rotation: row.enforce_rotation,
                enforced_since: row.enforced_since,
            },
            rotated_at: row.rotated_at,
            created_at: row.created_at,
        }
    }
}

/// An organization with its password's hash: for login only.
pub(super) struct Credentials {
    pub(super) organization: Organization,
    pub(super) password_hash: String,
    /// The entry of the feed that tells of the organization: a token of it knows at least so much.
    pub(super) created_seq: Sequence,
}

/// The organization with a login. Where two have come to share it, the older one; the other one is found by its login as it was
/// matched before.
pub(super) fn by_login(conn: &mut Conn, key: &LoginKey) -> Result<Option<Credentials>> {
    let rows: Vec<Row> = organizations::table
        .filter(
            organizations::login_fold
                .eq(&key.fold)
                .or(organizations::login_fold
                    .is_null()
                    .and(organizations::login_key.eq(&key.lower))),
        )
        .select(Row::as_select())
        .load(conn)?;
    let row = rows.into_iter().min_by_key(|row| row.login_fold.is_some());
    Ok(row.map(|row| Credentials {
        password_hash: row.password_hash.clone(),
        created_seq: row.created_seq,
        organization: row.into(),
    }))
}

pub(super) fn find(conn: &mut Conn, id: OrganizationId) -> Result<Option<Organization>> {
    let row: Option<Row> = organizations::table
        .find(id)
        .select(Row::as_select())
        .get_result(conn)
        .optional()?;
    Ok(row.map(Organization::from))
}

pub(super) fn all(conn: &mut Conn, after: OrganizationId, limit: i64) -> Result<Vec<Organization>> {
    let rows: Vec<Row> = organizations::table
        .filter(organizations::id.gt(after))
        .order(organizations::id)
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Organization::from).collect())
}

/// Operators that are not deleted.
pub(super) fn operator_count(conn: &mut Conn, id: OrganizationId) -> Result<i64> {
    Ok(operators::table
        .filter(operators::organization_id.eq(id))
        .filter(operators::status.ne(OperatorStatus::Deleted))
        .count()
        .get_result(conn)?)
}

pub(super) fn insert(
    conn: &mut Conn,
    login: &str,
    key: LoginKey,
    name: &str,
    password_hash: String,
    now: Timestamp,
) -> Result<OrganizationId> {
    let id = OrganizationId(allocate(conn, "organizations", 1)?);
    let row = Row {
        id,
        login: login.to_owned(),
        login_key: key.lower,
        login_fold: Some(key.fold),
        name: name.to_owned(),
        password_hash,
        status: OrganizationStatus::Active,
        operator_token_max_seconds: None,
        company_token_lifetime_seconds: None,
        rotation_period_days: None,
        rotation_grace_seconds: None,
        enforce_rotation: false,
        rotated_at: None,
        created_at: now,
        updated_at: now,
        enforced_since: None,
        created_seq: Sequence(0),
    };
    diesel::insert_into(organizations::table)
        .values(&row)
        .execute(conn)?;
    Ok(id)
}

pub(super) fn set_login(
    conn: &mut Conn,
    id: OrganizationId,
    login: &str,
    key: LoginKey,
    now: Timestamp,
) -> Result<bool> {
    let changed = diesel::update(organizations::table.find(id))
        .set((
            organizations::login.eq(login),
            organizations::login_key.eq(key.lower),
            organizations::login_fold.eq(key.fold),
            organizations::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Notes the entry of the feed that tells of an organization.
pub(super) fn set_created_seq(conn: &mut Conn, id: OrganizationId, seq: Sequence) -> Result<()> {
    diesel::update(organizations::table.find(id))
        .set(organizations::created_seq.eq(seq))
        .execute(conn)?;
    Ok(())
}

pub(super) fn set_password_hash(
    conn: &mut Conn,
    id: OrganizationId,
    hash: &str,
    now: Timestamp,
) -> Result<bool> {
    let changed = diesel::update(organizations::table.find(id))
        .set((
            organizations::password_hash.eq(hash),
            organizations::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Changes the hash only where it still is what was checked: a password set meanwhile stays.
pub(super) fn replace_password_hash(
    conn: &mut Conn,
    id: OrganizationId,
    old: &str,
    new: &str,
) -> Result<()> {
    diesel::update(
        organizations::table
            .find(id)
            .filter(organizations::password_hash.eq(old)),
    )
    .set(organizations::password_hash.eq(new))
    .execute(conn)?;
    Ok(())
}

pub(super) fn set_status(
    conn: &mut Conn,
    id: OrganizationId,
    status: OrganizationStatus,
    now: Timestamp,
) -> Result<bool> {
    let changed = diesel::update(organizations::table.find(id))
        .set((
            organizations::status.eq(status),
            organizations::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

pub(super) fn set_profile(
    conn: &mut Conn,
    organization: &Organization,
    now: Timestamp,
) -> Result<()> {
    let policy = &organization.policy;
    diesel::update(organizations::table.find(organization.id))
        .set((
            organizations::name.eq(&organization.name),
            organizations::operator_token_max_seconds.eq(policy.operator_token_max_seconds),
            organizations::company_token_lifetime_seconds.eq(policy.company_token_lifetime_seconds),
            organizations::rotation_period_days.eq(policy.rotation_period_days),
            organizations::rotation_grace_seconds.eq(policy.rotation_grace_seconds),
            organizations::enforce_rotation.eq(policy.enforce_rotation),
            organizations::enforced_since.eq(policy.enforced_since),
            organizations::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Notes that the company token was rotated.
pub(super) fn set_rotated_at(conn: &mut Conn, id: OrganizationId, now: Timestamp) -> Result<()> {
    diesel::update(organizations::table.find(id))
        .set((
            organizations::rotated_at.eq(now.whole_second()),
            organizations::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whether the organization logged in from this network before. `None` never did, at the same price.
pub(super) fn was_in_from(
    conn: &mut Conn,
    organization: Option<OrganizationId>,
    network: Option<IpAddr>,
) -> Result<bool> {
    let Some(network) = network else {
        return Ok(false);
    };
    let key = (
        organization.unwrap_or(OrganizationId(0)),
        network.to_string(),
    );
    let row = login_addresses::table
        .find(key)
        .select(login_addresses::last_at)
        .get_result::<Timestamp>(conn)
        .optional()?;
    Ok(row.is_some())
}

/// Notes that the organization logged in from this network.
pub(super) fn note_address(
    conn: &mut Conn,
    organization: OrganizationId,
    network: IpAddr,
    now: Timestamp,
) -> Result<()> {
    let row = (
        login_addresses::organization_id.eq(organization),
        login_addresses::network.eq(network.to_string()),
        login_addresses::last_at.eq(now),
    );
    on_backend!(conn, c => diesel::insert_into(login_addresses::table)
        .values(row)
        .on_conflict((login_addresses::organization_id, login_addresses::network))
        .do_update()
        .set(login_addresses::last_at.eq(now))
        .execute(c))?;
    Ok(())
}

/// Deletes at most `limit` networks from which nobody logged in since `horizon`; returns how many there were.
pub(super) fn forget_addresses(conn: &mut Conn, horizon: Timestamp, limit: i64) -> Result<usize> {
    let old: Vec<(OrganizationId, String)> = login_addresses::table
        .filter(login_addresses::last_at.lt(horizon))
        .order(login_addresses::last_at)
        .limit(limit)
        .select((login_addresses::organization_id, login_addresses::network))
        .load(conn)?;
    for (organization, network) in &old {
        let row = login_addresses::table
            .find((organization, network))
            .filter(login_addresses::last_at.lt(horizon));
        diesel::delete(row).execute(conn)?;
    }
    Ok(old.len())
}

/// The cost of the dearest password hash there is; `None` if there is none.
pub(super) fn dearest_hash(conn: &mut Conn) -> Result<Option<u32>> {
    // "$2b$12$…": two digits, so that the greatest text is the greatest number.
    let cost: Option<String> = organizations::table
        .select(diesel::dsl::sql::<
            diesel::sql_types::Nullable<diesel::sql_types::Text>,
        >("MAX(SUBSTR(password_hash, 5, 2))"))
        .get_result(conn)?;
    Ok(cost.and_then(|digits| digits.parse().ok()))
}
