//! Whether a credential opens what a rule guards: the table of the decision. Pure.

use super::bearer::{Bearer, BearerKind};
use super::denial::Denial;
use super::role::Roles;
use super::rules::{Demand, WantedEnvironment};

/// Decides whether a bearer is admitted. `roles` are those of its organization.
///
/// All scopes and one of the roles are needed. Scope `admin` covers every scope and role `admin`
/// every role; nothing else implies anything.
///
/// # Errors
/// Returns the first reason to refuse it.
pub fn decide<'r>(
    demand: &'r Demand,
    bearer: &Bearer<'_>,
    roles: &Roles,
) -> Result<(), Denial<'r>> {
    if !demand.kinds.contains(&bearer.kind) {
        return Err(Denial::Forbidden("its kind is not admitted"));
    }
    let environment = match demand.environment {
        WantedEnvironment::Any => true,
        WantedEnvironment::Live => !bearer.is_test,
        WantedEnvironment::Test => bearer.is_test,
    };
    if !environment {
        return Err(Denial::Forbidden("its environment is not admitted"));
    }
    let organization = demand.organization;
    if organization.is_some_and(|wanted| wanted != bearer.organization) {
        return Err(Denial::Forbidden("its organization is not admitted"));
    }
    if let Some(resource) = &demand.resource
        && bearer.kind == BearerKind::AccessToken
        && !bearer.audience.iter().any(|one| one == resource.uri())
    {
        return Err(Denial::Audience);
    }
    let mut scopes = demand.scopes.iter();
    if let Some(missing) = scopes.find(|scope| !bearer.scopes.covers(scope.as_str())) {
        return Err(Denial::Scope(missing));
    }
    let mut wanted = demand.roles.iter();
    if !demand.roles.is_empty() && !wanted.any(|role| roles.suffices(bearer.role, role)) {
        return Err(Denial::Role);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
