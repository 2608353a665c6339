//! Adding an operator.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{NEW, PATH, error, fields, path_of};
use crate::base::OperatorId;
use crate::console::answers::{Page, redirect};
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Form, FormError, Notice, Part};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::{self, Conn};
use crate::http::{Anyone, ApiError, Call};
use crate::operator::password::{self, NewPasswordError};
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

/// Returns the hash of the password that was typed. `None` if none was.
///
/// # Errors
/// Returns the error of the form, or why the service cannot answer.
pub(super) async fn hash(
    signed: &Signed,
) -> Result<Option<PasswordHash>, Result<FormError, Refusal>> {
    let Some(text) = signed.sent.secret("password") else {
        return Ok(None);
    };
    let organization = signed.organization();
    let hashed = password::hash(&signed.app, organization, text).await;
    hashed.map(Some).map_err(|why| match why {
        NewPasswordError::Invalid(why) => {
            let id = crate::console::account::password::wrong(why);
            Ok(FormError::of(signed.language(), Some("password"), id))
        }
        NewPasswordError::Busy => Err(ApiError::unavailable().into()),
        NewPasswordError::Hash(why) => Err(db::Error::Internal(why).into()),
    })
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
    let widens = ["role", "username", "password"];
    if widens.iter().any(|name| !sent.text(name).is_empty())
        && let Some(asked) = gate::ask_proof(signed)
    {
        return asked;
    }
    let again = async |errors| form(signed, StatusCode::UNPROCESSABLE_ENTITY, sent, errors).await;
    let password = match hash(signed).await {
        Ok(password) => password,
        Err(Ok(wrong)) => return again(vec![wrong]).await,
        Err(Err(refusal)) => return Err(refusal),
    };
    let new = NewOperator {
        profile: Profile {
            name: sent.text("name").trim().to_owned(),
            external_id: sent.optional("external_id"),
            email: sent.optional("email"),
            role: sent.optional("role"),
            username: sent.optional("username"),
            tier: None,
            avatar: None,
        },
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
            let notice = Notice::new(signed.around("operator-added", &name));
            signed.done(&path_of(id), notice).await
        }
        Ok(Added::Before(made)) => {
            let id = made.and_then(|id| id.parse().ok());
            redirect(&id.map_or_else(|| PATH.to_owned(), path_of))
        }
        Err(why) => match error(signed, &why) {
            Some(wrong) => again(vec![wrong]).await,
            None => Err(why.into()),
        },
    }
}
