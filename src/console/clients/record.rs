//! The page of one OAuth client.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::fields::fields;
use super::new::{faults, made};
use super::settings::{self, Shape, sent_of};
use super::{find, grants, kind, path_of, status};
use crate::access::Scope;
use crate::client::manage;
use crate::client::prepare_keys::{self, Wanted};
use crate::client::secret::StoredSecret;
use crate::client::{
    Authentication, ClientStatus, ManageError, RedirectUri, Registered, Registration,
};
use crate::console::answers::Page;
use crate::console::audit_log;
use crate::console::cells::operator_link;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Action, Cell, Form, FormError, Part, Phrase};
use crate::console::refusal::{Problem, Refusal};
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::http::{Anyone, Call};
use crate::revocation;
use crate::session::console::Right;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |signed: &Signed| {
        let registered = find(signed, &signed.id).await?;
        let page = page(signed, &registered, None, Vec::new()).await?;
        signed.page(page).await
    })
    .await
}

/// Shows the page with these fields in its form.
pub(in crate::console) async fn form(
    signed: &Signed,
    status: StatusCode,
    id: &str,
    sent: Option<&Sent>,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let registered = find(signed, id).await?;
    let page = page(signed, &registered, sent, errors).await?;
    signed.answer(&page.with_status(status))
}

async fn page(
    signed: &Signed,
    registered: &Registered,
    sent: Option<&Sent>,
    errors: Vec<FormError>,
) -> Result<Page, Refusal> {
    let client = &registered.client;
    let base = path_of(client.id.as_str());
    let mut parts = vec![Part::Facts("oauth-client", facts(signed, registered))];
    let mut acts = vec![Action {
        link: signed.link(format!("{base}/tokens"), "tokens"),
        primary: false,
    }];
    let may_change = signed.found.right == Right::Admin && client.status != ClientStatus::Deleted;
    if may_change {
        acts.extend(changes(signed, registered, &base));
    }
    let subject = format!("{}?subject=client%3A{}", audit_log::PATH, client.id);
    acts.push(Action {
        link: signed.link(subject, "audit-log"),
        primary: false,
    });
    parts.push(Part::Actions(acts));
    if may_change {
        let kept = sent_of(client);
        let version = sent.and_then(|sent| sent.optional("version"));
        let mut form = Form::new("save", base, signed.csrf())
            .hidden("version", version.unwrap_or_else(|| client.version()))
            .button("save", signed.text("save"))
            .errors(errors);
        let shape = Shape::of(&client.settings.grants);
        form.fields = fields(signed, shape, sent.unwrap_or(&kept)).await?;
        parts.push(Part::Heading(signed.text("settings")));
        parts.push(Part::Form(form));
    }
    let heading = Phrase {
        name: Some(client.settings.name.clone()),
        ..Phrase::default()
    };
    Ok(Page::new("oauth-client", heading, parts))
}

/// Returns what can be done with the client.
fn changes(signed: &Signed, registered: &Registered, base: &str) -> Vec<Action> {
    let client = &registered.client;
    let act = |what: &str, id: &str| Action {
        link: signed.link(format!("{base}/{what}"), id),
        primary: false,
    };
    let mut acts = Vec::new();
    if client.settings.authentication == Authentication::Secret {
        acts.push(act("secrets", "client-secrets"));
    }
    acts.push(act("revoke-all", "tokens-revoke-all"));
    acts.push(if client.is_active() {
        act("disable", "client-disable")
    } else {
        act("enable", "client-enable")
    });
    acts.push(act("delete", "delete"));
    acts
}

