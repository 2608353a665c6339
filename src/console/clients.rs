//! The pages about OAuth clients.

mod end;
mod fields;
mod list;
pub(super) mod new;
pub(super) mod record;
mod secrets;
mod settings;
mod tokens;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::page::{Cell, Tone};
use super::refusal::{Problem, Refusal};
use super::visit::Signed;
use crate::base::ClientId;
use crate::client::{AuthMethod, ClientStatus, GrantType, Registered, manage};
use crate::http::Endpoint;

pub(super) const PATH: &str = "/console/oauth-clients";
const NEW: &str = "/console/oauth-clients/new";
const RECORD: &str = "/console/oauth-clients/{id}";
const SECRETS: &str = "/console/oauth-clients/{id}/secrets";
const TOKENS: &str = "/console/oauth-clients/{id}/tokens";
const REVOKE: &str = "/console/oauth-clients/{id}/revoke-all";
const DISABLE: &str = "/console/oauth-clients/{id}/disable";
const ENABLE: &str = "/console/oauth-clients/{id}/enable";
const DELETE: &str = "/console/oauth-clients/{id}/delete";

/// The endpoints of these pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let mut endpoints = vec![
        Endpoint::page(PATH, list::get),
        Endpoint::page(NEW, new::get),
        Endpoint::form(NEW, new::post),
        Endpoint::page(RECORD, record::get),
        Endpoint::form(RECORD, record::post),
        Endpoint::page(SECRETS, secrets::get),
        Endpoint::form(SECRETS, secrets::post),
        Endpoint::page(TOKENS, tokens::get),
    ];
    for path in [REVOKE, DISABLE, ENABLE, DELETE] {
        endpoints.push(Endpoint::page(path, end::get));
        endpoints.push(Endpoint::form(path, end::post));
    }
    endpoints
}

/// What stands in a path as it is (RFC 3986, section 2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Returns the page of a client.
pub(super) fn path_of(id: &str) -> String {
    format!("{PATH}/{}", utf8_percent_encode(id, RESERVED))
}

/// Reads the id in a path. Whatever the router left encoded is decoded.
fn id_of(text: &str) -> Result<ClientId, Refusal> {
    let text = percent_decode_str(text).decode_utf8();
    let id = text.ok().and_then(|text| text.parse().ok());
    id.ok_or_else(|| Problem::NotFound.into())
}

/// Returns a client of the organization by the text of a path.
async fn find(signed: &Signed, id: &str) -> Result<Registered, Refusal> {
    let (organization, id) = (signed.organization(), id_of(id)?);
    let read = move |conn: &mut _| manage::get(conn, organization, &id);
    Ok(signed.app.db.read(read).await?)
}

/// The message for a status, and how it stands out.
const fn status(status: ClientStatus) -> (&'static str, Tone) {
    match status {
        ClientStatus::Active => ("status-active", Tone::Good),
        ClientStatus::Disabled => ("client-disabled-status", Tone::Caution),
        ClientStatus::Deleted => ("status-deleted", Tone::Bad),
    }
}

/// The message for how a client proves who it is.
const fn kind(method: AuthMethod) -> &'static str {
    match method {
        AuthMethod::ClientSecret => "client-kind-secret",
        AuthMethod::None => "client-kind-public",
        AuthMethod::PrivateKeyJwt => "client-kind-key",
    }
}

/// The grants of a client, in the words of the RFCs.
fn grants(grants: &[GrantType]) -> Vec<Cell> {
    let mut cells = Vec::new();
    for grant in grants {
        if !cells.is_empty() {
            cells.push(Cell::Break);
        }
        cells.push(Cell::Word(grant.as_str().to_owned()));
    }
    cells
}
