//! Adding an organization.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{NEW, PATH, path_of};
use crate::access::Preset;
use crate::base::OrganizationId;
use crate::console::answers::{Page, redirect};
use crate::console::gate::Answer;
use crate::console::new_password::NewPassword;
use crate::console::page::{Choice, Control, Field, Form, FormError, Notice, Part};
use crate::console::platform::gate;
use crate::console::platform::visit::Admin;
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::Outcome;
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::organization::{self, HashedOrganization, ManageError};
use crate::platform::{self, Claim};
use crate::revocation;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |admin: &Admin| {
        form(admin, StatusCode::OK, &Sent::default(), Vec::new())
    })
    .await
}

/// Shows the form.
pub(in crate::console) fn form(
    admin: &Admin,
    status: StatusCode,
    sent: &Sent,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let text = |id: &str| admin.text(id);
    let once = match sent.text("once") {
        "" => Admin::once(),
        once => once.to_owned(),
    };
    let chosen = sent.text("preset").parse().unwrap_or(Preset::All);
    let presets = Preset::ALL.map(|one| {
        let label = text(preset(one));
        Choice::new(one.as_str(), label, one == chosen)
    });
    let login = Field::line("login", text("login"), sent.text("login")).required();
    let form = Form::new("organization", NEW, admin.csrf())
        .hidden("once", once)
        .field(login.hinted(text("platform-organization-login-hint")))
        .field(Field::line("name", text("name"), sent.text("name")).required())
        .field(password_field(admin))
        .field(Field::controlled(
            "preset",
            text("platform-preset"),
            Control::Radios(presets.into()),
        ))
        .button("create", text("platform-organization-new"))
        .cancel(PATH, text("cancel"))
        .errors(errors);
    let heading = admin.phrase("platform-organization-new");
    let page = Page::new("platform-organization-new", heading, vec![Part::Form(form)]);
    admin.answer(&page.with_status(status))
}

/// The field for a new password, which the service makes if it is empty.
pub(super) fn password_field(admin: &Admin) -> Field {
    let label = admin.text("password");
    Field::password("password", label, "new-password")
        .hinted(admin.text("organization-password-hint"))
}

/// The message for what an organization begins with.
const fn preset(preset: Preset) -> &'static str {
    match preset {
        Preset::All => "platform-preset-all",
        Preset::Sbm => "platform-preset-sbm",
        Preset::Procure => "platform-preset-procure",
        Preset::None => "platform-preset-none",
    }
}

/// Returns the error of a form for a reason that a person can do something about.
fn error(admin: &Admin, why: &ManageError) -> Option<FormError> {
    let (field, id) = match why {
        ManageError::Login => ("login", "platform-organization-login-wrong"),
        ManageError::Name => ("name", "name-wrong"),
        ManageError::Taken => ("login", "platform-organization-login-taken"),
        _ => return None,
    };
    Some(FormError::of(admin.language(), Some(field), id))
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, create).await
}

async fn create(admin: &Admin) -> Outcome {
    let sent = &admin.sent;
    if sent.text("do") != "create" || sent.text("once").is_empty() {
        return gate::unknown_button();
    }
    let Ok(preset) = sent.text("preset").parse::<Preset>() else {
        return gate::unknown_button();
    };
    let refused = |errors| form(admin, StatusCode::UNPROCESSABLE_ENTITY, sent, errors);
    let (login, name) = (sent.text("login").trim(), sent.text("name").trim());
    let mut wrong = Vec::new();
    if let Err(why) = organization::check(login, name) {
        wrong.extend(error(admin, &why));
    }
    let new = NewPassword::typed_or_made(admin).map_err(|error| wrong.push(error));
    let Some(new) = new.ok().filter(|_| wrong.is_empty()) else {
        return refused(wrong);
    };
    let (password_hash, made) = new.hash(admin, OrganizationId::SERVICE).await?;
    let new = HashedOrganization {
        login: login.to_owned(),
        name: name.to_owned(),
        password_hash,
        preset,
    };
    let (once, origin, now) = (
        sent.text("once").to_owned(),
        admin.origin.clone(),
        admin.now,
    );
    let add = move |conn: &mut Conn| {
        if let Claim::Again(made) = platform::claim(conn, &once, now)? {
            return Ok((Err(made), Vec::new()));
        }
        let (id, entries) = organization::write_new(conn, new, &origin, now)?;
        platform::made(conn, &once, &id.to_string())?;
        Ok::<_, ManageError>((Ok(id), entries))
    };
    let feed = admin.app.nodes.feed.clone();
    let id = match revocation::commit_here(&admin.app.db, feed, add).await {
        Ok((Ok(id), _)) => id,
        Ok((Err(made), _)) => {
            let id = made.and_then(|id| id.parse().ok());
            return match id {
                Some(id) => admin.sent_before(&path_of(id)).await,
                None => redirect(PATH),
            };
        }
        Err(why) => {
            return match error(admin, &why) {
                Some(wrong) => refused(vec![wrong]),
                None => Err(why.into()),
            };
        }
    };
    let Some(made) = made else {
        let notice = Notice::new(admin.around("platform-organization-added", name));
        return admin.done(&path_of(id), notice).await;
    };
    let heading = admin.around("platform-organization-added", name);
    let stored = admin.link(path_of(id), "secret-stored");
    let parts = made.parts(admin, "organization-password-use", stored);
    admin.answer(&Page::new("secret", heading, parts.into()))
}
