//! The pages about organizations: what there are, and what is done to one as a whole. They show
//! nothing of its operators but their number.

mod end;
mod list;
pub(super) mod new;
pub(super) mod password;
pub(super) mod record;

use super::visit::Admin;
use crate::base::OrganizationId;
use crate::console::page::Tone;
use crate::console::refusal::{Problem, Refusal};
use crate::db::Conn;
use crate::http::Endpoint;
use crate::organization::{self, Organization, OrganizationStatus};

pub(in crate::console) const PATH: &str = "/console/platform/organizations";
pub(super) const NEW: &str = "/console/platform/organizations/new";
const RECORD: &str = "/console/platform/organizations/{id}";
const PASSWORD: &str = "/console/platform/organizations/{id}/password";
const SUSPEND: &str = "/console/platform/organizations/{id}/suspend";
const RESUME: &str = "/console/platform/organizations/{id}/resume";
const REVOKE_ALL: &str = "/console/platform/organizations/{id}/revoke-all";

/// The endpoints of these pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page(PATH, list::get),
        Endpoint::page(NEW, new::get),
        Endpoint::form(NEW, new::post),
        Endpoint::page(RECORD, record::get),
        Endpoint::form(RECORD, record::post),
        Endpoint::page(PASSWORD, password::get),
        Endpoint::form(PASSWORD, password::post),
        Endpoint::page(SUSPEND, end::get),
        Endpoint::form(SUSPEND, end::post),
        Endpoint::page(RESUME, end::get),
        Endpoint::form(RESUME, end::post),
        Endpoint::page(REVOKE_ALL, end::get),
        Endpoint::form(REVOKE_ALL, end::post),
    ]
}

fn path_of(id: OrganizationId) -> String {
    format!("{PATH}/{id}")
}

/// Returns an organization by the text of a path.
async fn find(admin: &Admin, id: &str) -> Result<Organization, Refusal> {
    let id: OrganizationId = id.parse().map_err(|_| Problem::NotFound)?;
    let read = move |conn: &mut Conn| organization::find(conn, id);
    let found = admin.app.db.read(read).await?;
    found.ok_or_else(|| Problem::NotFound.into())
}

/// The message for a status, and how it stands out.
const fn status(status: OrganizationStatus) -> (&'static str, Tone) {
    match status {
        OrganizationStatus::Active => ("status-active", Tone::Good),
        OrganizationStatus::Suspended => ("status-suspended", Tone::Bad),
    }
}
