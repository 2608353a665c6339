//! Queries for WeChat apps and for the ids of persons.

use diesel::prelude::*;

use super::{OnUnknown, Owners, Person, WechatApp};
use crate::base::{OperatorId, OrganizationId, Seek, Sequence, Timestamp};
use crate::db::schema::{organizations, wechat_apps, wechat_openids, wechat_unionids};
use crate::db::{Conn, Result};
use crate::seal::Sealed;

crate::db::word_column!(OnUnknown);

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = wechat_apps)]
struct Row {
    organization_id: OrganizationId,
    app_id: String,
    on_unknown: OnUnknown,
    role: String,
    created_at: Timestamp,
}

impl From<Row> for WechatApp {
    fn from(row: Row) -> Self {
        Self {
            organization: row.organization_id,
            app_id: row.app_id,
            on_unknown: row.on_unknown,
            role: row.role,
            created_at: row.created_at,
        }
    }
}

/// Returns at most `limit` apps of an organization whose id comes after `after`, ordered by id.
pub(super) fn page(
    conn: &mut Conn,
    organization: OrganizationId,
    seek: &Seek<String>,
    limit: i64,
) -> Result<Vec<WechatApp>> {
    let query = wechat_apps::table
        .filter(wechat_apps::organization_id.eq(organization))
        .select(Row::as_select())
        .into_boxed();
    let id = wechat_apps::app_id;
    let query = match seek {
        Seek::First => query.order(id.asc()),
        Seek::After(key) => query.filter(id.gt(key)).order(id.asc()),
        Seek::UpTo(key) => query.filter(id.le(key)).order(id.desc()),
    };
    let rows: Vec<Row> = query.limit(limit).load(conn)?;
    Ok(rows.into_iter().map(WechatApp::from).collect())
}

/// Returns an app of an organization; `None` if it has no such app.
pub(super) fn find(
    conn: &mut Conn,
    organization: OrganizationId,
    app_id: &str,
) -> Result<Option<WechatApp>> {
    let row: Option<Row> = wechat_apps::table
        .find((organization, app_id))
        .select(Row::as_select())
        .first(conn)
        .optional()?;
    Ok(row.map(WechatApp::from))
}

/// An app with what a login needs.
pub(super) struct Found {
    pub(super) app: WechatApp,
    pub(super) secret: Sealed,
    pub(super) organization_is_active: bool,
    /// The entry of the feed that created the organization.
    pub(super) created_seq: Sequence,
}

/// Returns the app with an id, of any organization; `None` if there is none.
pub(super) fn find_any(conn: &mut Conn, app_id: &str) -> Result<Option<Found>> {
    let row: Option<(Row, Vec<u8>, String, String, Sequence)> = wechat_apps::table
        .inner_join(organizations::table.on(organizations::id.eq(wechat_apps::organization_id)))
        .filter(wechat_apps::app_id.eq(app_id))
        .select((
            Row::as_select(),
            wechat_apps::sealed_secret,
            wechat_apps::sealed_by,
            organizations::status,
            organizations::created_seq,
        ))
        .first(conn)
        .optional()?;
    Ok(row.map(|(row, value, by, status, created_seq)| Found {
        app: row.into(),
        secret: Sealed { value, by },
        organization_is_active: status == "active",
        created_seq,
    }))
}

/// Returns how many apps an organization has.
pub(super) fn count(conn: &mut Conn, organization: OrganizationId) -> Result<i64> {
    Ok(wechat_apps::table
        .filter(wechat_apps::organization_id.eq(organization))
        .count()
        .get_result(conn)?)
}

pub(super) fn insert(conn: &mut Conn, app: &WechatApp, secret: &Sealed) -> Result<()> {
    diesel::insert_into(wechat_apps::table)
        .values((
            wechat_apps::organization_id.eq(app.organization),
            wechat_apps::app_id.eq(&app.app_id),
            wechat_apps::on_unknown.eq(app.on_unknown),
            wechat_apps::role.eq(&app.role),
            wechat_apps::created_at.eq(app.created_at),
            wechat_apps::sealed_secret.eq(&secret.value),
            wechat_apps::sealed_by.eq(&secret.by),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes what may change of an app.
pub(super) fn update(conn: &mut Conn, app: &WechatApp) -> Result<()> {
    diesel::update(wechat_apps::table.find((app.organization, &app.app_id)))
        .set((
            wechat_apps::on_unknown.eq(app.on_unknown),
            wechat_apps::role.eq(&app.role),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn set_secret(conn: &mut Conn, app: &WechatApp, secret: &Sealed) -> Result<()> {
    diesel::update(wechat_apps::table.find((app.organization, &app.app_id)))
        .set((
            wechat_apps::sealed_secret.eq(&secret.value),
            wechat_apps::sealed_by.eq(&secret.by),
        ))
        .execute(conn)?;
    Ok(())
}

/// Deletes an app. Returns whether there was one.
pub(super) fn delete(conn: &mut Conn, organization: OrganizationId, app_id: &str) -> Result<bool> {
    let gone = diesel::delete(wechat_apps::table.find((organization, app_id))).execute(conn)?;
    Ok(gone == 1)
}

/// Returns the operators that the ids of a person belong to.
pub(super) fn owners(conn: &mut Conn, app: &WechatApp, person: &Person) -> Result<Owners> {
    let openid = wechat_openids::table
        .find((app.organization, &app.app_id, &person.openid))
        .select(wechat_openids::operator_id)
        .first(conn)
        .optional()?;
    let unionid = match &person.unionid {
        Some(unionid) => wechat_unionids::table
            .find((app.organization, unionid))
            .select(wechat_unionids::operator_id)
            .first(conn)
            .optional()?,
        None => None,
    };
    Ok(Owners { openid, unionid })
}

pub(super) fn insert_openid(
    conn: &mut Conn,
    app: &WechatApp,
    openid: &str,
    operator: OperatorId,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(wechat_openids::table)
        .values((
            wechat_openids::organization_id.eq(app.organization),
            wechat_openids::app_id.eq(&app.app_id),
            wechat_openids::openid.eq(openid),
            wechat_openids::operator_id.eq(operator),
            wechat_openids::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

pub(super) fn insert_unionid(
    conn: &mut Conn,
    organization: OrganizationId,
    unionid: &str,
    operator: OperatorId,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(wechat_unionids::table)
        .values((
            wechat_unionids::organization_id.eq(organization),
            wechat_unionids::unionid.eq(unionid),
            wechat_unionids::operator_id.eq(operator),
            wechat_unionids::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}
