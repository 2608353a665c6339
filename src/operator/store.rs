//! The rows of operators.

use diesel::prelude::*;

use super::{Operator, OperatorStatus, PasswordHash, Profile};
use crate::base::{OperatorId, OrganizationId, Timestamp, caseless};
use crate::db::schema::{consents, grants, operators, totp};
use crate::db::{Conn, Result, Rows, Statement};

crate::db::word_column!(OperatorStatus);

crate::rows! {
    #[derive(Queryable, Selectable)]
    #[diesel(table_name = operators)]
    pub(super) struct Row in operators {
        organization_id: OrganizationId,
        id: OperatorId,
        name: String,
        external_id: Option<String>,
        role: Option<String>,
        status: OperatorStatus,
        created_at: Timestamp,
        email: Option<String>,
        email_key: Option<String>,
        email_fold: Option<String>,
        username: Option<String>,
        username_fold: Option<String>,
        password_hash: Option<String>,
        tier: Option<String>,
        avatar: Option<String>,
        // The last one, which every statement names.
        updated_at: Timestamp,
    }
}

/// The end of a statement on PostgreSQL: the columns in their order, and whose row changes.
const OF_ROWS: &str = ") AS v (organization_id, id, name, external_id, role, status, created_at, \
     email, email_key, email_fold, username, username_fold, password_hash, tier, avatar, updated_at) \
     WHERE operators.organization_id = v.organization_id AND operators.id = v.id";

/// Changes what no index contains. On SQLite an index costs time whenever one of its columns is
/// written, even with the value that it has.
struct Unindexed;

impl Statement for Unindexed {
    const POSTGRES: (&'static str, &'static str) = (
        "UPDATE operators SET name = v.name, role = v.role, updated_at = v.updated_at, \
         tier = v.tier, avatar = v.avatar FROM UNNEST(",
        OF_ROWS,
    );
    const SQLITE: &'static str = "UPDATE operators SET name = ?3, role = ?5, tier = ?14, \
         avatar = ?15, updated_at = ?16 WHERE organization_id = ?1 AND id = ?2";
}

/// Changes everything but the names that an operator signs in with, and the password. An unchanged
/// email keeps its keys, because they may collide with older ones.
struct Data;

impl Statement for Data {
    const POSTGRES: (&'static str, &'static str) = (
        "UPDATE operators SET name = v.name, external_id = v.external_id, role = v.role, \
         status = v.status, updated_at = v.updated_at, tier = v.tier, avatar = v.avatar FROM UNNEST(",
        OF_ROWS,
    );
    const SQLITE: &'static str = "UPDATE operators SET name = ?3, external_id = ?4, role = ?5, \
         status = ?6, tier = ?14, avatar = ?15, updated_at = ?16 \
         WHERE organization_id = ?1 AND id = ?2";
}

/// Changes the email.
struct Email;

impl Statement for Email {
    const POSTGRES: (&'static str, &'static str) = (
        "UPDATE operators SET email = v.email, email_key = v.email_key, \
         email_fold = v.email_fold, updated_at = v.updated_at FROM UNNEST(",
        OF_ROWS,
    );
    const SQLITE: &'static str = "UPDATE operators SET email = ?8, email_key = ?9, \
         email_fold = ?10, updated_at = ?16 WHERE organization_id = ?1 AND id = ?2";
}

/// Changes the username and the password.
struct SignIn;

impl Statement for SignIn {
    const POSTGRES: (&'static str, &'static str) = (
        "UPDATE operators SET username = v.username, username_fold = v.username_fold, \
         password_hash = v.password_hash, updated_at = v.updated_at FROM UNNEST(",
        OF_ROWS,
    );
    const SQLITE: &'static str = "UPDATE operators SET username = ?11, username_fold = ?12, \
         password_hash = ?13, updated_at = ?16 WHERE organization_id = ?1 AND id = ?2";
}

impl Row {
    fn of(operator: &Operator) -> Self {
        let Profile {
            name,
            external_id,
            email,
            role,
            username,
            tier,
            avatar,
        } = operator.profile.clone();
        Self {
            organization_id: operator.organization,
            id: operator.id,
            name,
            external_id,
            // Nodes of an older release look up this key.
            email_key: email.as_deref().map(str::to_lowercase),
            email_fold: email.as_deref().map(caseless::key),
            email,
            role,
            status: operator.status,
            created_at: operator.created_at,
            updated_at: operator.version,
            username_fold: username.as_deref().map(caseless::key),
            username,
            password_hash: operator.password.clone().map(|PasswordHash(hash)| hash),
            tier,
            avatar,
        }
    }
}

