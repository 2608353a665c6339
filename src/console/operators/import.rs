//! Importing operators from a table: a form, what the table would do, and the act.

mod apply;
mod check;
mod shown;

use actix_web::http::StatusCode;

use super::IMPORT;
use crate::console::answers::Page;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Choice, Control, Field, Form, FormError, Part};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed, Visit};
use crate::http::{Anyone, Call, Multipart};
use crate::operator::import::{Encoding, LARGEST};

/// The largest form: the largest file, and the other fields.
const LARGEST_FORM: usize = LARGEST + 64 * 1024;

pub(super) use shown::{open, said};

pub(in crate::console) use shown::outcomes;

/// Where the results of an import are.
pub(super) fn job(id: crate::base::ImportId) -> String {
    format!("{}/{id}", crate::console::jobs::PATH)
}

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        let page = page(signed, &Sent::default(), Vec::new());
        signed.page(page).await
    })
    .await
}

/// The form.
fn page(signed: &Signed, sent: &Sent, errors: Vec<FormError>) -> Page {
    let status = if errors.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let chosen = sent.text("encoding").parse().unwrap_or(Encoding::Auto);
    let encodings = Encoding::ALL.map(|encoding| {
        let label = match encoding {
            Encoding::Auto => signed.text("import-encoding-auto"),
            other => other.to_string(),
        };
        Choice::new(encoding.as_str(), label, encoding == chosen)
    });
    let mut rows = Field::controlled("rows", signed.text("import-rows"), Control::Area);
    sent.text("rows").clone_into(&mut rows.value);
    let file = Control::File {
        accept: ".csv,.tsv,.txt,text/csv,text/tab-separated-values",
    };
    let form = Form::new("import-form", IMPORT, signed.csrf())
        .multipart()
        .field(
            Field::controlled("file", signed.text("import-file"), file)
                .hinted(signed.text("import-file-hint")),
        )
        .field(rows.hinted(signed.text("import-rows-hint")))
        .field(Field::controlled(
            "encoding",
            signed.text("import-encoding"),
            Control::Select(encodings.into()),
        ))
        .button("check", signed.text("import-check"))
        .cancel(super::PATH, signed.text("cancel"))
        .errors(errors);
    let parts = vec![Part::Lead(signed.phrase("import-lead")), Part::Form(form)];
    Page::new("operators-import", signed.phrase("import-heading"), parts).with_status(status)
}

pub(super) async fn post(call: Call<Anyone, Multipart<LARGEST_FORM>>) -> Answer {
    let visit = Visit::read(&call, Sent::default())?;
    let (sent, file) = check::read(call.body).await?;
    let visit = visit.with(sent);
    gate::act_on(visit, Needs::Admin, async |signed: &Signed| {
        match signed.sent.text("do") {
            "check" => check::check(signed, file).await,
            "apply" => apply::apply(signed).await,
            _ => gate::unknown_button(),
        }
    })
    .await
}

/// Shows again what was checked, after the person has given a proof. The table itself is not kept.
pub(in crate::console) async fn form(signed: &Signed, sent: &Sent) -> Outcome {
    let id = sent.text("import").parse().ok();
    match id {
        Some(id) => shown::checked(signed, sent, id, Vec::new()).await,
        None => signed.answer(&page(signed, sent, Vec::new())),
    }
}
