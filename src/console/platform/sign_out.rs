//! Signing out of the platform, and staying signed in.

use super::gate;
use super::visit::Admin;
use crate::console::answers::redirect;
use crate::console::gate::Answer;
use crate::console::sent::Sent;
use crate::console::sign_out::signed_out;
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::platform;

pub(super) const PATH: &str = "/console/platform/sign-out";
pub(super) const KEEP: &str = "/console/platform/session/keep";

/// Ends the session.
pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act_on_own(call, async |admin: &Admin| {
        let (session, origin, now) = (admin.found.session.clone(), admin.origin.clone(), admin.now);
        let end =
            move |conn: &mut Conn| platform::end(conn, session.admin, session.id, &origin, now);
        admin.app.db.write(end).await?;
        signed_out(admin)
    })
    .await
}

/// Counts as a use of the session, and does nothing else.
pub(super) async fn keep(call: Call<Anyone, Sent>) -> Answer {
    gate::act_on_own(call, async |_: &Admin| redirect(super::HOME)).await
}
