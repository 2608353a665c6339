//! The page of one API key.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::new::{REQUIRE, allowed_field, environment, lines, require_field, scope_field};
use super::{NEW, error, faults, find, id_of, masked, path_of, state};
use crate::api_key::manage::{self, Members};
use crate::api_key::{
    AllowedAddresses, ApiKey, KeySettings, KeyStatus, LastUse, ManageError, StoredKey,
};
use crate::console::answers::Page;
use crate::console::audit_log;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Action, Cell, Field, Form, FormError, Notice, Part, Phrase, Tone};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::http::{Anyone, Call};
use crate::revocation;
use crate::session::console::Right;

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |signed: &Signed| {
        let found = find(signed, &signed.id).await?;
        let page = page(signed, &found, None, Vec::new()).await?;
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
    let found = find(signed, id).await?;
    let page = page(signed, &found, sent, errors).await?;
    signed.answer(&page.with_status(status))
}

async fn page(
    signed: &Signed,
    (stored, last): &(StoredKey, LastUse),
    sent: Option<&Sent>,
    errors: Vec<FormError>,
) -> Result<Page, Refusal> {
    let key = &stored.key;
    let (word, tone) = state(key, signed.now);
    let base = path_of(key.id);
    let mut parts = vec![Part::Facts(
        "api-key",
        facts(signed, stored, last, (word, tone)),
    )];
    let may_change = signed.found.right == Right::Admin && key.status != KeyStatus::Revoked;
    if may_change {
        parts.push(Part::Actions(vec![
            Action {
                link: signed.link(format!("{base}/rotate"), "rotate"),
                primary: false,
            },
            Action {
                link: signed.link(format!("{base}/revoke"), "revoke"),
                primary: false,
            },
            Action {
                link: signed.link(format!("{NEW}?like={}", key.id), "key-like"),
                primary: false,
            },
        ]));
        let held: Vec<_> = key
            .settings
            .scopes
            .iter()
            .map(ToString::to_string)
            .collect();
        let allowed: Vec<_> = key.settings.allowed.texts().collect();
        let (name, held, allowed, required) = match sent {
            Some(sent) => (
                sent.text("name").to_owned(),
                sent.all("scope"),
                sent.text("allowed_ips").to_owned(),
                sent.is_ticked(REQUIRE),
            ),
            None => (
                key.settings.name.clone(),
                held,
                allowed.join("\n"),
                key.settings.require_signature,
            ),
        };
        let version = sent.and_then(|sent| sent.optional("version"));
        let form = Form::new("save", base, signed.csrf())
            .hidden("version", version.unwrap_or_else(|| key.settings.version()))
            .field(Field::line("name", signed.text("name"), &name).required())
            .field(scope_field(signed, &held).await?)
            .field(allowed_field(signed, &allowed));
        // A key gets its signing secret when it is made.
        let form = if key.signing {
            form.field(require_field(signed, required))
        } else {
            form
        };
        let form = form.button("save", signed.text("save")).errors(errors);
        parts.push(Part::Heading(signed.text("settings")));
        parts.push(Part::Form(form));
    }
    let subject = format!("{}?subject=api_key%3A{}", audit_log::PATH, key.id);
    parts.push(Part::Actions(vec![Action {
        link: signed.link(subject, "audit-log"),
        primary: false,
    }]));
    let heading = Phrase {
        name: Some(key.settings.name.clone()),
        ..Phrase::default()
    };
    Ok(Page::new("api-key", heading, parts))
}

fn facts(
    signed: &Signed,
    stored: &StoredKey,
    last: &LastUse,
    (word, tone): (&str, Tone),
) -> Vec<(String, Vec<Cell>)> {
    let key = &stored.key;
    let mut facts = vec![
        (signed.text("status"), vec![signed.badge(word, tone)]),
        (signed.text("key-text"), vec![Cell::Code(masked(key))]),
        (signed.text("id"), vec![Cell::Code(key.id.to_string())]),
        (
            signed.text("environment"),
            vec![Cell::Text(signed.text(environment(key.environment)))],
        ),
        scopes(signed, &key.settings),
        (signed.text("allowed"), addresses(signed, &key.settings)),
        (signed.text("key-signature"), signature(signed, key)),
        (signed.text("added"), vec![signed.time(key.created_at)]),
        (
            signed.text("created-by"),
            vec![Cell::Code(key.created_by.clone())],
        ),
        (
            signed.text("last-use"),
            signed.time_or(last.at, "never-used"),
        ),
        (
            signed.text("ends"),
            signed.time_or(key.settings.expires_at, "no-end"),
        ),
    ];
    if let Some(address) = last.address {
        let address = vec![Cell::Code(address.to_string())];
        facts.push((signed.text("last-address"), address));
    }
    if let Some(end) = stored.previous_ends_at(signed.now) {
        facts.push((signed.text("old-text-ends"), vec![signed.time(end)]));
    }
    facts
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Admin, save).await
}

