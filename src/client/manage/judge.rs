//! Judges a registration by what the organization has now.

use super::{ManageError, Result};
use crate::base::{OperatorId, OrganizationId};
use crate::client::{ClientSettings, Known, Registration, RegistrationError};
use crate::db::Conn;
use crate::operator::{self, OperatorStatus};
use crate::organization::Definitions;

/// Checks a registration against what the organization has now.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn validate(
    conn: &mut Conn,
    organization: OrganizationId,
    registration: &Registration,
) -> Result<ClientSettings> {
    let check = |known: &Known<'_>| registration.validate(known);
    Ok(judge(conn, organization, registration, check)??)
}

/// Returns every member of a registration that [`validate`] would refuse, for a form that shows all
/// of them at once.
///
/// # Errors
/// Returns the [`ManageError`].
pub fn faults(
    conn: &mut Conn,
    organization: OrganizationId,
    registration: &Registration,
) -> Result<Vec<RegistrationError>> {
    let check = |known: &Known<'_>| registration.faults(known);
    judge(conn, organization, registration, check)
}

/// Judges a registration by what the organization has now.
fn judge<T>(
    conn: &mut Conn,
    organization: OrganizationId,
    registration: &Registration,
    judge: impl FnOnce(&Known<'_>) -> T,
) -> Result<T> {
    let defined = Definitions::read(conn, organization)?;
    let defined = defined.ok_or(ManageError::UnknownOrganization)?;
    let operator = match registration.operator_id {
        None => false,
        Some(id) => match operator::get(conn, organization, OperatorId(id)) {
            Ok(operator) => operator.status != OperatorStatus::Deleted,
            Err(operator::ManageError::Database(error)) => return Err(error.into()),
            Err(_) => false,
        },
    };
    let known = Known {
        scopes: &defined.scope_set(),
        resources: &defined.resource_uris(),
        operator,
    };
    Ok(judge(&known))
}
