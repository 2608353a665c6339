//! Queries for operators who sign in.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::super::store::{Row, with_factor};
use super::{Place, SignInAccount, Who};
use crate::base::{OperatorId, OrganizationId, Sequence, Timestamp};
use crate::db::schema::{operators, organizations, totp};
use crate::db::{Conn, Result};

/// Returns the id of the organization.
pub(super) fn organization(conn: &mut Conn, place: &Place) -> Result<Option<OrganizationId>> {
    let ids = organizations::table.select(organizations::id);
    Ok(match place {
        Place::Id(id) => ids.find(*id).get_result(conn).optional()?,
        Place::Login(None) => None,
        Place::Login(Some(key)) => {
            let by_key = organizations::login_fold
                .eq(&key.fold)
                .or(organizations::login_fold
                    .is_null()
                    .and(organizations::login_key.eq(&key.lower)));
            let found: Vec<(OrganizationId, Option<String>)> = organizations::table
                .filter(by_key)
                .select((organizations::id, organizations::login_fold))
                .load(conn)?;
            // The same order of precedence as for the organization's own login.
            let found = found.into_iter().min_by_key(|(_, fold)| fold.is_some());
            found.map(|(id, _)| id)
        }
        Place::Only => {
            let found: Vec<OrganizationId> = ids.limit(2).load(conn)?;
            match found.as_slice() {
                [only] => Some(*only),
                _ => None,
            }
        }
    })
}

/// The row of an operator, when its second factor was made, the status of its organization, the
/// entry that created the organization, and the key of the username.
type Account = (Row, Option<Timestamp>, String, Sequence, Option<String>);

/// Returns the account of an operator that is not deleted. A username precedes an email.
pub(super) fn account(
    conn: &mut Conn,
    organization: OrganizationId,
    who: &Who,
) -> Result<Option<SignInAccount>> {
    let query = with_factor()
        .inner_join(organizations::table)
        .filter(operators::organization_id.eq(organization))
        .filter(operators::status.ne("deleted"))
        .select((
            Row::as_select(),
            totp::created_at.nullable(),
            organizations::status,
            organizations::created_seq,
            operators::username_fold,
        ));
    let mut rows: Vec<Account> = match who {
        Who::Named(key) => query
            .filter(
                operators::username_fold
                    .eq(key)
                    .or(operators::email_fold.eq(key)),
            )
            .load(conn)?,
        Who::Id(id) => query.filter(operators::id.eq(*id)).load(conn)?,
    };
    if let Who::Named(key) = who {
        rows.sort_by_key(|(.., username)| username.as_ref() != Some(key));
    }
    let found = rows.into_iter().next();
    Ok(
        found.map(|(row, factor, status, created_seq, _)| SignInAccount {
            operator: (row, factor).into(),
            organization_is_active: status == "active",
            created_seq,
        }),
    )
}

/// Returns whether an operator has a second factor. It gets none, and loses none, until the caller's
/// transaction ends.
pub(super) fn has_second_factor(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
) -> Result<bool> {
    if let Conn::Postgres(conn) = conn {
        // What sets or removes a second factor changes this row too. The lock has a statement of its
        // own: the next one sees what was committed while this one waited.
        operators::table
            .find((organization, operator))
            .select(operators::id)
            .for_no_key_update()
            .first::<OperatorId>(conn)
            .optional()?;
    }
    let factor = totp::table.find((organization, operator));
    Ok(diesel::select(exists(factor)).get_result(conn)?)
}

/// Changes the hash only if it is still the one that was checked, so a password that was set
/// meanwhile stays.
pub(super) fn replace_password_hash(
    conn: &mut Conn,
    (organization, operator): (OrganizationId, OperatorId),
    old: &str,
    new: &str,
) -> Result<()> {
    let unchanged = operators::table
        .find((organization, operator))
        .filter(operators::password_hash.eq(old));
    diesel::update(unchanged)
        .set(operators::password_hash.eq(new))
        .execute(conn)?;
    Ok(())
}
