//! The scopes of the organization: they are defined and removed here.

use actix_web::http::StatusCode;

use super::list::description;
use super::{PATH, SCOPES, defined};
use crate::access::Preset;
use crate::console::answers::Page;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Action, Cell, Field, Form, FormError, Notice, Part, Row, Table, Tone};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::organization::definitions::manage::{self, DefineError};
use crate::revocation;
use crate::session::console::Right;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |signed: &Signed| {
        let page = page(signed, &Sent::default(), Vec::new()).await?;
        signed.page(page).await
    })
    .await
}

async fn page(signed: &Signed, sent: &Sent, errors: Vec<FormError>) -> Result<Page, Refusal> {
    let defined = defined(signed).await?;
    let may_change = signed.found.right == Right::Admin;
    let fixed = Preset::None.scopes().into_iter();
    let fixed = fixed.map(|(name, about)| (name.to_owned(), Some(about.to_owned()), true));
    let own = defined.scopes.iter();
    let own = own.map(|(name, about)| (name.clone(), about.clone(), false));
    let row = |(name, about, is_fixed): (String, Option<String>, bool)| {
        let act = if is_fixed {
            vec![signed.badge("always-there", Tone::Quiet)]
        } else if may_change {
            vec![Cell::Button {
                action: SCOPES.to_owned(),
                csrf: signed.csrf(),
                verb: "remove",
                name: format!("{} {name}", signed.text("remove")),
                label: signed.text("remove"),
                danger: true,
                hidden: ("scope", name.clone()),
            }]
        } else {
            Vec::new()
        };
        Row {
            id: name.clone(),
            cells: vec![
                vec![Cell::Code(name)],
                vec![Cell::Name(about.unwrap_or_default())],
                act,
            ],
        }
    };
    let mut parts = vec![
        Part::Lead(signed.phrase("scopes-lead")),
        Part::Actions(vec![Action {
            link: signed.link(PATH, "back"),
            primary: false,
        }]),
        Part::Table(Table {
            id: "scopes",
            caption: signed.text("scopes-of-organization"),
            heads: ["name", "description", "acts"]
                .iter()
                .map(|id| signed.text(id))
                .collect(),
            rows: fixed.chain(own).map(row).collect(),
        }),
    ];
    if may_change {
        let name = Field::line("name", signed.text("name"), sent.text("name"));
        let form = Form::new("scope", SCOPES, signed.csrf())
            .field(name.required().hinted(signed.text("role-name-hint")))
            .field(description(signed, sent.text("description")))
            .button("set", signed.text("scope-set"))
            .errors(errors);
        parts.push(Part::Heading(signed.text("scope-set")));
        parts.push(Part::Text(signed.phrase("scope-set-lead")));
        parts.push(Part::Form(form));
    }
    let heading = signed.phrase("scopes-of-organization");
    Ok(Page::new("scopes", heading, parts))
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(
        call,
        Needs::AdminAndProof,
        async |signed: &Signed| match signed.sent.text("do") {
            "set" => set(signed).await,
            "remove" => remove(signed).await,
            _ => gate::unknown_button(),
        },
    )
    .await
}

async fn set(signed: &Signed) -> Outcome {
    let (organization, origin, now) = (signed.organization(), signed.origin.clone(), signed.now);
    let name = signed.sent.text("name").trim().to_owned();
    let description = signed.sent.optional("description");
    let asked = name.clone();
    let (db, feed) = (&signed.app.db, signed.app.nodes.feed.clone());
    let set = revocation::commit_here(db, feed, move |conn: &mut Conn| {
        let wanted = (asked.as_str(), description.as_deref());
        manage::set_scope(conn, organization, wanted, &origin, now)
    })
    .await;
    finish(signed, set.map(|_| ()), "scope-saved", &name).await
}

async fn remove(signed: &Signed) -> Outcome {
    let (organization, origin, now) = (signed.organization(), signed.origin.clone(), signed.now);
    let name = signed.sent.text("scope").to_owned();
    let asked = name.clone();
    let (db, feed) = (&signed.app.db, signed.app.nodes.feed.clone());
    let removed = revocation::commit_here(db, feed, move |conn: &mut Conn| {
        manage::remove_scope(conn, organization, &asked, &origin, now)
    })
    .await;
    finish(signed, removed.map(|_| ()), "scope-removed", &name).await
}

/// Goes back to the page, which says what was done, or why nothing was.
async fn finish(
    signed: &Signed,
    outcome: Result<(), DefineError>,
    message: &str,
    name: &str,
) -> Outcome {
    let why = match outcome {
        Ok(()) => {
            let notice = Notice::new(signed.around(message, name));
            return signed.done(SCOPES, notice).await;
        }
        Err(why) => why,
    };
    let wrong = |field, id| FormError::of(signed.language(), field, id);
    let error = match &why {
        DefineError::Name => wrong(Some("name"), "role-name-wrong"),
        DefineError::Fixed(_) => wrong(Some("name"), "scope-fixed"),
        DefineError::Description => wrong(Some("description"), "description-wrong"),
        DefineError::TooMany => wrong(None, "definitions-too-many"),
        DefineError::InUse(user) => FormError {
            field: None,
            text: signed.text_with("scope-in-use", "user", &user.to_string()),
        },
        _ => return Err(why.into()),
    };
    let page = page(signed, &signed.sent, vec![error]).await?;
    signed.answer(&page.with_status(StatusCode::UNPROCESSABLE_ENTITY))
}
