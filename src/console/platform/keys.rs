//! The signing keys: their timeline, a rotation by hand, and revoking one.

use actix_web::http::StatusCode;

use super::gate;
use super::visit::Admin;
use crate::base::{KeyId, Timestamp};
use crate::console::answers::Page;
use crate::console::gate::Answer;
use crate::console::page::{
    Cell, Control, Effect, Field, Form, FormError, Notice, Part, Phrase, Table,
};
use crate::console::refusal::{Problem, Refusal};
use crate::console::rotation::keys;
use crate::console::sent::Sent;
use crate::console::shown;
use crate::console::visit::Outcome;
use crate::db::Conn;
use crate::http::{Anyone, Call, Endpoint};
use crate::page::Value;
use crate::platform::{self, Claim};
use crate::revocation;
use crate::signing_keys::{self, KeyState, KeysError, Planned, SignedTokens};

pub(super) const PATH: &str = "/console/platform/keys";
const REVOKE: &str = "/console/platform/keys/{id}/revoke";

/// The endpoints of these pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page(PATH, show_all),
        Endpoint::form(PATH, post_rotate),
        Endpoint::page(REVOKE, ask_revoke),
        Endpoint::form(REVOKE, post_revoke),
    ]
}

async fn show_all(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |admin: &Admin| {
        let page = page(admin, Vec::new()).await?;
        admin.page(page).await
    })
    .await
}

async fn page(admin: &Admin, errors: Vec<FormError>) -> Result<Page, Refusal> {
    let planned = keys::planned(admin).await?;
    let force = Field::controlled(
        "force",
        admin.text("platform-key-force"),
        Control::Check { ticked: false },
    );
    let form = Form::new("rotate", PATH, admin.csrf())
        .hidden("once", Admin::once())
        .field(force.hinted(admin.text("platform-key-force-hint")))
        .button("rotate", admin.text("platform-key-rotate"))
        .errors(errors);
    let parts = vec![
        Part::Lead(admin.phrase("signing-keys-lead")),
        Part::Table(with_acts(admin, &planned)),
        Part::Heading(admin.text("platform-key-rotate")),
        Part::Text(admin.phrase("platform-key-rotate-lead")),
        Part::Form(form),
    ];
    let heading = admin.phrase("signing-keys");
    Ok(Page::new("platform-keys", heading, parts))
}

/// The table of the keys, with a link to the page that revokes each.
fn with_acts(admin: &Admin, planned: &[Planned]) -> Table {
    let mut table = keys::table(admin, planned);
    table.heads.push(admin.text("acts"));
    for (row, planned) in table.rows.iter_mut().zip(planned) {
        let key = &planned.kept.key;
        let link = Cell::Link {
            href: path_of_revoke(key.kid),
            name: admin.text("platform-key-revoke"),
        };
        row.cells.push(if is_trusted(planned) {
            vec![link]
        } else {
            Vec::new()
        });
    }
    table
}

/// Whether there is something to revoke.
fn is_trusted(planned: &Planned) -> bool {
    let life = planned.kept.key.life;
    !life.is_revoked() && life.state() != KeyState::Retired
}

fn path_of_revoke(kid: KeyId) -> String {
    format!("{PATH}/{kid}/revoke")
}

async fn post_rotate(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, rotate).await
}

/// A key that was published, or none because the form was sent before.
enum Rotated {
    Now(signing_keys::Pending),
    Before,
}

async fn rotate(admin: &Admin) -> Outcome {
    let sent = &admin.sent;
    if sent.text("do") != "rotate" || sent.text("once").is_empty() {
        return gate::unknown_button();
    }
    let (db, feed) = (&admin.app.db, &admin.app.nodes.feed);
    let keeper = admin.app.tokens.keys.clone();
    let algorithm = keeper.rules().algorithm;
    // Making a key may take long, and comes before the transaction.
    let fresh = db.run(move |db| signing_keys::next(db, algorithm)).await?;
    let (once, origin, now) = (
        sent.text("once").to_owned(),
        admin.origin.clone(),
        admin.now,
    );
    let publish = move |conn: &mut Conn| {
        if platform::claim(conn, &once, now)? != Claim::First {
            return Ok((Rotated::Before, Vec::new()));
        }
        let (pending, entries) = signing_keys::publish(conn, &keeper, fresh, &origin, now)?;
        platform::made(conn, &once, &pending.kid.to_string())?;
        Ok::<_, KeysError>((Rotated::Now(pending), entries))
    };
    // Every node has the key before it signs.
    let (rotated, _) = revocation::commit(db, feed.clone(), publish).await?;
    let Rotated::Now(pending) = rotated else {
        return admin
            .done(PATH, Notice::new(admin.phrase("platform-key-sent-before")))
            .await;
    };
    if !sent.is_ticked("force") {
        let notice = published(admin, pending.kid, pending.signs_from);
        return admin.done(PATH, notice).await;
    }
    let keeper = admin.app.tokens.keys.clone();
    let (kid, origin, now) = (pending.kid, admin.origin.clone(), admin.app.clock.now());
    let activate = move |conn: &mut Conn| signing_keys::activate(conn, &keeper, kid, &origin, now);
    revocation::commit(db, feed.clone(), activate).await?;
    let notice = Notice::new(admin.around("platform-key-activated", &kid.to_string()));
    admin.done(PATH, notice).await
}

