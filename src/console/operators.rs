//! The pages about operators.

pub(super) mod end;
mod erase;
pub(super) mod export;
mod filters;
pub(super) mod import;
pub(super) mod issue;
mod list;
pub(super) mod new;
pub(super) mod record;
mod selected;

use super::page::{Choice, Control, Field, Part};
use super::page::{FormError, Tone};
use super::refusal::{Problem, Refusal};
use super::sent::Sent;
use super::visit::Signed;
use crate::base::OperatorId;
use crate::db::Conn;
use crate::http::Endpoint;
use crate::operator::{self, ManageError, Operator, ProfileError};

pub(super) const PATH: &str = "/console/operators";
pub(super) const NEW: &str = "/console/operators/new";
pub(super) const IMPORT: &str = "/console/operators/import";
const SELECTED: &str = "/console/operators/selected";
const FAULTS: &str = "/console/operators/import/{id}/faults.csv";
const EXPORT: &str = "/console/operators/export.csv";
const RECORD: &str = "/console/operators/{id}";
const ISSUE: &str = "/console/operators/{id}/issue";
const REVOKE: &str = "/console/operators/{id}/revoke";
const DEACTIVATE: &str = "/console/operators/{id}/deactivate";
const ACTIVATE: &str = "/console/operators/{id}/activate";
const DELETE: &str = "/console/operators/{id}/delete";
const ERASE: &str = "/console/operators/{id}/erase";
const RESET: &str = "/console/operators/{id}/reset-second-factor";

/// The field that asks the service to make a password.
const MAKE: &str = "make_password";

/// The endpoints of these pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page(PATH, list::get),
        Endpoint::page(NEW, new::get),
        Endpoint::form(NEW, new::post),
        Endpoint::page(SELECTED, selected::get),
        Endpoint::form(SELECTED, selected::post),
        Endpoint::page(IMPORT, import::get),
        Endpoint::form(IMPORT, import::post),
        Endpoint::page(FAULTS, export::faults),
        Endpoint::page(EXPORT, export::operators),
        Endpoint::page(RECORD, record::get),
        Endpoint::form(RECORD, record::post),
        Endpoint::page(ISSUE, issue::get),
        Endpoint::form(ISSUE, issue::post),
        Endpoint::page(REVOKE, end::get),
        Endpoint::form(REVOKE, end::post),
        Endpoint::page(DEACTIVATE, end::get),
        Endpoint::form(DEACTIVATE, end::post),
        Endpoint::page(ACTIVATE, end::get),
        Endpoint::form(ACTIVATE, end::post),
        Endpoint::page(DELETE, end::get),
        Endpoint::form(DELETE, end::post),
        Endpoint::page(ERASE, erase::get),
        Endpoint::form(ERASE, erase::post),
        Endpoint::page(RESET, end::get),
        Endpoint::form(RESET, end::post),
    ]
}

/// Returns an operator of the organization by the text of a path.
async fn find(signed: &Signed, id: &str) -> Result<Operator, Refusal> {
    let (organization, id) = (signed.organization(), id_of(id)?);
    let read = move |conn: &mut _| operator::get(conn, organization, id);
    Ok(signed.app.db.read(read).await?)
}

/// A text that is not a number is the id of no operator.
fn id_of(text: &str) -> Result<OperatorId, Refusal> {
    text.parse().map_err(|_| Problem::NotFound.into())
}

/// Returns the page of an operator.
pub(super) fn path_of(id: OperatorId) -> String {
    format!("{PATH}/{id}")
}

/// The message for a status, and how it stands out.
pub(super) const fn status(status: operator::OperatorStatus) -> (&'static str, Tone) {
    match status {
        operator::OperatorStatus::Active => ("status-active", Tone::Good),
        operator::OperatorStatus::Inactive => ("status-inactive", Tone::Caution),
        operator::OperatorStatus::Deleted => ("status-deleted", Tone::Bad),
    }
}

/// Returns the fields of an operator's data, with what was sent in them.
async fn fields(signed: &Signed, sent: &Sent, is_new: bool) -> Result<Vec<Field>, Refusal> {
    let text = |id: &str| signed.text(id);
    let definitions = &signed.app.clients.definitions;
    let defined = definitions
        .get(&signed.app.db, signed.organization())
        .await?;
    let held = sent.text("role");
    let mut roles = vec![Choice::new("", text("role-none"), held.is_empty())];
    for (name, role) in defined.iter().flat_map(|defined| defined.roles.iter()) {
        roles.push(Choice {
            hint: role.description.clone(),
            ..Choice::new(name, name, name == held)
        });
    }
    if !roles.iter().any(|role| role.chosen) {
        roles.push(Choice::new(held, held, true));
    }
    let password = Field::password("password", text("password"), "new-password");
    let password_hint = if is_new {
        "operator-password-hint"
    } else {
        "operator-password-change-hint"
    };
    let mut email = Field::line("email", text("email"), sent.text("email"));
    email.control = Control::Line {
        kind: "email",
        autocomplete: "off",
        mode: "email",
    };
    Ok(vec![
        Field::line("name", text("name"), sent.text("name")).required(),
        Field::line("external_id", text("external-id"), sent.text("external_id"))
            .hinted(text("external-id-hint")),
        email,
        Field::controlled("role", text("role"), Control::Select(roles)).hinted(text("role-hint")),
        Field::line("username", text("operator-username"), sent.text("username"))
            .hinted(text("operator-username-hint")),
        password.hinted(text(password_hint)),
        Field::controlled(
            MAKE,
            text("operator-password-make"),
            Control::Check {
                ticked: sent.is_ticked(MAKE),
            },
        ),
    ])
}

/// Returns the errors of a form whose profile has these invalid members.
fn wrong_members(signed: &Signed, faults: Vec<ProfileError>) -> Vec<FormError> {
    let faults = faults.into_iter().map(ManageError::Profile);
    faults.filter_map(|why| error(signed, &why)).collect()
}

/// Returns the error of a form for a reason that a person can do something about.
fn error(signed: &Signed, why: &ManageError) -> Option<FormError> {
    let (field, id) = match why {
        ManageError::Profile(ProfileError::Name) => ("name", "name-wrong"),
        ManageError::Profile(ProfileError::ExternalId) => ("external_id", "external-id-wrong"),
        ManageError::Profile(ProfileError::Email) => ("email", "email-wrong"),
        ManageError::Profile(ProfileError::Role) => ("role", "role-wrong"),
        ManageError::Profile(ProfileError::Username) => ("username", "username-wrong"),
        ManageError::ExternalIdTaken => ("external_id", "external-id-taken"),
        ManageError::EmailTaken => ("email", "email-taken"),
        ManageError::UsernameTaken => ("username", "username-taken"),
        _ => return None,
    };
    Some(FormError::of(signed.language(), Some(field), id))
}

/// Returns the warning that nobody could sign in to the console any more if these operators ended.
/// `None` if somebody could.
async fn last_admins(signed: &Signed, which: Vec<OperatorId>) -> Result<Option<Part>, Refusal> {
    let organization = signed.organization();
    let read = move |conn: &mut Conn| operator::are_last_admins(conn, organization, &which);
    let are_last = signed.app.db.read(read).await?;
    Ok(are_last.then(|| Part::Warning(signed.phrase("operator-last-admin"))))
}
