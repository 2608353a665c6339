//! Signing out, and staying signed in.

use super::answers::redirect;
use super::gate::{self, Answer, Needs};
use super::overview;
use super::sent::Sent;
use super::visit::{Outcome, Signed, Visit};
use crate::http::{Anyone, Call};
use crate::session::console;

pub(super) const PATH: &str = "/console/sign-out";
pub(super) const KEEP: &str = "/console/session/keep";

/// Ends the session. With `Clear-Site-Data` and `no-store`, going back shows no page of it.
pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Session, async |signed: &Signed| {
        let (session, origin) = (signed.found.session.clone(), signed.origin.clone());
        let now = signed.now;
        let end = move |conn: &mut _| console::sign_out(conn, &session, &origin, now);
        signed.app.db.write(end).await?;
        signed_out(signed)
    })
    .await
}

/// Leads a browser whose session was ended to the sign-in page.
pub(super) fn signed_out(visit: &Visit) -> Outcome {
    visit.take_away();
    let mut response = redirect(&format!("{}?signed-out=1", visit.area.sign_in()))?;
    let name = actix_web::http::header::HeaderName::from_static("clear-site-data");
    let cache = actix_web::http::header::HeaderValue::from_static("\"cache\"");
    response.headers_mut().insert(name, cache);
    Ok(response)
}

/// Counts as a use of the session, and does nothing else.
pub(super) async fn keep(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Session, async |_: &Signed| {
        redirect(overview::PATH)
    })
    .await
}
