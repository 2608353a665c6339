//! Revoking every token of the organization. The sessions of the console end with them, so the receipt is
//! in the answer to the form.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{PATH, REVOKE_ALL};
use crate::console::answers::{Page, response};
use crate::console::everything;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Action, Form, FormError, Notice, Part};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::sign_in;
use crate::console::visit::{Outcome, Signed};
use crate::http::{Anyone, Call};
use crate::organization;

pub(in crate::console) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        let page = question(signed, &Sent::default(), Vec::new()).await?;
        signed.page(page).await
    })
    .await
}

/// Shows the page with these fields in its form.
pub(in crate::console) async fn form(
    signed: &Signed,
    status: StatusCode,
    sent: &Sent,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let page = question(signed, sent, errors).await?;
    signed.answer(&page.with_status(status))
}

/// The page that says what will happen, and what will not.
async fn question(signed: &Signed, sent: &Sent, errors: Vec<FormError>) -> Result<Page, Refusal> {
    let organization = &signed.found.organization;
    let mut effect = everything::effect(signed, organization).await?;
    effect
        .lines
        .push(signed.phrase("revoke-everything-sessions"));
    let field = everything::confirm_field(signed, &organization.login, sent.text("confirm"));
    let form = Form::new(everything::VERB, REVOKE_ALL, signed.csrf())
        .danger(everything::VERB, signed.text("revoke-everything"))
        .field(field)
        .cancel(PATH, signed.text("cancel"))
        .errors(errors);
    let parts = vec![Part::Effect(effect), Part::Form(form)];
    let heading = signed.around("revoke-everything-question", &organization.name);
    Ok(Page::new("organization-confirm", heading, parts))
}

pub(in crate::console) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::AdminAndProof, revoke).await
}

async fn revoke(signed: &Signed) -> Outcome {
    if signed.sent.text("do") != everything::VERB {
        return gate::unknown_button();
    }
    let organization = &signed.found.organization;
    if let Some(error) = everything::wrong_login(signed, organization) {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return form(signed, status, &signed.sent, vec![error]).await;
    }
    let staying = everything::Staying::read(signed, organization.id).await?;
    let (app, origin) = (&signed.app, signed.origin.clone());
    let receipt = organization::revoke_all_on_node(app, organization.id, origin).await?;
    // This session has ended with the others.
    signed.take_away();
    let notice = Notice::new(everything::done(signed, organization, &staying));
    let notice = notice.with(signed.receipt(&receipt));
    let parts = vec![
        Part::Lead(signed.phrase("revoked-everything-signed-out")),
        Part::Actions(vec![Action {
            link: signed.link(sign_in::PATH, "sign-in-button"),
            primary: true,
        }]),
    ];
    let heading = signed.phrase("revoke-everything");
    let page = Page::new("organization-revoked", heading, parts);
    response(signed, None, &page, Some(notice))
}
