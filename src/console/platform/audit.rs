//! The audit log of the platform: what was done to the service itself, and to an organization as a
//! whole. The pages are those of an organization's audit log.

use super::gate;
use super::visit::Admin;
use crate::console::audit_log::{self, export};
use crate::console::gate::Answer;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Visit};
use crate::http::{Anyone, Call, Endpoint};

pub(in crate::console) const PATH: &str = "/console/platform/audit";
pub(in crate::console) const EXPORT: &str = "/console/platform/audit/export";

/// The endpoints of these pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page(PATH, get),
        Endpoint::page(EXPORT, get_export),
    ]
}

async fn get(call: Call<Anyone, Sent>) -> Answer {
    let visit = Visit::of(&call)?;
    let is_use = !audit_log::follows(&visit);
    gate::show_as(visit, is_use, audit_log::show::<Admin>).await
}

async fn get_export(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, write).await
}

async fn write(admin: &Admin) -> Outcome {
    export::export(admin, "platform").await
}
