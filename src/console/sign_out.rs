//! Signing out, and staying signed in.

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use serde::Serialize;

use super::answers::redirect;
use super::gate::{self, Answer, Needs};
use super::page::Ends;
use super::sent::Sent;
use super::sign_in;
use super::visit::Signed;
use crate::http::{Anyone, Call};
use crate::session::console::{self, Cookie, CookieName};

pub(super) const PATH: &str = "/console/sign-out";
pub(super) const KEEP: &str = "/console/session/keep";

/// Ends the session. With `Clear-Site-Data` and `no-store`, going back shows no page of it.
pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Session, async |signed: &Signed| {
        let (session, origin) = (signed.found.session.clone(), signed.origin.clone());
        let now = signed.now;
        let end = move |conn: &mut _| console::sign_out(conn, &session, &origin, now);
        signed.app.db.write(end).await?;
        let removed = Cookie::removed(CookieName::Session, signed.is_https);
        signed.set.borrow_mut().push(removed);
        let mut response = redirect(&format!("{}?signed-out=1", sign_in::PATH))?;
        let name = actix_web::http::header::HeaderName::from_static("clear-site-data");
        let cache = actix_web::http::header::HeaderValue::from_static("\"cache\"");
        response.headers_mut().insert(name, cache);
        Ok(response)
    })
    .await
}

/// When the session ends, for the script that asks about it.
#[derive(Serialize)]
struct Kept {
    /// In how many seconds.
    seconds: i64,
    /// The same in words.
    text: String,
}

/// Counts as a use of the session, and does nothing else. Only a script sends this form.
pub(super) async fn keep(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Session, async |signed: &Signed| {
        let Ends { seconds, text, .. } = signed.ends(true);
        let mut response = HttpResponse::Ok();
        response.insert_header((CACHE_CONTROL, "no-store"));
        Ok(response.json(Kept { seconds, text }))
    })
    .await
}
