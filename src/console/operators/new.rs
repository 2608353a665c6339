//! Adding an operator.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{MAKE, NEW, PATH, error, fields, path_of, wrong_members};
use crate::base::OperatorId;
use crate::console::answers::{Page, redirect};
use crate::console::gate::{self, Answer, Needs};
use crate::console::new_password::{MadePassword, NewPassword};
use crate::console::page::{Form, FormError, Notice, Part, Phrase};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::operator::{self, ManageError, NewOperator, OperatorStatus, PasswordHash, Profile};
use crate::session::console::{self, Claim};

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        form(signed, StatusCode::OK, &Sent::default(), Vec::new()).await
    })
    .await
}

/// Shows the form.
pub(in crate::console) async fn form(
    signed: &Signed,
    status: StatusCode,
    sent: &Sent,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let once = match sent.text("once") {
        "" => Signed::once(),
        once => once.to_owned(),
    };
    let mut form = Form::new("operator", NEW, signed.csrf())
        .hidden("once", once)
        .button("create", signed.text("operator-add"))
        .cancel(PATH, signed.text("cancel"))
        .errors(errors);
    form.fields = fields(signed, sent, true).await?;
    let page = Page::new(
        "operator-new",
        signed.phrase("operator-add"),
        vec![Part::Form(form)],
    );
    signed.answer(&page.with_status(status))
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Admin, create).await
}

/// Returns the password that was typed, or that the service makes because the form asks for one.
/// `None` if it has neither.
///
/// # Errors
/// Returns the error of the form if it has both, or if the text cannot be a password.
pub(super) fn new_password(signed: &Signed) -> Result<Option<NewPassword>, FormError> {
    let sent = &signed.sent;
    match (sent.secret("password"), sent.is_ticked(MAKE)) {
        (None, false) => Ok(None),
        (Some(_), true) => {
            let (field, id) = (Some("password"), "password-typed-and-made");
            Err(FormError::of(signed.language(), field, id))
        }
        (Some(text), false) => NewPassword::typed(signed, text).map(Some),
        (None, true) => NewPassword::made(signed).map(Some),
    }
}

/// Hashes the password of a form. Returns the hash, and the text if the service has made it.
///
/// # Errors
/// Returns the [`Refusal`] if the service cannot hash it now.
pub(super) async fn hashed(
    signed: &Signed,
    new: Option<NewPassword>,
) -> Result<(Option<PasswordHash>, Option<MadePassword>), Refusal> {
    let Some(new) = new else {
        return Ok((None, None));
    };
    let (hash, made) = new.hash(signed, signed.organization()).await?;
    Ok((Some(PasswordHash::new(hash)), made))
}

/// The page with a password that the service has made.
pub(super) fn made_password(
    signed: &Signed,
    id: OperatorId,
    heading: Phrase,
    made: &MadePassword,
) -> Outcome {
    let stored = signed.link(path_of(id), "secret-stored");
    let parts = made.parts(signed, "operator-password-use", stored);
    signed.answer(&Page::new("secret", heading, parts.into()))
}

enum Added {
    New(OperatorId, String),
    Before(Option<String>),
}

async fn create(signed: &Signed) -> Outcome {
    if signed.sent.text("do") != "create" || signed.sent.text("once").is_empty() {
        return gate::unknown_button();
    }
    let sent = &signed.sent;
    // A role, a username and a password widen what somebody may do.
    let widens = ["role", "username", "password", MAKE];
    if widens.iter().any(|name| !sent.text(name).is_empty())
        && let Some(asked) = gate::ask_proof(signed)
    {
        return asked;
    }
    let again = async |errors| form(signed, StatusCode::UNPROCESSABLE_ENTITY, sent, errors).await;
    let profile = Profile {
        name: sent.text("name").trim().to_owned(),
        external_id: sent.optional("external_id"),
        email: sent.optional("email"),
        role: sent.optional("role"),
        username: sent.optional("username"),
        tier: None,
        avatar: None,
    };
    let mut wrong = wrong_members(signed, profile.faults());
    let new = new_password(signed).unwrap_or_else(|error| {
        wrong.push(error);
        None
    });
    if !wrong.is_empty() {
        return again(wrong).await;
    }
    let (password, made) = hashed(signed, new).await?;
    let new = NewOperator {
        profile,
        password,
        status: OperatorStatus::Active,
    };
    let (organization, origin, now) = (signed.organization(), signed.origin.clone(), signed.now);
    let once = sent.text("once").to_owned();
    let add = move |conn: &mut Conn| {
        if let Claim::Again(made) = console::claim(conn, organization, &once, now)? {
            return Ok(Added::Before(made));
        }
        let added = operator::add(conn, organization, new, &origin, now)?;
        console::made(conn, organization, &once, &added.id.to_string())?;
        Ok::<_, ManageError>(Added::New(added.id, added.profile.name))
    };
    match signed.app.db.write(add).await {
        Ok(Added::New(id, name)) => {
            let added = signed.around("operator-added", &name);
            match made {
                Some(made) => made_password(signed, id, added, &made),
                None => signed.done(&path_of(id), Notice::new(added)).await,
            }
        }
        Ok(Added::Before(before)) => {
            let id = before.and_then(|id| id.parse().ok());
            let to = id.map_or_else(|| PATH.to_owned(), path_of);
            match made {
                Some(_) => signed.sent_before(&to).await,
                None => redirect(&to),
            }
        }
        Err(why) => match error(signed, &why) {
            Some(wrong) => again(vec![wrong]).await,
            None => Err(why.into()),
        },
    }
}
