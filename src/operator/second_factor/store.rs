//! Queries for second factors. What works once is one conditional statement.

use diesel::prelude::*;

use crate::base::{Digest, OperatorId, OrganizationId, Timestamp};
use crate::db::schema::{operators, organizations, recovery_codes, totp};
use crate::db::{Conn, Result};
use crate::seal::Sealed;

/// Inserts the second factor of an operator that has none.
pub(super) fn insert(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
    sealed: &Sealed,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(totp::table)
        .values((
            totp::organization_id.eq(organization),
            totp::operator_id.eq(operator),
            totp::sealed_secret.eq(&sealed.value),
            totp::sealed_by.eq(&sealed.by),
            totp::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Inserts recovery codes.
pub(super) fn insert_codes(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
    codes: &[Digest],
) -> Result<()> {
    for code in codes {
        diesel::insert_into(recovery_codes::table)
            .values((
                recovery_codes::organization_id.eq(organization),
                recovery_codes::operator_id.eq(operator),
                recovery_codes::digest.eq(code),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// Deletes the second factor and the recovery codes. Returns whether there was a second factor.
pub(super) fn remove(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
) -> Result<bool> {
    let codes = recovery_codes::table
        .filter(recovery_codes::organization_id.eq(organization))
        .filter(recovery_codes::operator_id.eq(operator));
    diesel::delete(codes).execute(conn)?;
    let factor = totp::table.find((organization, operator));
    Ok(diesel::delete(factor).execute(conn)? == 1)
}

/// Returns the sealed secret, and the step of the last code that was accepted.
pub(super) fn find(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
) -> Result<Option<(Sealed, Option<i64>)>> {
    let row: Option<(Vec<u8>, String, Option<i64>)> = totp::table
        .find((organization, operator))
        .select((totp::sealed_secret, totp::sealed_by, totp::last_step))
        .get_result(conn)
        .optional()?;
    Ok(row.map(|(value, by, last_step)| (Sealed { value, by }, last_step)))
}

/// Uses up the code of a step, and every earlier one, if the secret is still `sealed`: a code of a
/// secret that was replaced meanwhile is not accepted. Returns whether this caller was the first.
pub(super) fn use_up_step(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
    sealed: &Sealed,
    step: i64,
) -> Result<bool> {
    let unused = totp::table
        .find((organization, operator))
        .filter(totp::sealed_secret.eq(&sealed.value))
        .filter(totp::last_step.is_null().or(totp::last_step.lt(step)));
    let used = diesel::update(unused)
        .set(totp::last_step.eq(step))
        .execute(conn)?;
    Ok(used == 1)
}

/// Uses up a recovery code. Returns whether this caller was the first.
pub(super) fn use_up_code(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
    code: Digest,
) -> Result<bool> {
    let row = recovery_codes::table.find((organization, operator, code));
    Ok(diesel::delete(row).execute(conn)? == 1)
}

/// Locks the recovery codes and the second factor of an operator, in the order in which [`remove`] does.
/// On SQLite it does nothing, because only one transaction writes at a time.
pub(super) fn lock(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
) -> Result<()> {
    if let Conn::Postgres(conn) = conn {
        let codes = recovery_codes::table
            .filter(recovery_codes::organization_id.eq(organization))
            .filter(recovery_codes::operator_id.eq(operator))
            .order(recovery_codes::digest)
            .select(recovery_codes::digest);
        codes.for_update().load::<Digest>(conn)?;
        let factor = totp::table.find((organization, operator));
        let factor = factor.select(totp::operator_id);
        factor.for_update().load::<OperatorId>(conn)?;
    }
    Ok(())
}

/// Stores that the operator changed.
pub(super) fn touch(
    conn: &mut Conn,
    organization: OrganizationId,
    operator: OperatorId,
    version: Timestamp,
) -> Result<()> {
    diesel::update(operators::table.find((organization, operator)))
        .set(operators::updated_at.eq(version))
        .execute(conn)?;
    Ok(())
}

/// Returns the name of an organization.
pub(super) fn organization_name(conn: &mut Conn, id: OrganizationId) -> Result<String> {
    let name = organizations::table.find(id).select(organizations::name);
    Ok(name.get_result(conn)?)
}
