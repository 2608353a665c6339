//! The service's own webhooks. The pages are those of an organization's webhooks.

use super::gate;
use super::visit::Admin;
use crate::console::gate::Answer;
use crate::console::sent::Sent;
use crate::console::webhooks::{delete, list, new, record};
use crate::http::{Anyone, Call, Endpoint};

pub(in crate::console) const PATH: &str = "/console/platform/webhooks";
pub(in crate::console) const NEW: &str = "/console/platform/webhooks/new";
const RECORD: &str = "/console/platform/webhooks/{id}";
const DELETE: &str = "/console/platform/webhooks/{id}/delete";

/// The endpoints of these pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page(PATH, show_list),
        Endpoint::page(NEW, show_new),
        Endpoint::form(NEW, create),
        Endpoint::page(RECORD, show_record),
        Endpoint::form(RECORD, perform),
        Endpoint::page(DELETE, ask_delete),
        Endpoint::form(DELETE, remove),
    ]
}

async fn show_list(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, list::show::<Admin>).await
}

async fn show_new(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, new::ask::<Admin>).await
}

async fn create(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, new::create::<Admin>).await
}

async fn show_record(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, record::show::<Admin>).await
}

async fn perform(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, record::perform::<Admin>).await
}

async fn ask_delete(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, delete::ask::<Admin>).await
}

async fn remove(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, delete::delete::<Admin>).await
}
