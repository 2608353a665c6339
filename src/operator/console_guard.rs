//! What a company token may not do while only operators may sign in to the console: make an operator
//! an admin or an auditor, or change one. A stolen token could otherwise make itself an account of the
//! console, or take over one. It may still deactivate, delete and revoke.

use super::write::Write;
use super::{Operator, OperatorStatus, store};
use crate::access::Roles;
use crate::audit::{Actor, Origin};
use crate::base::OrganizationId;
use crate::db::{Conn, Result};

/// Whether an operator may use the console by its role, now or once it is active again.
fn is_privileged(operator: &Operator) -> bool {
    let role = operator.profile.role.as_deref();
    role.is_some_and(Roles::is_fixed) && operator.status != OperatorStatus::Deleted
}

/// Whether a write takes an operator out of service, and does nothing else.
fn only_ends(write: &Write) -> bool {
    write.after.status != OperatorStatus::Active
        && write.before.is_some_and(|before| {
            before.profile == write.after.profile && before.password == write.after.password
        })
}

/// Returns the first of some writes that the caller may not make; `None` if it may make all. The
/// caller holds the lock of the organization's operators, under which the setting is changed too.
///
/// # Errors
/// Returns the errors of the database.
pub(super) fn refused(
    conn: &mut Conn,
    organization: OrganizationId,
    writes: &[Write],
    origin: &Origin,
) -> Result<Option<usize>> {
    let concerns = |write: &Write| {
        (is_privileged(write.after) || write.before.is_some_and(is_privileged)) && !only_ends(write)
    };
    match writes.iter().position(concerns) {
        Some(number) if is_shut_out(conn, organization, origin)? => Ok(Some(number)),
        _ => Ok(None),
    }
}

/// Whether the caller may not change the credentials and the second factor of an operator.
///
/// # Errors
/// Returns the errors of the database.
pub(super) fn is_refused(conn: &mut Conn, operator: &Operator, origin: &Origin) -> Result<bool> {
    Ok(is_privileged(operator) && is_shut_out(conn, operator.organization, origin)?)
}

/// Whether the caller has a company token, and only operators may sign in to the console.
fn is_shut_out(conn: &mut Conn, organization: OrganizationId, origin: &Origin) -> Result<bool> {
    match origin.actor {
        Actor::Company(_) => store::only_operators_sign_in(conn, organization),
        _ => Ok(false),
    }
}
