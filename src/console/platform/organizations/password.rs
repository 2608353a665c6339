//! Setting the password of an organization.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::new::password_field;
use super::{find, path_of};
use crate::console::answers::Page;
use crate::console::gate::Answer;
use crate::console::new_password::NewPassword;
use crate::console::page::{Form, FormError, Notice, Part};
use crate::console::platform::gate;
use crate::console::platform::visit::Admin;
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::Outcome;
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::organization::{self, ManageError, Organization};
use crate::platform::{self, Claim};

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |admin: &Admin| {
        let organization = find(admin, &admin.id).await?;
        form(admin, StatusCode::OK, &organization, Vec::new())
    })
    .await
}

fn form(
    admin: &Admin,
    status: StatusCode,
    organization: &Organization,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let record = path_of(organization.id);
    let form = Form::new("password-form", format!("{record}/password"), admin.csrf())
        .hidden("once", Admin::once())
        .field(password_field(admin))
        .button("save", admin.text("organization-password-set"))
        .cancel(record, admin.text("cancel"))
        .errors(errors);
    let parts = vec![
        Part::Lead(admin.phrase("organization-password-lead")),
        Part::Form(form),
    ];
    let heading = admin.around("organization-password-heading", &organization.name);
    let page = Page::new("platform-organization-password", heading, parts);
    admin.answer(&page.with_status(status))
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, save).await
}

async fn save(admin: &Admin) -> Outcome {
    let sent = &admin.sent;
    if sent.text("do") != "save" || sent.text("once").is_empty() {
        return gate::unknown_button();
    }
    let organization = find(admin, &admin.id).await?;
    let new = match NewPassword::typed_or_made(admin) {
        Ok(new) => new,
        Err(wrong) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return form(admin, status, &organization, vec![wrong]);
        }
    };
    let (hash, made) = new.hash(admin, organization.id).await?;
    let (id, once) = (organization.id, sent.text("once").to_owned());
    let (origin, now) = (admin.origin.clone(), admin.now);
    let write = move |conn: &mut Conn| {
        if platform::claim(conn, &once, now)? != Claim::First {
            return Ok(false);
        }
        organization::write_password(conn, id, &hash, &origin, now)?;
        Ok::<_, ManageError>(true)
    };
    if !admin.app.db.write(write).await? {
        return admin.sent_before(&path_of(id)).await;
    }
    let done = admin.around("organization-password-done", &organization.name);
    let Some(made) = made else {
        return admin.done(&path_of(id), Notice::new(done)).await;
    };
    let stored = admin.link(path_of(id), "secret-stored");
    let parts = made.parts(admin, "organization-password-use", stored);
    admin.answer(&Page::new("secret", done, parts.into()))
}
