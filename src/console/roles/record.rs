//! The page of one role.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::list::description;
use super::{PATH, defined, error, find, names, path_of, scope_field, used_by};
use crate::access::{Role, Roles};
use crate::console::answers::Page;
use crate::console::audit_log;
use crate::console::cells::{counted, data_tokens, tokens_values};
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Action, Cell, Effect, Form, FormError, Notice, Part, Phrase};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::http::{Anyone, Call};
use crate::ledger::{self, COUNTED, Counted};
use crate::organization::definitions::manage::{self, DefineError, Seen};
use crate::organization::definitions::{RoleUse, operators_with_role};
use crate::revocation;
use crate::session::console::Right;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |signed: &Signed| {
        let found = find(signed, &signed.id).await?;
        let page = page(signed, &signed.id, found, None, Vec::new()).await?;
        signed.page(page).await
    })
    .await
}

/// Shows the page with these fields in its form.
pub(in crate::console) async fn form(
    signed: &Signed,
    status: StatusCode,
    name: &str,
    sent: Option<&Sent>,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let found = find(signed, name).await?;
    let page = page(signed, name, found, sent, errors).await?;
    signed.answer(&page.with_status(status))
}

async fn page(
    signed: &Signed,
    name: &str,
    (role, used): (Role, RoleUse),
    sent: Option<&Sent>,
    errors: Vec<FormError>,
) -> Result<Page, Refusal> {
    let base = path_of(name);
    let mut parts = vec![Part::Facts("role", facts(signed, &role, used))];
    let may_change = signed.found.right == Right::Admin && !Roles::is_fixed(name);
    let mut acts = Vec::new();
    if may_change {
        acts.push(Action {
            link: signed.link(format!("{PATH}/{name}/delete"), "delete"),
            primary: false,
        });
    }
    acts.push(Action {
        link: signed.link(
            format!("{}?subject=role%3A{name}", audit_log::PATH),
            "audit-log",
        ),
        primary: false,
    });
    parts.push(Part::Actions(acts));
    if Roles::is_fixed(name) {
        parts.push(Part::Text(signed.phrase("role-fixed")));
    }
    if may_change {
        parts.push(Part::Heading(signed.text("settings")));
        parts.push(effect(signed, name, used).await?);
        let defined = defined(signed).await?;
        let version = sent.and_then(|sent| sent.optional("version"));
        let (about, held) = match sent {
            Some(sent) => (sent.text("description").to_owned(), sent.all("scope")),
            None => (
                role.description.clone().unwrap_or_default(),
                names(&role.scopes),
            ),
        };
        let form = Form::new("save", base, signed.csrf())
            .hidden("version", version.unwrap_or_else(|| role.version()))
            .field(description(signed, &about))
            .field(scope_field(signed, &defined, &held))
            .button("save", signed.text("save"))
            .cancel(PATH, signed.text("cancel"))
            .errors(errors);
        parts.push(Part::Form(form));
    }
    let heading = Phrase {
        name: Some(name.to_owned()),
        ..Phrase::default()
    };
    Ok(Page::new("role", heading, parts))
}

fn facts(signed: &Signed, role: &Role, used: RoleUse) -> Vec<(String, Vec<Cell>)> {
    let or_none = |text: Option<String>| match text.filter(|text| !text.is_empty()) {
        Some(text) => vec![Cell::Name(text)],
        None => vec![Cell::Quiet(signed.text("none"))],
    };
    let scopes = match role.scopes.to_string() {
        text if text.is_empty() => or_none(None),
        text => vec![Cell::Code(text)],
    };
    vec![
        (signed.text("scopes"), scopes),
        (
            signed.text("description"),
            or_none(role.description.clone()),
        ),
        (
            signed.text("used-by"),
            vec![Cell::Text(used_by(signed, used))],
        ),
    ]
}

/// How many tokens a change of the role concerns. They are not revoked.
async fn effect(signed: &Signed, name: &str, used: RoleUse) -> Result<Part, Refusal> {
    let (organization, role) = (signed.organization(), name.to_owned());
    let read = move |conn: &mut _| operators_with_role(conn, organization, &role, COUNTED + 1);
    let operators = signed.app.db.read(read).await?;
    let found = ledger::count_of_operators(&signed.app, organization, operators).await?;
    // More operators than are looked at may have more tokens.
    let tokens = Counted {
        or_more: found.or_more || used.operators > COUNTED,
        ..found
    };
    let shown = counted(signed, tokens);
    let values = tokens_values(&shown, tokens);
    let changes = signed.language().text_with("role-effect", &values);
    let mut lines = vec![Phrase::plain(changes), signed.phrase("role-stays")];
    if !signed.app.tokens.issuer.writes_all() {
        lines.push(signed.phrase("role-ledger-off"));
    }
    Ok(Part::Effect(Effect {
        tokens: Some(data_tokens(tokens)),
        lines,
    }))
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::AdminAndProof, save).await
}

async fn save(signed: &Signed) -> Outcome {
    let sent = &signed.sent;
    if sent.text("do") != "save" {
        return gate::unknown_button();
    }
    let (organization, origin, now) = (signed.organization(), signed.origin.clone(), signed.now);
    let (name, seen) = (
        signed.id.clone(),
        Seen::Version(sent.text("version").to_owned()),
    );
    let (scopes, description) = (sent.all("scope"), sent.optional("description"));
    let (db, feed) = (&signed.app.db, signed.app.nodes.feed.clone());
    let saved = revocation::enforce(db, feed, move |conn| {
        let wanted = (scopes.as_slice(), description.as_deref());
        manage::set_role_if(conn, organization, &name, &seen, wanted, &origin, now)
    })
    .await;
    match saved {
        Ok(_) => {
            let notice = Notice::new(signed.around("role-saved", &signed.id));
            signed.done(&path_of(&signed.id), notice).await
        }
        Err(DefineError::Changed) => changed(signed).await,
        Err(why) => match error(signed, &why) {
            Some(wrong) => {
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                form(signed, status, &signed.id, Some(sent), vec![wrong]).await
            }
            None => Err(why.into()),
        },
    }
}

/// The page after somebody else has changed the role: with what was typed, which can be saved again,
/// and with what is stored now.
async fn changed(signed: &Signed) -> Outcome {
    let error = FormError::of(signed.language(), None, "changed-meanwhile");
    let (role, used) = find(signed, &signed.id).await?;
    let typed = signed.sent.without("version");
    let now = Part::Facts("newest", facts(signed, &role, used));
    let found = (role, used);
    let mut page = page(signed, &signed.id, found, Some(&typed), vec![error]).await?;
    page.parts.push(now);
    signed.answer(&page.with_status(StatusCode::CONFLICT))
}