/// A row, and when its second factor was made. `None` if it has none.
pub(super) type Found = (Row, Option<Timestamp>);

impl From<Found> for Operator {
    fn from((row, factor): Found) -> Self {
        Self {
            organization: row.organization_id,
            id: row.id,
            profile: Profile {
                name: row.name,
                external_id: row.external_id,
                email: row.email,
                role: row.role,
                username: row.username,
                tier: row.tier,
                avatar: row.avatar,
            },
            status: row.status,
            created_at: row.created_at,
            password: row.password_hash.map(PasswordHash),
            second_factor: factor.is_some(),
            version: row.updated_at,
        }
    }
}

/// The operators with their second factors.
#[diesel::dsl::auto_type]
pub(super) fn with_factor() -> _ {
    operators::table.left_join(
        totp::table.on(totp::organization_id
            .eq(operators::organization_id)
            .and(totp::operator_id.eq(operators::id))),
    )
}

/// Which operators to list, in the order of their ids.
#[derive(Debug, Clone)]
pub struct Filter {
    /// The organization.
    pub organization: OrganizationId,
    /// Only operators with this status; `None` for all that are not deleted.
    pub status: Option<OperatorStatus>,
    /// Only the operator with this external id.
    pub external_id: Option<String>,
    /// Only operators with a higher id than this one.
    pub after: Option<OperatorId>,
    /// At most this many operators.
    pub limit: i64,
}

pub(super) fn page(conn: &mut Conn, filter: &Filter) -> Result<Vec<Operator>> {
    let mut query = with_factor()
        .filter(operators::organization_id.eq(filter.organization))
        .select((Row::as_select(), totp::created_at.nullable()))
        .into_boxed();
    query = match filter.status {
        Some(status) => query.filter(operators::status.eq(status)),
        None => query.filter(operators::status.ne(OperatorStatus::Deleted)),
    };
    if let Some(external_id) = &filter.external_id {
        query = query.filter(operators::external_id.eq(external_id));
    }
    if let Some(after) = filter.after {
        query = query.filter(operators::id.gt(after));
    }
    let rows: Vec<Found> = query.order(operators::id).limit(filter.limit).load(conn)?;
    Ok(rows.into_iter().map(Operator::from).collect())
}

/// Returns how many operators of an organization are not deleted.
///
/// # Errors
/// Returns the errors of the database.
pub fn count(conn: &mut Conn, organization: OrganizationId) -> Result<i64> {
    Ok(operators::table
        .filter(operators::organization_id.eq(organization))
        .filter(operators::status.ne(OperatorStatus::Deleted))
        .count()
        .get_result(conn)?)
}

/// Returns an operator of an organization, a deleted one included. `None` if it has no such
/// operator.
///
/// # Errors
/// Returns the errors of the database.
pub fn find(
    conn: &mut Conn,
    organization: OrganizationId,
    id: OperatorId,
) -> Result<Option<Operator>> {
    let row: Option<Found> = with_factor()
        .filter(operators::organization_id.eq(organization))
        .filter(operators::id.eq(id))
        .select((Row::as_select(), totp::created_at.nullable()))
        .get_result(conn)
        .optional()?;
    Ok(row.map(Operator::from))
}

/// Returns the organization's operators with these ids, deleted ones included.
pub(super) fn among(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[OperatorId],
) -> Result<Vec<Operator>> {
    let rows: Vec<Found> = with_factor()
        .filter(operators::organization_id.eq(organization))
        .filter(operators::id.eq_any(ids))
        .select((Row::as_select(), totp::created_at.nullable()))
        .load(conn)?;
    Ok(rows.into_iter().map(Operator::from).collect())
}

/// Returns the operators with these external ids that are not deleted: at most one for each.
pub(super) fn by_external_ids(
    conn: &mut Conn,
    organization: OrganizationId,
    external_ids: &[&str],
) -> Result<Vec<Operator>> {
    let rows: Vec<Found> = with_factor()
        .filter(operators::organization_id.eq(organization))
        .filter(operators::external_id.eq_any(external_ids))
        .filter(operators::status.ne(OperatorStatus::Deleted))
        .select((Row::as_select(), totp::created_at.nullable()))
        .load(conn)?;
    Ok(rows.into_iter().map(Operator::from).collect())
}

