//! Setting the password of the organization. The sessions of its own account end with the old one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{PASSWORD, PATH};
use crate::console::answers::{Page, response};
use crate::console::gate::{self, Answer, Needs};
use crate::console::new_password::{MadePassword, NewPassword};
use crate::console::page::{Action, Field, Form, FormError, Notice, Part, Phrase};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::sign_in;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::organization::{self, ManageError};
use crate::session::console::{self, Claim};

pub(in crate::console) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        form(signed, StatusCode::OK, Vec::new())
    })
    .await
}

fn form(
    signed: &Signed,
    status: StatusCode,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let field = Field::password("password", signed.text("password"), "new-password");
    let form = Form::new("password-form", PASSWORD, signed.csrf())
        .hidden("once", Signed::once())
        .field(field.hinted(signed.text("organization-password-hint")))
        .button("save", signed.text("organization-password-set"))
        .cancel(PATH, signed.text("cancel"))
        .errors(errors);
    let parts = vec![
        Part::Lead(signed.phrase("organization-password-lead")),
        Part::Form(form),
    ];
    let name = &signed.found.organization.name;
    let heading = signed.around("organization-password-heading", name);
    signed.answer(&Page::new("organization-password", heading, parts).with_status(status))
}

pub(in crate::console) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::AdminAndProof, save).await
}

async fn save(signed: &Signed) -> Outcome {
    let sent = &signed.sent;
    if sent.text("do") != "save" || sent.text("once").is_empty() {
        return gate::unknown_button();
    }
    let new = match NewPassword::typed_or_made(signed) {
        Ok(new) => new,
        Err(wrong) => return form(signed, StatusCode::UNPROCESSABLE_ENTITY, vec![wrong]),
    };
    let organization = &signed.found.organization;
    let id = organization.id;
    let (hash, made) = new.hash(signed, id).await?;
    let (once, origin, now) = (
        sent.text("once").to_owned(),
        signed.origin.clone(),
        signed.now,
    );
    let write = move |conn: &mut Conn| {
        if console::claim(conn, id, &once, now)? != Claim::First {
            return Ok(false);
        }
        organization::write_password(conn, id, &hash, &origin, now)?;
        Ok::<_, ManageError>(true)
    };
    if !signed.app.db.write(write).await? {
        return signed.sent_before(PATH).await;
    }
    let done = signed.around("organization-password-done", &organization.name);
    if signed.found.operator().is_none() {
        return signed_out(signed, done, made.as_ref());
    }
    let Some(made) = made else {
        return signed.done(PATH, Notice::new(done)).await;
    };
    let stored = signed.link(PATH, "secret-stored");
    let parts = made.parts(signed, "organization-password-use", stored);
    signed.answer(&Page::new("secret", done, parts.into()))
}

/// The page for the organization's own account: its session has ended with the old password.
fn signed_out(signed: &Signed, done: Phrase, made: Option<&MadePassword>) -> Outcome {
    signed.take_away();
    let lead = signed.phrase("organization-password-signed-out");
    let mut parts = vec![Part::Lead(lead)];
    let name = if let Some(made) = made {
        let stored = signed.link(sign_in::PATH, "secret-stored");
        parts.extend(made.parts(signed, "organization-password-use", stored));
        "secret"
    } else {
        parts.push(Part::Actions(vec![Action {
            link: signed.link(sign_in::PATH, "sign-in-button"),
            primary: true,
        }]));
        "organization-password-set"
    };
    response(signed, None, &Page::new(name, done, parts), None)
}
