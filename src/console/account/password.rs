//! Changing one's own password.

use actix_web::http::StatusCode;

use super::{PASSWORD, PATH};
use crate::console::answers::Page;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Field, Form, FormError, Notice, Part};
use crate::console::refusal::Problem;
use crate::console::sent::Sent;
use crate::console::sign_in::{set_wait, throttled};
use crate::console::visit::{Outcome, Signed};
use crate::db;
use crate::http::{Anyone, ApiError, Call};
use crate::login::LoginError;
use crate::operator::password::{ChangeError, NewPasswordError, change_own};
use crate::password::PasswordError;
use crate::session;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |signed: &Signed| {
        form(signed, StatusCode::OK, Vec::new())
    })
    .await
}

/// The message for a password that cannot be taken.
pub(in crate::console) const fn wrong(why: PasswordError) -> &'static str {
    match why {
        PasswordError::Empty => "password-new-missing",
        PasswordError::TooLong => "password-new-too-long",
        PasswordError::Nul => "password-new-unusable",
    }
}

fn form(signed: &Signed, status: StatusCode, errors: Vec<FormError>) -> Outcome {
    if signed.found.operator().is_none() {
        // The password of an organization is set by the command line only.
        return Err(Problem::NotFound.into());
    }
    let text = |id: &str| signed.text(id);
    let form = Form::new("password-form", PASSWORD, signed.csrf())
        .field(Field::password("current", text("password-current"), "current-password").required())
        .field(
            Field::password("new", text("password-new"), "new-password")
                .required()
                .hinted(text("password-new-hint")),
        )
        .button("save", text("password-button"))
        .cancel(PATH, text("cancel"))
        .errors(errors);
    let parts = vec![
        Part::Lead(signed.phrase("console-password-lead")),
        Part::Form(form),
    ];
    let heading = signed.phrase("password-heading");
    signed.answer(&Page::new("account-password", heading, parts).with_status(status))
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Proof, save).await
}

async fn save(signed: &Signed) -> Outcome {
    if signed.sent.text("do") != "save" {
        return gate::unknown_button();
    }
    let again = |field, id: &str| {
        let error = FormError::of(signed.language(), Some(field), id);
        form(signed, StatusCode::UNPROCESSABLE_ENTITY, vec![error])
    };
    let (current, new) = (signed.sent.secret("current"), signed.sent.secret("new"));
    let Some(current) = current else {
        return again("current", "password-current-missing");
    };
    let Some(new) = new else {
        return again("new", "password-new-missing");
    };
    let (claims, origin) = (signed.claims(), signed.origin.clone());
    let others = session::end_others(&signed.app, &claims);
    match change_own(&signed.app, claims, current, new, origin, others).await {
        Ok(_) => {
            let notice = Notice::new(signed.phrase("password-changed-notice"));
            signed.done(PATH, notice).await
        }
        Err(ChangeError::Login(LoginError::Refused)) => again("current", "password-current-wrong"),
        Err(ChangeError::Login(LoginError::Throttled(wait))) => {
            let status = StatusCode::TOO_MANY_REQUESTS;
            let mut page = form(signed, status, vec![throttled(signed, wait)])?;
            set_wait(&mut page, wait);
            Ok(page)
        }
        Err(ChangeError::New(NewPasswordError::Invalid(why))) => again("new", wrong(why)),
        Err(ChangeError::New(NewPasswordError::Busy)) => Err(ApiError::unavailable().into()),
        Err(ChangeError::New(NewPasswordError::Hash(why))) => Err(db::Error::Internal(why).into()),
        Err(ChangeError::Login(other)) => Err(ApiError::from(other).into()),
        Err(ChangeError::Revoked) => Err(Problem::Changed.into()),
        Err(ChangeError::Manage(why)) => Err(why.into()),
    }
}