async fn save(signed: &Signed) -> Outcome {
    if signed.sent.text("do") != "save" {
        return gate::unknown_button();
    }
    let which = (signed.organization(), id_of(&signed.id)?);
    let (stored, _) = find(signed, &signed.id).await?;
    let sent = &signed.sent;
    let again = async |errors| {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        form(signed, status, &signed.id, Some(sent), errors).await
    };
    let scopes = sent.all("scope");
    let allowed = lines(sent.text("allowed_ips"));
    let before = &stored.key.settings;
    // More scopes or more addresses need a recent proof of identity.
    let requires = sent.is_ticked(REQUIRE);
    let widens = scopes.iter().any(|scope| !before.scopes.covers(scope))
        || !AllowedAddresses::parse(&allowed).is_ok_and(|wanted| before.allowed.covers(&wanted))
        || before.require_signature && !requires;
    if widens && let Some(asked) = gate::ask_proof(signed) {
        return asked;
    }
    let members = Members {
        name: Some(sent.text("name").trim().to_owned()),
        scopes: Some(scopes),
        allowed: Some(allowed),
        require_signature: stored.key.signing.then_some(requires),
        ..Members::default()
    };
    let fixed = (stored.key.operator, stored.key.signing);
    let errors = faults(signed, &members, fixed).await?;
    if !errors.is_empty() {
        return again(errors).await;
    }
    let (origin, now) = (signed.origin.clone(), signed.now);
    let (db, feed) = (&signed.app.db, signed.app.nodes.feed.clone());
    let version = sent.text("version").to_owned();
    let saved = revocation::enforce(db, feed, move |conn| {
        manage::change_version(conn, which, &version, &members, &origin, now)
    })
    .await;
    match saved {
        Ok((changed, _)) => {
            let name = &changed.stored.key.settings.name;
            let notice = Notice::new(signed.around("key-saved", name));
            signed.done(&path_of(which.1), notice).await
        }
        Err(ManageError::Changed) => changed(signed).await,
        Err(why) => match error(signed, &why) {
            Some(wrong) => again(vec![wrong]).await,
            None => Err(why.into()),
        },
    }
}

/// Whether requests must be signed.
fn signature(signed: &Signed, key: &ApiKey) -> Vec<Cell> {
    let (id, tone) = match (key.signing, key.settings.require_signature) {
        (_, true) => ("key-signature-required", Tone::Good),
        (true, false) => ("key-signature-possible", Tone::Quiet),
        (false, false) => ("key-signature-none", Tone::Quiet),
    };
    vec![signed.badge(id, tone)]
}

fn scopes(signed: &Signed, settings: &KeySettings) -> (String, Vec<Cell>) {
    let scopes: Vec<_> = settings.scopes.iter().map(ToString::to_string).collect();
    (signed.text("scopes"), vec![Cell::Code(scopes.join(" "))])
}

/// From where a key may be used.
pub(super) fn addresses(signed: &Signed, settings: &KeySettings) -> Vec<Cell> {
    let allowed: Vec<_> = settings.allowed.texts().collect();
    let cell = if allowed.is_empty() {
        Cell::Text(signed.text("allowed-any"))
    } else {
        Cell::Code(allowed.join(", "))
    };
    vec![cell]
}

/// The page after somebody else has changed the key: with what was typed, which can be saved again,
/// and with what is stored now.
async fn changed(signed: &Signed) -> Outcome {
    let error = FormError::of(signed.language(), None, "changed-meanwhile");
    let newest = find(signed, &signed.id).await?;
    let typed = signed.sent.without("version");
    let mut page = page(signed, &newest, Some(&typed), vec![error]).await?;
    let settings = &newest.0.key.settings;
    let name = vec![Cell::Name(settings.name.clone())];
    let facts = vec![
        (signed.text("name"), name),
        scopes(signed, settings),
        (signed.text("allowed"), addresses(signed, settings)),
    ];
    page.parts.push(Part::Facts("newest", facts));
    signed.answer(&page.with_status(StatusCode::CONFLICT))
}
