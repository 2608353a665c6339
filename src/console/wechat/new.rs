//! Adding a WeChat app.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{NEW, PATH, error, fields, members, path_of};
use crate::console::answers::{Page, redirect};
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Field, Form, FormError, Notice, Part};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::session::console::{self, Claim};
use crate::wechat::{self, ManageError, NewApp};

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        form(signed, StatusCode::OK, &Sent::default(), Vec::new())
    })
    .await
}

/// Shows the form.
pub(in crate::console) fn form(
    signed: &Signed,
    status: StatusCode,
    sent: &Sent,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let once = match sent.text("once") {
        "" => Signed::once(),
        once => once.to_owned(),
    };
    let app_id = Field::line("app_id", signed.text("wechat-app-id"), sent.text("app_id"));
    let mut form = Form::new("wechat-app", NEW, signed.csrf())
        .hidden("once", once)
        .field(app_id.required().hinted(signed.text("wechat-app-id-hint")))
        .button("create", signed.text("wechat-new"))
        .cancel(PATH, signed.text("cancel"))
        .errors(errors);
    form.fields.extend(fields(signed, sent, true));
    let heading = signed.phrase("wechat-new");
    signed.answer(&Page::new("wechat-new", heading, vec![Part::Form(form)]).with_status(status))
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::AdminAndProof, create).await
}

async fn create(signed: &Signed) -> Outcome {
    let sent = &signed.sent;
    let Some(members) = members(sent).filter(|_| sent.text("do") == "create") else {
        return gate::unknown_button();
    };
    if sent.text("once").is_empty() {
        return gate::unknown_button();
    }
    let new = NewApp {
        app_id: sent.text("app_id").trim().to_owned(),
        members,
    };
    let (organization, origin, now) = (signed.organization(), signed.origin.clone(), signed.now);
    let once = sent.text("once").to_owned();
    let keys = Arc::clone(&signed.app.tokens.keys);
    let path = path_of(&new.app_id);
    let add = move |conn: &mut Conn| {
        if let Claim::Again(_) = console::claim(conn, organization, &once, now)? {
            return Ok(None);
        }
        let app = wechat::add(conn, organization, &new, keys.masters(), &origin, now)?;
        console::made(conn, organization, &once, &app.app_id)?;
        Ok::<_, ManageError>(Some(app))
    };
    match signed.app.db.write(add).await {
        Ok(Some(app)) => {
            let notice = Notice::new(signed.around("wechat-added", &app.app_id));
            signed.done(&path, notice).await
        }
        // The form was sent before.
        Ok(None) => redirect(PATH),
        Err(why) => match error(signed, &why) {
            Some(wrong) => form(signed, StatusCode::UNPROCESSABLE_ENTITY, sent, vec![wrong]),
            None => Err(why.into()),
        },
    }
}