/// Returns the operators, not deleted, that have one of these keys as username or as email: each
/// with the key.
pub(super) fn with_names(
    conn: &mut Conn,
    organization: OrganizationId,
    usernames: &[String],
    emails: &[String],
) -> Result<Vec<(OperatorId, String)>> {
    let those = || {
        operators::table
            .filter(operators::organization_id.eq(organization))
            .filter(operators::status.ne(OperatorStatus::Deleted))
    };
    let mut found: Vec<(OperatorId, Option<String>)> = Vec::new();
    if !usernames.is_empty() {
        let query = those().filter(operators::username_fold.eq_any(usernames));
        found = query
            .select((operators::id, operators::username_fold))
            .load(conn)?;
    }
    if !emails.is_empty() {
        let query = those().filter(operators::email_fold.eq_any(emails));
        let more: Vec<_> = query
            .select((operators::id, operators::email_fold))
            .load(conn)?;
        found.extend(more);
    }
    let named = |(id, key): (OperatorId, Option<String>)| key.map(|key| (id, key));
    Ok(found.into_iter().filter_map(named).collect())
}

fn rows<'a>(operators: impl IntoIterator<Item = &'a Operator>) -> Vec<Row> {
    operators.into_iter().map(Row::of).collect()
}

/// Inserts operators.
pub(super) fn insert<'a>(
    conn: &mut Conn,
    operators: impl IntoIterator<Item = &'a Operator>,
) -> Result<()> {
    Row::insert(conn, &rows(operators))
}

/// Changes operators whose external id, email, username, password and status stay as they are.
pub(super) fn update_unindexed<'a>(
    conn: &mut Conn,
    operators: impl IntoIterator<Item = &'a Operator>,
) -> Result<()> {
    Row::write::<Unindexed>(conn, &rows(operators))
}

/// Changes operators, except their emails, usernames and passwords.
pub(super) fn update<'a>(
    conn: &mut Conn,
    operators: impl IntoIterator<Item = &'a Operator>,
) -> Result<()> {
    Row::write::<Data>(conn, &rows(operators))
}

/// Changes the emails of operators.
pub(super) fn update_emails<'a>(
    conn: &mut Conn,
    operators: impl IntoIterator<Item = &'a Operator>,
) -> Result<()> {
    Row::write::<Email>(conn, &rows(operators))
}

/// Changes the usernames and passwords of operators.
pub(super) fn update_sign_in<'a>(
    conn: &mut Conn,
    operators: impl IntoIterator<Item = &'a Operator>,
) -> Result<()> {
    Row::write::<SignIn>(conn, &rows(operators))
}

/// Releases external ids of operators, which the same transaction gives to others.
pub(super) fn release_external_ids(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[OperatorId],
) -> Result<()> {
    if !ids.is_empty() {
        let those = operators::table.filter(operators::organization_id.eq(organization));
        diesel::update(those.filter(operators::id.eq_any(ids)))
            .set(operators::external_id.eq(None::<String>))
            .execute(conn)?;
    }
    Ok(())
}

/// Releases emails of operators, which the same transaction gives to others.
pub(super) fn release_emails(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[OperatorId],
) -> Result<()> {
    if !ids.is_empty() {
        let those = operators::table.filter(operators::organization_id.eq(organization));
        diesel::update(those.filter(operators::id.eq_any(ids)))
            .set((
                operators::email_key.eq(None::<String>),
                operators::email_fold.eq(None::<String>),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Releases usernames of operators, which the same transaction gives to others.
pub(super) fn release_usernames(
    conn: &mut Conn,
    organization: OrganizationId,
    ids: &[OperatorId],
) -> Result<()> {
    if !ids.is_empty() {
        let those = operators::table.filter(operators::organization_id.eq(organization));
        diesel::update(those.filter(operators::id.eq_any(ids)))
            .set(operators::username_fold.eq(None::<String>))
            .execute(conn)?;
    }
    Ok(())
}

/// Marks every grant of an operator as ended, and forgets what it allowed OAuth clients.
pub(super) fn end_grants(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
    now: Timestamp,
) -> Result<()> {
    let own = grants::table
        .filter(grants::organization_id.eq(organization))
        .filter(grants::operator_id.eq(operator))
        .filter(grants::ended_at.is_null());
    diesel::update(own)
        .set(grants::ended_at.eq(now))
        .execute(conn)?;
    let allowed = consents::table
        .filter(consents::organization_id.eq(organization))
        .filter(consents::operator_id.eq(operator));
    diesel::delete(allowed).execute(conn)?;
    Ok(())
}
