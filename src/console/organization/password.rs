//! Setting the password of the organization. The sessions of its own account end with the old one.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use secrecy::ExposeSecret;

use super::{PASSWORD, PATH};
use crate::console::account::password::wrong;
use crate::console::answers::{Page, redirect};
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Field, Form, FormError, Notice, Part, Secret};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::sign_in;
use crate::console::visit::{Outcome, Signed};
use crate::db::{self, Conn};
use crate::http::{Anyone, ApiError, Call};
use crate::operator::password::NewPasswordError;
use crate::organization::{self, ManageError};
use crate::password::Password;
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
    let typed = sent.secret("password");
    let made = typed.is_none();
    let text = typed.unwrap_or_else(Password::draw);
    let shown = text.expose_secret().to_owned();
    let organization = &signed.found.organization;
    let id = organization.id;
    let hash = match organization::hash(&signed.app, id, text).await {
        Ok(hash) => hash,
        Err(NewPasswordError::Invalid(why)) => {
            let error = FormError::of(signed.language(), Some("password"), wrong(why));
            return form(signed, StatusCode::UNPROCESSABLE_ENTITY, vec![error]);
        }
        Err(NewPasswordError::Busy) => return Err(ApiError::unavailable().into()),
        Err(NewPasswordError::Hash(why)) => return Err(db::Error::Internal(why).into()),
    };
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
    // The session of the organization's own account has ended.
    let has_ended = signed.found.operator().is_none();
    let done = signed.around("organization-password-done", &organization.name);
    if made {
        let parts = vec![
            Part::Text(signed.phrase("organization-password-use")),
            Part::Secret(Secret {
                label: signed.text("password"),
                text: shown,
                second: None,
                curl: None,
                stored: signed.link(PATH, "secret-stored"),
            }),
        ];
        return signed.answer(&Page::new("secret", done, parts));
    }
    if has_ended {
        return redirect(sign_in::PATH);
    }
    signed.done(PATH, Notice::new(done)).await
}
