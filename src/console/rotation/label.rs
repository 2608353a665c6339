//! Giving a company token a label.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::new::label_field;
use super::{find, name_of, path_of, record_of};
use crate::company::{self, Change, ChangeError};
use crate::console::answers::Page;
use crate::console::gate::{self, Answer, Needs};
use crate::console::operators::issue::label_of;
use crate::console::page::{Cell, Form, FormError, Notice, Part};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::http::{Anyone, Call};
use crate::ledger::Record;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        form(signed, StatusCode::OK, &signed.id, None, Vec::new()).await
    })
    .await
}

/// Shows the form.
pub(in crate::console) async fn form(
    signed: &Signed,
    status: StatusCode,
    id: &str,
    sent: Option<&Sent>,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let (record, _) = find(signed, id).await?;
    signed.answer(&page(signed, &record, sent, errors).with_status(status))
}

fn page(signed: &Signed, record: &Record, sent: Option<&Sent>, errors: Vec<FormError>) -> Page {
    let jti = record.line.claims.jti;
    let stored = record.line.label.clone().unwrap_or_default();
    let typed = sent.map_or(stored.as_str(), |sent| sent.text("label"));
    let version = sent.and_then(|sent| sent.optional("version"));
    let form = Form::new("label-form", path_of(jti, "label"), signed.csrf())
        .hidden("version", version.unwrap_or_else(|| stored.clone()))
        .field(label_field(signed, typed))
        .button("save", signed.text("save"))
        .cancel(record_of(jti), signed.text("cancel"))
        .errors(errors);
    let heading = signed.around("label-heading", &name_of(record));
    Page::new("company-token-label", heading, vec![Part::Form(form)])
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Admin, save).await
}

async fn save(signed: &Signed) -> Outcome {
    let sent = &signed.sent;
    if sent.text("do") != "save" {
        return gate::unknown_button();
    }
    let (record, _) = find(signed, &signed.id).await?;
    let jti = record.line.claims.jti;
    let Ok(label) = label_of(sent, "label") else {
        let error = FormError::of(signed.language(), Some("label"), "label-wrong");
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return form(signed, status, &signed.id, Some(sent), vec![error]).await;
    };
    let change = Change {
        label: Some(label),
        label_was: Some(sent.optional("version")),
        ends_at: None,
    };
    let which = (signed.organization(), jti);
    match company::change(&signed.app, which, change, signed.origin.clone()).await {
        Ok((record, _)) => {
            let notice = Notice::new(signed.around("label-saved", &name_of(&record)));
            signed.done(&record_of(jti), notice).await
        }
        Err(ChangeError::LabelChanged) => {
            let error = FormError::of(signed.language(), None, "changed-meanwhile");
            let (newest, _) = find(signed, &signed.id).await?;
            let mut page = page(signed, &newest, Some(&sent.without("version")), vec![error]);
            let stored = match &newest.line.label {
                Some(label) => vec![Cell::Name(label.clone())],
                None => vec![Cell::Quiet(signed.text("none"))],
            };
            page.parts
                .push(Part::Facts("newest", vec![(signed.text("label"), stored)]));
            signed.answer(&page.with_status(StatusCode::CONFLICT))
        }
        Err(why) => Err(why.into()),
    }
}
