//! Queries for the table `organizations`.

use std::collections::HashMap;

use diesel::prelude::*;

use super::{ConsoleSignIn, KeyAlerts, Organization, OrganizationStatus, TokenPolicy};
use crate::base::{OrganizationId, Sequence, Timestamp};
use crate::db::schema::organizations;
use crate::db::{Conn, Result, allocate};

crate::db::word_column!(OrganizationStatus);

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = organizations, treat_none_as_default_value = false)]
pub(super) struct Row {
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
    cap_scopes_by_role: bool,
    alert_new_network: bool,
    alert_silence_days: Option<i64>,
    alert_rate_factor: Option<i64>,
    alert_rate_floor: Option<i64>,
    console_sign_in: ConsoleSignIn,
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
            cap_scopes_by_role: row.cap_scopes_by_role,
            key_alerts: KeyAlerts {
                new_network: row.alert_new_network,
                silence_days: row.alert_silence_days,
                rate_factor: row.alert_rate_factor,
                rate_floor: row.alert_rate_floor,
            },
            console_sign_in: row.console_sign_in,
            rotated_at: row.rotated_at,
            created_at: row.created_at,
        }
    }
}

/// Returns the organization with an id; `None` if there is none.
///
/// # Errors
/// Returns the errors of the database.
pub fn find(conn: &mut Conn, id: OrganizationId) -> Result<Option<Organization>> {
    let row: Option<Row> = organizations::table
        .find(id)
        .select(Row::as_select())
        .get_result(conn)
        .optional()?;
    Ok(row.map(Organization::from))
}

/// Returns the alerts that these organizations receive about the use of their API keys.
///
/// # Errors
/// Returns the errors of the database.
pub fn key_alerts(
    conn: &mut Conn,
    ids: &[OrganizationId],
) -> Result<HashMap<OrganizationId, KeyAlerts>> {
    let rows: Vec<Row> = organizations::table
        .filter(organizations::id.eq_any(ids))
        .select(Row::as_select())
        .load(conn)?;
    let organizations = rows.into_iter().map(Organization::from);
    Ok(organizations
        .map(|organization| (organization.id, organization.key_alerts))
        .collect())
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

/// Returns organizations up to an id, which is included, the newest first.
pub(super) fn up_to(conn: &mut Conn, id: OrganizationId, limit: i64) -> Result<Vec<Organization>> {
    let rows: Vec<Row> = organizations::table
        .filter(organizations::id.le(id))
        .order(organizations::id.desc())
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(Organization::from).collect())
}

/// Returns how many organizations have a status.
///
/// # Errors
/// Returns the errors of the database.
pub fn count(conn: &mut Conn, status: OrganizationStatus) -> Result<i64> {
    Ok(organizations::table
        .filter(organizations::status.eq(status))
        .count()
        .get_result(conn)?)
}

pub(super) fn insert(
    conn: &mut Conn,
    login: &str,
    (fold, lower): (String, String),
    name: &str,
    password_hash: String,
    now: Timestamp,
) -> Result<OrganizationId> {
    let id = OrganizationId(allocate(conn, "organizations", 1)?);
    let row = Row {
        id,
        login: login.to_owned(),
        login_key: lower,
        login_fold: Some(fold),
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
        cap_scopes_by_role: false,
        alert_new_network: true,
        alert_silence_days: None,
        alert_rate_factor: None,
        alert_rate_floor: None,
        console_sign_in: ConsoleSignIn::Anyone,
    };
    diesel::insert_into(organizations::table)
        .values(&row)
        .execute(conn)?;
    Ok(id)
}

/// Stores the sequence of the entry that created the organization.
pub(super) fn set_created_seq(conn: &mut Conn, id: OrganizationId, seq: Sequence) -> Result<()> {
    diesel::update(organizations::table.find(id))
        .set(organizations::created_seq.eq(seq))
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
    let (policy, alerts) = (&organization.policy, &organization.key_alerts);
    diesel::update(organizations::table.find(organization.id))
        .set((
            organizations::name.eq(&organization.name),
            organizations::operator_token_max_seconds.eq(policy.operator_token_max_seconds),
            organizations::company_token_lifetime_seconds.eq(policy.company_token_lifetime_seconds),
            organizations::rotation_period_days.eq(policy.rotation_period_days),
            organizations::rotation_grace_seconds.eq(policy.rotation_grace_seconds),
            organizations::enforce_rotation.eq(policy.enforce_rotation),
            organizations::enforced_since.eq(policy.enforced_since),
            organizations::cap_scopes_by_role.eq(organization.cap_scopes_by_role),
            organizations::alert_new_network.eq(alerts.new_network),
            organizations::alert_silence_days.eq(alerts.silence_days),
            organizations::alert_rate_factor.eq(alerts.rate_factor),
            organizations::alert_rate_floor.eq(alerts.rate_floor),
            organizations::console_sign_in.eq(organization.console_sign_in),
            organizations::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Stores that the organization rotated its company token at `now`.
///
/// # Errors
/// Returns the errors of the database.
pub fn set_rotated_at(conn: &mut Conn, id: OrganizationId, now: Timestamp) -> Result<()> {
    diesel::update(organizations::table.find(id))
        .set((
            organizations::rotated_at.eq(now.whole_second()),
            organizations::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}