fn published(admin: &Admin, kid: KeyId, from: Timestamp) -> Notice {
    let from = shown::local(from, admin.preferences.zone);
    let values = [("at", Value::Text(&from))];
    let kid = kid.to_string();
    let language = admin.language();
    Notice::new(Phrase::around_with(
        language,
        "platform-key-published",
        &kid,
        &values,
    ))
}

/// Returns a key by the text of a path.
async fn find(admin: &Admin) -> Result<Planned, Refusal> {
    let kid: KeyId = admin.id.parse().map_err(|_| Problem::NotFound)?;
    let planned = keys::planned(admin).await?;
    let mut planned = planned.into_iter();
    let found = planned.find(|planned| planned.kept.key.kid == kid);
    found.ok_or_else(|| Problem::NotFound.into())
}

async fn ask_revoke(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |admin: &Admin| {
        let planned = find(admin).await?;
        let page = question(admin, &planned).await?;
        admin.page(page).await
    })
    .await
}

/// The page that says what will happen, and what will not.
async fn question(admin: &Admin, planned: &Planned) -> Result<Page, Refusal> {
    let key = &planned.kept.key;
    let (kid, state) = (key.kid, key.life.state());
    let heading = admin.around("platform-key-revoke-question", &kid.to_string());
    if !is_trusted(planned) {
        let parts = vec![
            Part::Warning(admin.phrase("nothing-left")),
            Part::Actions(vec![crate::console::page::Action {
                link: admin.link(PATH, "back"),
                primary: false,
            }]),
        ];
        return Ok(Page::new("platform-key-confirm", heading, parts));
    }
    let (feed, now) = (admin.app.nodes.feed.clone(), admin.now);
    let still_signs = state == KeyState::Active;
    let count = move |conn: &mut Conn| {
        signing_keys::signed_tokens(conn, kid, still_signs, feed.index(), now)
    };
    let SignedTokens { count, is_exact } = admin.app.db.read(count).await?;
    let plus = if is_exact { "" } else { "+" };
    let shown = format!("{}{plus}", admin.language().number(count));
    let values = [
        ("count", Value::Count(count)),
        ("number", Value::Text(&shown)),
    ];
    let text = admin.language().text_with("effect-tokens", &values);
    let mut lines = vec![Phrase::plain(text)];
    if !admin.app.tokens.issuer.writes_all() {
        lines.push(admin.phrase("effect-ledger-off"));
    }
    lines.push(admin.phrase("platform-key-revoke-effect"));
    if still_signs {
        lines.push(admin.phrase("platform-key-revoke-successor"));
    }
    lines.push(admin.phrase("platform-key-revoke-stays"));
    let form = Form::new("confirm", path_of_revoke(kid), admin.csrf())
        .danger("revoke", admin.text("platform-key-revoke"))
        .cancel(PATH, admin.text("cancel"));
    let effect = Effect {
        tokens: Some(format!("{count}{plus}")),
        lines,
    };
    let parts = vec![Part::Effect(effect), Part::Form(form)];
    Ok(Page::new("platform-key-confirm", heading, parts))
}

async fn post_revoke(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, revoke).await
}

async fn revoke(admin: &Admin) -> Outcome {
    if admin.sent.text("do") != "revoke" {
        return gate::unknown_button();
    }
    let planned = find(admin).await?;
    if !is_trusted(&planned) {
        let page = question(admin, &planned).await?;
        return admin.answer(&page);
    }
    let kid = planned.kept.key.kid;
    let (db, keeper) = (&admin.app.db, admin.app.tokens.keys.clone());
    let replacement = db.run(move |db| signing_keys::replacement(db, kid)).await?;
    let (origin, now) = (admin.origin.clone(), admin.now);
    let write = move |conn: &mut Conn| {
        let (_, entries) = signing_keys::revoke(conn, &keeper, kid, replacement, &origin, now)?;
        Ok::<_, KeysError>((revocation::count(&entries), entries))
    };
    let done = revocation::enforce(db, admin.app.nodes.feed.clone(), write).await;
    let (revoked, receipt) = match done {
        Err(KeysError::InvalidTransition(..)) => {
            let error = FormError::of(admin.language(), None, "nothing-left");
            let page = page(admin, vec![error]).await?;
            return admin.answer(&page.with_status(StatusCode::CONFLICT));
        }
        other => other?,
    };
    admin.app.metrics.revocations.inc_by(revoked);
    let notice = Notice::new(admin.around("platform-key-revoked", &kid.to_string()));
    admin.done(PATH, notice.with(admin.receipt(&receipt))).await
}
