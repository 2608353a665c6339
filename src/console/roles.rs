//! The pages about roles and scopes.

mod delete;
pub(super) mod list;
pub(super) mod record;
mod scopes;

use std::collections::HashMap;
use std::sync::Arc;

use super::page::{Choice, Control, Field, FormError};
use super::refusal::{Problem, Refusal};
use super::visit::Signed;
use crate::access::{Role, Scope, ScopeSet};
use crate::http::Endpoint;
use crate::organization::Definitions;
use crate::organization::definitions::manage::DefineError;
use crate::organization::definitions::{self, RoleUse};
use crate::page::Value;

pub(super) const PATH: &str = "/console/roles";
const SCOPES: &str = "/console/roles/scopes";
const RECORD: &str = "/console/roles/{id}/edit";
const DELETE: &str = "/console/roles/{id}/delete";

/// The endpoints of these pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page(PATH, list::get),
        Endpoint::form(PATH, list::post),
        Endpoint::page(SCOPES, scopes::get),
        Endpoint::form(SCOPES, scopes::post),
        Endpoint::page(RECORD, record::get),
        Endpoint::form(RECORD, record::post),
        Endpoint::page(DELETE, delete::get),
        Endpoint::form(DELETE, delete::post),
    ]
}

/// Returns the page of a role. The name of a role needs no encoding.
pub(super) fn path_of(name: &str) -> String {
    format!("{PATH}/{name}/edit")
}

/// What the organization has defined.
async fn defined(signed: &Signed) -> Result<Arc<Definitions>, Refusal> {
    let definitions = &signed.app.clients.definitions;
    let found = definitions
        .get(&signed.app.db, signed.organization())
        .await?;
    found.ok_or_else(|| Problem::NotFound.into())
}

/// Returns who has each role.
async fn uses(signed: &Signed) -> Result<HashMap<String, RoleUse>, Refusal> {
    let organization = signed.organization();
    let read = move |conn: &mut _| definitions::role_uses(conn, organization);
    Ok(signed.app.db.read(read).await?)
}

/// Returns a role, and who has it.
async fn find(signed: &Signed, name: &str) -> Result<(Role, RoleUse), Refusal> {
    let defined = defined(signed).await?;
    let role = defined.roles.get(Some(name)).cloned();
    let role = role.ok_or(Problem::NotFound)?;
    let used = uses(signed).await?.get(name).copied();
    Ok((role, used.unwrap_or_default()))
}

/// Who has a role, in words.
fn used_by(signed: &Signed, used: RoleUse) -> String {
    let values = [
        ("operators", Value::Count(used.operators)),
        ("keys", Value::Count(used.keys)),
    ];
    signed.language().text_with("role-used-by", &values)
}

/// The boxes of the scopes that a role may have.
fn scope_field(signed: &Signed, defined: &Definitions, held: &[String]) -> Field {
    let own = defined.scope_set();
    let own = own.iter().map(ToString::to_string);
    let identity = Scope::IDENTITY.map(str::to_owned);
    let choices = own.chain(identity).map(|name| Choice {
        hint: defined.scopes.get(&name).cloned().flatten(),
        ..Choice::new(name.clone(), name.clone(), held.contains(&name))
    });
    let control = Control::Checks(choices.collect());
    let field = Field::controlled("scope", signed.text("scopes"), control);
    field.hinted(signed.text("role-scopes-hint"))
}

fn names(scopes: &ScopeSet) -> Vec<String> {
    scopes.iter().map(ToString::to_string).collect()
}

/// Returns the error of a form for a reason that a person can do something about.
fn error(signed: &Signed, why: &DefineError) -> Option<FormError> {
    let (field, id) = match why {
        DefineError::Name => (Some("name"), "role-name-wrong"),
        DefineError::Taken | DefineError::Fixed(_) => (Some("name"), "role-taken"),
        DefineError::Description => (Some("description"), "description-wrong"),
        DefineError::Scope(_) => (Some("scope"), "scope-wrong"),
        DefineError::TooMany => (None, "definitions-too-many"),
        _ => return None,
    };
    Some(FormError::of(signed.language(), field, id))
}
