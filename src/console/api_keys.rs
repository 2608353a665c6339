//! The pages about API keys.

mod list;
pub(super) mod new;
pub(super) mod record;
mod revoke;
mod rotate;
mod selected;
mod sparkline;

use actix_web::http::Method;

use super::page::{Cell, FormError, Tone};
use super::refusal::{Problem, Refusal};
use super::visit::Signed;
use crate::api_key::{ApiKey, KeyStatus, LastUse, ManageError, StoredKey, manage};
use crate::base::{ApiKeyId, Timestamp};
use crate::http::Endpoint;

pub(super) const PATH: &str = "/console/api-keys";
const NEW: &str = "/console/api-keys/new";
const SELECTED: &str = "/console/api-keys/selected";
const RECORD: &str = "/console/api-keys/{id}";
const ROTATE: &str = "/console/api-keys/{id}/rotate";
const REVOKE: &str = "/console/api-keys/{id}/revoke";

/// The endpoints of these pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let (get, post) = (Method::GET, Method::POST);
    vec![
        Endpoint::hidden(PATH, get.clone(), list::get),
        Endpoint::hidden(NEW, get.clone(), new::get),
        Endpoint::hidden(NEW, post.clone(), new::post),
        Endpoint::hidden(SELECTED, get.clone(), selected::get),
        Endpoint::hidden(SELECTED, post.clone(), selected::post),
        Endpoint::hidden(RECORD, get.clone(), record::get),
        Endpoint::hidden(RECORD, post.clone(), record::post),
        Endpoint::hidden(ROTATE, get.clone(), rotate::get),
        Endpoint::hidden(ROTATE, post.clone(), rotate::post),
        Endpoint::hidden(REVOKE, get, revoke::get),
        Endpoint::hidden(REVOKE, post, revoke::post),
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
