//! The pages about API keys.

mod list;
pub(super) mod new;
pub(super) mod record;
mod revoke;
mod rotate;
mod secret;
mod selected;
mod sparkline;

use super::page::{Cell, FormError, Tone};
use super::refusal::{Problem, Refusal};
use super::visit::Signed;
use crate::api_key::manage::{self, Members};
use crate::api_key::{ApiKey, KeyStatus, LastUse, ManageError, StoredKey};
use crate::base::{ApiKeyId, OperatorId, Timestamp};
use crate::db::Conn;
use crate::http::Endpoint;

pub(super) const PATH: &str = "/console/api-keys";
const NEW: &str = "/console/api-keys/new";
const SELECTED: &str = "/console/api-keys/selected";
const RECORD: &str = "/console/api-keys/{id}";
const ROTATE: &str = "/console/api-keys/{id}/rotate";
const REVOKE: &str = "/console/api-keys/{id}/revoke";

/// The endpoints of these pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page(PATH, list::get),
        Endpoint::page(NEW, new::get),
        Endpoint::form(NEW, new::post),
        Endpoint::page(SELECTED, selected::get),
        Endpoint::form(SELECTED, selected::post),
        Endpoint::page(RECORD, record::get),
        Endpoint::form(RECORD, record::post),
        Endpoint::page(ROTATE, rotate::get),
        Endpoint::form(ROTATE, rotate::post),
        Endpoint::page(REVOKE, revoke::get),
        Endpoint::form(REVOKE, revoke::post),
    ]
}

fn path_of(id: ApiKeyId) -> String {
    format!("{PATH}/{id}")
}

/// A link to a key, with its name.
pub(super) fn key_link(key: &ApiKey) -> Cell {
    Cell::Link {
        href: path_of(key.id),
        name: key.settings.name.clone(),
    }
}

/// Returns the origin of the service, for commands that a person pastes.
pub(super) fn origin(signed: &Signed) -> String {
    let issuer = signed.app.settings.oauth_issuer.clone();
    issuer.unwrap_or_else(|| "https://HOST".to_owned())
}

fn id_of(text: &str) -> Result<ApiKeyId, Refusal> {
    text.parse().map_err(|_| Problem::NotFound.into())
}

/// Returns a key of the organization by the text of a path.
async fn find(signed: &Signed, id: &str) -> Result<(StoredKey, LastUse), Refusal> {
    let (organization, id) = (signed.organization(), id_of(id)?);
    let read = move |conn: &mut _| manage::get(conn, organization, id);
    Ok(signed.app.db.read(read).await?)
}

/// The message for the state of a key, and how it stands out.
fn state(key: &ApiKey, now: Timestamp) -> (&'static str, Tone) {
    match key.status {
        KeyStatus::Revoked => ("state-revoked", Tone::Bad),
        KeyStatus::Quarantined => ("state-quarantined", Tone::Bad),
        KeyStatus::Active if key.settings.expires_at.is_some_and(|end| end <= now) => {
            ("state-expired", Tone::Quiet)
        }
        KeyStatus::Active => ("status-active", Tone::Good),
    }
}

/// The beginning and the end of a key's text.
fn masked(key: &ApiKey) -> String {
    format!("{}…{}", key.start, key.end)
}

/// Returns the errors of a form for everything in these members that cannot be what it says. `fixed`
/// are the operator that the key is bound to, and whether it has a signing secret.
async fn faults(
    signed: &Signed,
    members: &Members,
    fixed: (Option<OperatorId>, bool),
) -> Result<Vec<FormError>, Refusal> {
    let (organization, asked, now) = (signed.organization(), members.clone(), signed.now);
    let read = move |conn: &mut Conn| manage::faults(conn, organization, &asked, fixed, now);
    let faults = signed.app.db.read(read).await?;
    let mut errors: Vec<_> = faults.iter().filter_map(|why| error(signed, why)).collect();
    if members.scopes.as_ref().is_some_and(Vec::is_empty) {
        let missing = FormError::of(signed.language(), Some("scope"), "scope-missing");
        errors.push(missing);
    }
    Ok(errors)
}

/// Returns the error of a form for a reason that a person can do something about.
fn error(signed: &Signed, why: &ManageError) -> Option<FormError> {
    let (field, id) = match why {
        ManageError::Name => (Some("name"), "name-wrong"),
        ManageError::Scope(_) => (Some("scope"), "scope-wrong"),
        ManageError::Past => (Some("expires"), "expires-wrong"),
        ManageError::Allowed(_) => (Some("allowed_ips"), "allowed-wrong"),
        ManageError::TooMany => (None, "keys-too-many"),
        ManageError::Overlap => (Some("overlap"), "overlap-wrong"),
        ManageError::Expired => (None, "key-expired"),
        _ => return None,
    };
    Some(FormError::of(signed.language(), field, id))
}
