//! Issuing a further company token.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{NEW, PATH, record_of};
use crate::company::{self, NewToken, NewTokenError};
use crate::console::answers::Page;
use crate::console::gate::{self, Answer, Needs};
use crate::console::operators::issue::{label_of, note_field};
use crate::console::page::{Field, Form, FormError, Part, Phrase, Secret};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::issue::Recorded;
use crate::session::console::{self, Claim};

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        form(signed, StatusCode::OK, &Sent::default(), Vec::new())
    })
    .await
}

/// The field of a label.
pub(super) fn label_field(signed: &Signed, value: &str) -> Field {
    Field::line("label", signed.text("label"), value).hinted(signed.text("label-hint"))
}

/// Shows the form.
pub(in crate::console) fn form(
    signed: &Signed,
    status: StatusCode,
    sent: &Sent,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let form = Form::new("company-token", NEW, signed.csrf())
        .hidden("once", Signed::once())
        .field(label_field(signed, sent.text("label")))
        .field(note_field(signed, sent))
        .button("create", signed.text("token-issue"))
        .cancel(PATH, signed.text("cancel"))
        .errors(errors);
    let parts = vec![
        Part::Lead(signed.phrase("company-token-new-lead")),
        Part::Form(form),
    ];
    let heading = signed.phrase("company-token-new");
    signed.answer(&Page::new("company-token-new", heading, parts).with_status(status))
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::AdminAndProof, create).await
}

async fn create(signed: &Signed) -> Outcome {
    let sent = &signed.sent;
    if sent.text("do") != "create" || sent.text("once").is_empty() {
        return gate::unknown_button();
    }
    let (label, note) = (label_of(sent, "label"), label_of(sent, "note"));
    let (Ok(label), Ok(note)) = (&label, &note) else {
        let wrong = |field| FormError::of(signed.language(), Some(field), "label-wrong");
        let label = label.is_err().then(|| wrong("label"));
        let note = note.is_err().then(|| wrong("note"));
        let errors = label.into_iter().chain(note).collect();
        return form(signed, StatusCode::UNPROCESSABLE_ENTITY, sent, errors);
    };
    let (organization, now) = (signed.organization(), signed.now);
    let new = NewToken {
        organization,
        label: label.clone(),
        note: note.clone(),
        session: Some(signed.claims()),
        rev: signed.rev,
        kid: signed.app.tokens.issuer.active_key(),
    };
    let (origin, once) = (signed.origin.clone(), sent.text("once").to_owned());
    let issue = move |conn: &mut Conn| {
        if let Claim::Again(made) = console::claim(conn, organization, &once, now)? {
            return Ok(Err(made));
        }
        let recorded = company::issue(conn, &new, &origin, now)?;
        let jti = recorded.claims().jti.to_string();
        console::made(conn, organization, &once, &jti)?;
        Ok::<_, NewTokenError>(Ok(recorded))
    };
    match signed.app.db.write(issue).await? {
        Ok(recorded) => secret(signed, &recorded, "company-token-issued"),
        Err(made) => {
            let jti = made.and_then(|id| id.parse().ok());
            let to = jti.map_or_else(|| PATH.to_owned(), record_of);
            signed.sent_before(&to).await
        }
    }
}

/// The page with the text of a company token, which is shown once.
pub(super) fn secret(signed: &Signed, recorded: &Recorded, heading: &str) -> Outcome {
    let text = signed.app.tokens.issuer.hand_out(recorded);
    let text = text.map_err(|why| crate::db::Error::Internal(why.to_string()))?;
    let curl = format!(
        "curl -fsS {}/api/company/organization -H 'Authorization: Bearer {text}'",
        crate::console::api_keys::origin(signed)
    );
    let parts = vec![Part::Secret(Secret {
        label: signed.text("kind-company"),
        text,
        second: None,
        curl: Some(curl),
        stored: signed.link(record_of(recorded.claims().jti), "secret-stored"),
    })];
    let heading = Phrase::plain(signed.text(heading));
    signed.answer(&Page::new("secret", heading, parts))
}
