//! The secrets of an OAuth client: a second one is added, and the older one is dropped once nobody
//! uses it any more.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::new::secret;
use super::{find, id_of, path_of};
use crate::client::manage::{self, LONGEST_GRACE};
use crate::client::secret::GRACE;
use crate::client::{Authentication, ClientStatus, ManageError, Registered};
use crate::console::answers::Page;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{
    Choice, Control, Effect, Field, Form, FormError, Notice, Part, Phrase, Row, Table,
};
use crate::console::refusal::{Problem, Refusal};
use crate::console::sent::Sent;
use crate::console::shown;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::revocation;
use crate::session::console::{self, Claim};

/// The times that are offered for which the present secret stays valid (seconds).
const GRACES: [i64; 4] = [0, 86_400, GRACE.as_secs().cast_signed(), LONGEST_GRACE];

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        let registered = with_secret(signed).await?;
        let page = page(signed, &registered, Vec::new());
        signed.page(page).await
    })
    .await
}

/// Returns the client of the path, if it proves itself by a secret.
async fn with_secret(signed: &Signed) -> Result<Registered, Refusal> {
    let registered = find(signed, &signed.id).await?;
    let client = &registered.client;
    if client.status == ClientStatus::Deleted
        || client.settings.authentication != Authentication::Secret
    {
        return Err(Problem::Changed.into());
    }
    Ok(registered)
}

fn page(signed: &Signed, registered: &Registered, errors: Vec<FormError>) -> Page {
    let client = &registered.client;
    let base = path_of(client.id.as_str());
    let action = format!("{base}/secrets");
    let mut parts = vec![Part::Table(table(signed, registered))];
    if let Some(older) = registered.secrets.older(signed.now) {
        let used = match older.last_used_at {
            Some(at) => shown::relative(at, signed.now, signed.language()),
            None => signed.text("never-used"),
        };
        let effect = signed.text_with("client-drop-effect", "used", &used);
        parts.push(Part::Heading(signed.text("client-drop")));
        parts.push(Part::Effect(Effect {
            tokens: None,
            lines: vec![Phrase::plain(effect), signed.phrase("client-drop-stays")],
        }));
        let form = Form::new("drop", action.clone(), signed.csrf())
            .hidden("version", registered.secrets.version())
            .danger("drop", signed.text("client-drop"));
        parts.push(Part::Form(form));
    }
    let choice = |seconds: i64| {
        let label = match u64::try_from(seconds) {
            Ok(0) | Err(_) => signed.text("overlap-none"),
            Ok(seconds) => shown::span(Duration::from_secs(seconds), signed.language()),
        };
        let is_first = seconds.unsigned_abs() == GRACE.as_secs();
        Choice::new(seconds.to_string(), label, is_first)
    };
    let control = Control::Radios(GRACES.map(choice).into());
    let form = Form::new("add", action, signed.csrf())
        .hidden("once", Signed::once())
        .hidden("version", registered.secrets.version())
        .field(Field::controlled(
            "grace",
            signed.text("client-grace"),
            control,
        ))
        .button("add", signed.text("client-add-secret"))
        .cancel(base, signed.text("back"))
        .errors(errors);
    parts.push(Part::Heading(signed.text("client-add-secret")));
    parts.push(Part::Text(signed.phrase("client-add-secret-lead")));
    parts.push(Part::Form(form));
    let heading = signed.around("client-secrets-of", &client.settings.name);
    Page::new("oauth-client-secrets", heading, parts)
}

fn table(signed: &Signed, registered: &Registered) -> Table {
    let secrets = registered.secrets.valid(signed.now).enumerate();
    let row = |(number, secret): (usize, &crate::client::secret::StoredSecret)| Row {
        id: if number == 0 { "present" } else { "older" }.to_owned(),
        cells: vec![
            vec![signed.time(secret.created_at)],
            signed.ago_or(secret.last_used_at, "never-used"),
            signed.time_or(secret.expires_at, "no-end"),
        ],
    };
    Table {
        id: "secrets",
        caption: signed.text("client-secrets-caption"),
        heads: ["added", "last-use", "ends"]
            .iter()
            .map(|id| signed.text(id))
            .collect(),
        rows: secrets.map(row).collect(),
    }
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Admin, async |signed: &Signed| {
        match signed.sent.text("do") {
            "add" => add(signed).await,
            "drop" => drop_older(signed).await,
            _ => gate::unknown_button(),
        }
    })
    .await
}

async fn add(signed: &Signed) -> Outcome {
    // It shows a secret.
    if let Some(asked) = gate::ask_proof(signed) {
        return asked;
    }
    let registered = with_secret(signed).await?;
    if signed.sent.text("once").is_empty() {
        return gate::unknown_button();
    }
    let grace: Option<i64> = signed.sent.text("grace").parse().ok();
    let Some(grace) = grace.filter(|grace| GRACES.contains(grace)) else {
        let error = FormError::of(signed.language(), Some("grace"), "overlap-wrong");
        return refused(signed, &registered, error);
    };
    let (organization, id) = (signed.organization(), registered.client.id.clone());
    let (origin, now) = (signed.origin.clone(), signed.now);
    let once = signed.sent.text("once").to_owned();
    let version = signed.sent.text("version").to_owned();
    let (db, feed) = (&signed.app.db, signed.app.nodes.feed.clone());
    let rotate = move |conn: &mut Conn| {
        if console::claim(conn, organization, &once, now)? != Claim::First {
            return Ok((None, Vec::new()));
        }
        let which = (organization, &id);
        manage::check_secrets(conn, which, &version)?;
        let (rotated, entries) = manage::rotate_secret(conn, which, Some(grace), &origin, now)?;
        Ok::<_, ManageError>((Some(rotated), entries))
    };
    let (rotated, written) = revocation::commit_here(db, feed.clone(), rotate).await?;
    let Some(rotated) = rotated else {
        return signed
            .sent_before(&path_of(registered.client.id.as_str()))
            .await;
    };
    if rotated.ends_one {
        revocation::settle(db, &feed, written).await?;
    }
    secret(signed, &registered, &rotated.secret, "client-secret-added")
}

fn refused(
    signed: &Signed,
    registered: &Registered,
    error: FormError,
) -> Result<HttpResponse, Refusal> {
    let page = page(signed, registered, vec![error]);
    signed.answer(&page.with_status(StatusCode::UNPROCESSABLE_ENTITY))
}

async fn drop_older(signed: &Signed) -> Outcome {
    let (organization, id) = (signed.organization(), id_of(&signed.id)?);
    let registered = with_secret(signed).await?;
    let (origin, now) = (signed.origin.clone(), signed.now);
    let version = signed.sent.text("version").to_owned();
    let (db, feed) = (&signed.app.db, signed.app.nodes.feed.clone());
    let ((), done) = revocation::enforce(db, feed, move |conn: &mut Conn| {
        let which = (organization, &id);
        // Another secret may be the older one by now, and it may still be in use.
        manage::check_secrets(conn, which, &version)?;
        manage::drop_secret(conn, which, &origin, now).map(|entries| ((), entries))
    })
    .await?;
    let client = &registered.client;
    let notice = Notice::new(signed.around("client-dropped", &client.settings.name));
    let notice = notice.with(signed.receipt(&done));
    signed.done(&path_of(client.id.as_str()), notice).await
}
