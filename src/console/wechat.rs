//! The pages about WeChat apps. The secret of an app is written here, and never shown.

mod list;
pub(super) mod new;
pub(super) mod record;
mod remove;

use super::page::{Choice, Control, Field, FormError};
use super::refusal::Refusal;
use super::sent::Sent;
use super::visit::Signed;
use crate::http::Endpoint;
use crate::wechat::{self, ManageError, Members, OnUnknown, WechatApp};

pub(super) const PATH: &str = "/console/wechat";
const NEW: &str = "/console/wechat/new";
const RECORD: &str = "/console/wechat/apps/{id}";
const REMOVE: &str = "/console/wechat/apps/{id}/remove";

/// The endpoints of these pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page(PATH, list::get),
        Endpoint::page(NEW, new::get),
        Endpoint::form(NEW, new::post),
        Endpoint::page(RECORD, record::get),
        Endpoint::form(RECORD, record::post),
        Endpoint::page(REMOVE, remove::get),
        Endpoint::form(REMOVE, remove::post),
    ]
}

/// Returns the page of an app. The id of an app needs no encoding.
pub(super) fn path_of(app_id: &str) -> String {
    format!("{PATH}/apps/{app_id}")
}

async fn find(signed: &Signed, app_id: &str) -> Result<WechatApp, Refusal> {
    let (organization, app_id) = (signed.organization(), app_id.to_owned());
    let read = move |conn: &mut _| wechat::get(conn, organization, &app_id);
    Ok(signed.app.db.read(read).await?)
}

/// The message for what happens when a person signs in for the first time.
const fn on_unknown(one: OnUnknown) -> &'static str {
    match one {
        OnUnknown::Create => "wechat-create",
        OnUnknown::Refuse => "wechat-refuse",
    }
}

/// Returns the fields of an app, with what was sent in them. The secret is always empty.
fn fields(signed: &Signed, sent: &Sent, is_new: bool) -> Vec<Field> {
    let text = |id: &str| signed.text(id);
    let secret = Field::password("secret", text("wechat-secret"), "off");
    let secret = if is_new {
        secret.required().hinted(text("wechat-secret-hint"))
    } else {
        secret.hinted(text("wechat-secret-change-hint"))
    };
    let chosen = match sent.text("on_unknown") {
        "" => OnUnknown::Create.as_str(),
        other => other,
    };
    let choices = OnUnknown::ALL.map(|one| {
        let word = one.as_str();
        Choice::new(word, text(on_unknown(one)), word == chosen)
    });
    vec![
        secret,
        Field::controlled(
            "on_unknown",
            text("wechat-unknown"),
            Control::Radios(choices.into()),
        ),
        Field::line("role", text("wechat-role"), sent.text("role"))
            .hinted(text("wechat-role-hint")),
    ]
}

/// Reads what was sent. `None` if a choice is none of those that there are.
fn members(sent: &Sent) -> Option<Members> {
    Some(Members {
        secret: sent.secret("secret"),
        on_unknown: Some(sent.text("on_unknown").parse().ok()?),
        role: sent.optional("role"),
    })
}

/// Returns the error of a form for a reason that a person can do something about.
fn error(signed: &Signed, why: &ManageError) -> Option<FormError> {
    let (field, id) = match why {
        ManageError::AppId => (Some("app_id"), "wechat-app-id-wrong"),
        ManageError::Taken => (Some("app_id"), "wechat-app-id-taken"),
        ManageError::Secret => (Some("secret"), "wechat-secret-wrong"),
        ManageError::Role => (Some("role"), "wechat-role-wrong"),
        ManageError::Privileged(_) => (Some("role"), "wechat-role-privileged"),
        ManageError::TooMany => (None, "wechat-too-many"),
        _ => return None,
    };
    Some(FormError::of(signed.language(), field, id))
}
