//! Queries for logins and password hashes, which are columns of `organizations`.

use diesel::prelude::*;

use super::super::store::Row;
use super::Credentials;
use crate::base::{OrganizationId, Sequence, Timestamp};
use crate::db::schema::{operators, organizations, platform_admins};
use crate::db::{Conn, Result};

/// Returns the organization with a login, found by both keys of the login (`LoginKey`). If two
/// organizations share the key `fold`, `fold` finds the older one, and `lower` finds the other.
pub(super) fn by_login(conn: &mut Conn, fold: &str, lower: &str) -> Result<Option<Credentials>> {
    type Found = (Row, String, Option<Timestamp>, Sequence, Option<String>);
    let rows: Vec<Found> = organizations::table
        .filter(
            organizations::login_fold
                .eq(fold)
                .or(organizations::login_fold
                    .is_null()
                    .and(organizations::login_key.eq(lower))),
        )
        .select((
            Row::as_select(),
            organizations::password_hash,
            organizations::password_set_at,
            organizations::created_seq,
            organizations::login_fold,
        ))
        .load(conn)?;
    let found = rows.into_iter().min_by_key(|(.., fold)| fold.is_some());
    Ok(found.map(
        |(row, password_hash, password_set_at, created_seq, _)| Credentials {
            organization: row.into(),
            password_hash,
            password_set_at,
            created_seq,
        },
    ))
}

/// Changes the login and both keys of it. Returns whether the organization exists.
pub(super) fn set_login(
    conn: &mut Conn,
    id: OrganizationId,
    login: &str,
    (fold, lower): (&str, &str),
    now: Timestamp,
) -> Result<bool> {
    let changed = diesel::update(organizations::table.find(id))
        .set((
            organizations::login.eq(login),
            organizations::login_key.eq(lower),
            organizations::login_fold.eq(fold),
            organizations::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Changes the hash. Returns whether the organization exists.
pub(super) fn set_password_hash(
    conn: &mut Conn,
    id: OrganizationId,
    hash: &str,
    now: Timestamp,
) -> Result<bool> {
    let changed = diesel::update(organizations::table.find(id))
        .set((
            organizations::password_hash.eq(hash),
            organizations::password_set_at.eq(now),
            organizations::updated_at.eq(now),
        ))
        .execute(conn)?;
    Ok(changed == 1)
}

/// Changes the hash only if it is still the one that was checked, so a password that was set
/// meanwhile stays.
pub(super) fn replace_password_hash(
    conn: &mut Conn,
    id: OrganizationId,
    old: &str,
    new: &str,
) -> Result<()> {
    let unchanged = organizations::table
        .find(id)
        .filter(organizations::password_hash.eq(old));
    diesel::update(unchanged)
        .set(organizations::password_hash.eq(new))
        .execute(conn)?;
    Ok(())
}

/// Returns the cost of the most expensive hash; `None` if there is none.
pub(super) fn highest_cost(conn: &mut Conn) -> Result<Option<u32>> {
    use diesel::dsl::sql;
    use diesel::sql_types::{Nullable, Text};
    // "$2b$12$…": the cost has two digits, so the greatest text is the greatest number.
    let greatest = || sql::<Nullable<Text>>("MAX(SUBSTR(password_hash, 5, 2))");
    let of_organizations: Option<String> =
        organizations::table.select(greatest()).get_result(conn)?;
    let of_operators: Option<String> = operators::table.select(greatest()).get_result(conn)?;
    let of_platform: Option<String> = platform_admins::table.select(greatest()).get_result(conn)?;
    let cost = of_organizations.max(of_operators).max(of_platform);
    Ok(cost.and_then(|digits| digits.parse().ok()))
}