fn facts(signed: &Signed, registered: &Registered) -> Vec<(String, Vec<Cell>)> {
    let (client, settings) = (&registered.client, &registered.client.settings);
    let (word, tone) = status(client.status);
    let method = settings.authentication.method();
    let names = |names: Vec<&str>| match names.as_slice() {
        [] => vec![Cell::Quiet(signed.text("none"))],
        names => vec![Cell::Code(names.join(" "))],
    };
    let scopes = settings.scopes.iter().map(Scope::as_str);
    let uris = settings.redirect_uris.iter().map(RedirectUri::as_str);
    let mut facts = vec![
        (signed.text("status"), vec![signed.badge(word, tone)]),
        (
            signed.text("client-id"),
            vec![Cell::Code(client.id.to_string())],
        ),
        (
            signed.text("kind"),
            vec![Cell::Text(signed.text(kind(method)))],
        ),
        (signed.text("client-grants"), grants(&settings.grants)),
        (signed.text("scopes"), names(scopes.collect())),
        (signed.text("added"), vec![signed.time(client.created_at)]),
    ];
    if let Some(operator) = settings.operator {
        let operator = vec![operator_link(operator)];
        facts.push((signed.text("client-operator"), operator));
    }
    if !settings.redirect_uris.is_empty() {
        facts.push((signed.text("client-uris"), names(uris.collect())));
    }
    for secret in registered.secrets.valid(signed.now) {
        facts.push((signed.text("client-secret"), about(signed, secret)));
    }
    facts
}

/// When a secret was last used, and when it ends if it has an end.
pub(super) fn about(signed: &Signed, secret: &StoredSecret) -> Vec<Cell> {
    let mut cells = vec![Cell::Quiet(format!("{}: ", signed.text("last-use")))];
    cells.extend(signed.ago_or(secret.last_used_at, "never-used"));
    if let Some(end) = secret.expires_at {
        cells.push(Cell::Break);
        cells.push(Cell::Quiet(format!("{}: ", signed.text("ends"))));
        cells.push(signed.time(end));
    }
    cells
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Admin, save).await
}

async fn save(signed: &Signed) -> Outcome {
    if signed.sent.text("do") != "save" {
        return gate::unknown_button();
    }
    let sent = &signed.sent;
    let Registered { client, .. } = find(signed, &signed.id).await?;
    if client.status == ClientStatus::Deleted {
        return Err(Problem::Changed.into());
    }
    if sent.text("version") != client.version() {
        // What was left as it was is not what is stored now, so nothing else can be said of the form.
        return changed_meanwhile(signed).await;
    }
    let again = async |errors| {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        form(signed, status, &signed.id, Some(sent), errors).await
    };
    let typed = match settings::read(signed, Shape::of(&client.settings.grants)).await? {
        Ok(typed) => typed,
        Err(errors) => return again(errors).await,
    };
    let present = Registration::from(&client.settings);
    let mut wanted = present.clone();
    typed.apply(&mut wanted);
    if wanted != present {
        let errors = faults(signed, &wanted).await?;
        if !errors.is_empty() {
            return again(errors).await;
        }
        let (organization, asked) = (signed.organization(), wanted);
        let read = move |conn: &mut _| manage::validate(conn, organization, &asked);
        let after = signed.app.db.read(read).await?;
        let is_shown_a_secret = after.authentication == Authentication::Secret
            && client.settings.authentication != Authentication::Secret;
        let widens = client.settings.is_narrower_than(&after) || is_shown_a_secret;
        if widens && let Some(asked) = gate::ask_proof(signed) {
            return asked;
        }
    }
    let edit = move |registration: &mut Registration| typed.apply(registration);
    let wanted = Wanted {
        edit,
        active: None,
        version: Some(sent.text("version").to_owned()),
    };
    let which = (signed.organization(), client.id);
    let origin = signed.origin.clone();
    match prepare_keys::change(&signed.app, which, wanted, origin).await {
        Ok((changed, written)) => {
            if changed.narrows {
                // What takes something away is in force everywhere when this answers.
                revocation::settle(&signed.app.db, &signed.app.nodes.feed, written).await?;
            }
            made(signed, &changed, "client-saved").await
        }
        Err(ManageError::Changed) => changed_meanwhile(signed).await,
        Err(why) => Err(why.into()),
    }
}

/// The page after somebody else has changed the client: with what was typed, which can be saved
/// again, and with what is stored now.
async fn changed_meanwhile(signed: &Signed) -> Outcome {
    let error = FormError::of(signed.language(), None, "changed-meanwhile");
    let newest = find(signed, &signed.id).await?;
    let typed = signed.sent.without("version");
    let mut page = page(signed, &newest, Some(&typed), vec![error]).await?;
    let name = vec![Cell::Name(newest.client.settings.name.clone())];
    let mut now = vec![(signed.text("name"), name)];
    now.extend(facts(signed, &newest));
    page.parts.push(Part::Facts("newest", now));
    signed.answer(&page.with_status(StatusCode::CONFLICT))
}
