//! The rows of operators, and the queries that read them. `store/change.rs` has the statements that
//! write them.

mod change;
mod console;
mod counts;
mod directory;
mod erase;
mod language;
mod last_token;
mod words;

pub(super) use change::{
    Email, Keys, Name, RoleName, SignIn, Unindexed, fold_names, insert, release_emails,
    release_external_ids, release_usernames, update,
};
pub use console::{are_last_admins, credential_at};
pub(super) use console::{console_session, end_console_sessions, is_admin, only_operators_sign_in};
pub use counts::{count, count_up_to, counts_up_to};
pub(super) use directory::{entries, part, scan};
pub(super) use erase::{
    clear_notice, delete_opaque, forget, forget_addresses, messages, notices, opaque_tokens,
    overwrite, own_keys, set_message, wechat_ids, with_addresses,
};
pub(super) use language::{language, set_language};
pub(super) use last_token::write_last_tokens;
pub(super) use words::{
    WordsChange, change_words, filled_up_to, set_words, with_word, without_words,
};

use diesel::dsl::exists;
use diesel::prelude::*;

use super::{Operator, OperatorStatus, PasswordHash, Profile};
use crate::base::search_words::folded;
use crate::base::{OperatorId, OrganizationId, Seek, Timestamp, caseless};
use crate::db::schema::{operators, totp};
use crate::db::{Conn, Result};

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
        name_fold: String,
        // The last column. Every statement names it, as `Statement` requires.
        updated_at: Timestamp,
    }
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
            name_fold: folded(&name),
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

/// A row, and when its second factor was made. The time is `None` if there is no second factor.
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

/// Returns the query for operators with their second factors.
#[diesel::dsl::auto_type]
pub(super) fn with_factor() -> _ {
    operators::table.left_join(
        totp::table.on(totp::organization_id
            .eq(operators::organization_id)
            .and(totp::operator_id.eq(operators::id))),
    )
}

/// Which operators to list.
#[derive(Debug, Clone)]
pub struct Filter {
    /// The organization.
    pub organization: OrganizationId,
    /// Only operators with this status. `None` if all that are not deleted are listed.
    pub status: Option<OperatorStatus>,
    /// Only the operator with this external id.
    pub external_id: Option<String>,
    /// Where the page is.
    pub seek: Seek<OperatorId>,
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
    query = match filter.seek {
        Seek::First => query.order(operators::id.asc()),
        Seek::After(id) => query
            .filter(operators::id.gt(id))
            .order(operators::id.asc()),
        Seek::UpTo(id) => query
            .filter(operators::id.le(id))
            .order(operators::id.desc()),
    };
    let rows: Vec<Found> = query.limit(filter.limit).load(conn)?;
    Ok(rows.into_iter().map(Operator::from).collect())
}

/// Returns whether an active operator of an organization has a password and one of these roles.
///
/// # Errors
/// Returns the errors of the database.
pub fn has_account(conn: &mut Conn, organization: OrganizationId, roles: &[&str]) -> Result<bool> {
    let one = operators::table
        .filter(operators::organization_id.eq(organization))
        .filter(operators::role.eq_any(roles))
        .filter(operators::status.eq(OperatorStatus::Active))
        .filter(operators::password_hash.is_not_null());
    Ok(diesel::select(exists(one)).get_result(conn)?)
}

/// Returns whether an operator of an organization has a second factor.
///
/// # Errors
/// Returns the errors of the database.
pub fn has_factor(conn: &mut Conn, organization: OrganizationId) -> Result<bool> {
    let one = totp::table.filter(totp::organization_id.eq(organization));
    Ok(diesel::select(exists(one)).get_result(conn)?)
}

/// Returns how many active operators of an organization have a role and a password, and no second
/// factor.
///
/// # Errors
/// Returns the errors of the database.
pub fn count_without_factor(
    conn: &mut Conn,
    organization: OrganizationId,
    role: &str,
) -> Result<i64> {
    Ok(with_factor()
        .filter(operators::organization_id.eq(organization))
        .filter(operators::role.eq(role))
        .filter(operators::status.eq(OperatorStatus::Active))
        .filter(operators::password_hash.is_not_null())
        .filter(totp::created_at.is_null())
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
///
/// # Errors
/// Returns the errors of the database.
pub fn among(
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

/// Returns the ids of the operators that are not deleted and have one of these keys as username or
/// as email, each with the key.
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
