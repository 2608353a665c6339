//! The pages about organizations: what there are, and what is done to one as a whole. They show
//! nothing of its operators but their number.

mod end;
mod list;
pub(super) mod new;
pub(super) mod password;
pub(super) mod record;

use actix_web::http::Method;

use super::visit::Admin;
use crate::base::OrganizationId;
use crate::console::page::{Part, Secret, Tone};
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
    let (get, post) = (Method::GET, Method::POST);
    vec![
        Endpoint::hidden(PATH, get.clone(), list::get),
        Endpoint::hidden(NEW, get.clone(), new::get),
        Endpoint::hidden(NEW, post.clone(), new::post),
        Endpoint::hidden(RECORD, get.clone(), record::get),
        Endpoint::hidden(RECORD, post.clone(), record::post),
        Endpoint::hidden(PASSWORD, get.clone(), password::get),
        Endpoint::hidden(PASSWORD, post.clone(), password::post),
        Endpoint::hidden(SUSPEND, get.clone(), end::get),
        Endpoint::hidden(SUSPEND, post.clone(), end::post),
        Endpoint::hidden(RESUME, get.clone(), end::get),
        Endpoint::hidden(RESUME, post.clone(), end::post),
        Endpoint::hidden(REVOKE_ALL, get, end::get),
        Endpoint::hidden(REVOKE_ALL, post, end::post),
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

/// The part with a password that the service has made.
fn made_password(admin: &Admin, text: &str, id: OrganizationId) -> Part {
    Part::Secret(Secret {
        label: admin.text("password"),
        text: text.to_owned(),
        second: None,
        curl: None,
        stored: admin.link(path_of(id), "secret-stored"),
    })
}
