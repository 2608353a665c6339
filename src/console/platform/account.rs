//! The admin's own account: where it is signed in.

use super::gate;
use super::visit::Admin;
use crate::base::TokenId;
use crate::console::account_language::{self, Typed};
use crate::console::answers::{Page, redirect};
use crate::console::cells::short;
use crate::console::gate::Answer;
use crate::console::page::{Cell, Form, Notice, Part, Phrase, Row, Table, Tone};
use crate::console::refusal::{Problem, Refusal};
use crate::console::sent::Sent;
use crate::console::sessions::device;
use crate::console::visit::Outcome;
use crate::db::Conn;
use crate::http::{Anyone, Call, Endpoint};
use crate::platform::{self, PlatformSession};
use crate::session::Lives;

pub(super) const PATH: &str = "/console/platform/account";

/// The endpoints of this page.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::page(PATH, get), Endpoint::form(PATH, post)]
}

async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |admin: &Admin| {
        form(admin, Typed::default()).await
    })
    .await
}

/// Shows the page.
pub(super) async fn form(admin: &Admin, typed: Typed<'_>) -> Outcome {
    let found = sessions(admin).await?;
    let account = &admin.found.admin;
    let facts = vec![
        (admin.text("login"), vec![Cell::Name(account.login.clone())]),
        (
            admin.text("platform-admin-id"),
            vec![Cell::Code(account.id.to_string())],
        ),
        (admin.text("added"), vec![admin.time(account.created_at)]),
    ];
    let status = typed.status();
    let language = account_language::form(admin, PATH, admin.csrf(), typed);
    let others = Form::new("others", PATH, admin.csrf())
        .danger("end-others", admin.text("sessions-end-others"));
    let parts = vec![
        Part::Facts("account", facts),
        Part::Form(language),
        Part::Heading(admin.text("sessions")),
        Part::Table(table(admin, &found)),
        Part::Form(others),
    ];
    let heading = admin.phrase("account");
    let page = Page::new("platform-account", heading, parts).with_status(status);
    admin.page(page).await
}

async fn sessions(admin: &Admin) -> Result<Vec<PlatformSession>, Refusal> {
    let (id, lives, now) = (
        admin.found.admin.id,
        Lives::of_platform(&admin.app),
        admin.now,
    );
    let read = move |conn: &mut Conn| platform::sessions(conn, id, lives, now);
    Ok(admin.app.db.read(read).await?)
}

fn table(admin: &Admin, found: &[PlatformSession]) -> Table {
    let row = |session: &PlatformSession| {
        let mut name = vec![Cell::Text(device(admin, session.agent.as_deref()))];
        if session.id == admin.found.session.id {
            name.push(Cell::Break);
            name.push(admin.badge("this-session", Tone::Good));
        }
        let end = admin.text("session-end");
        let address = session.address.clone();
        Row {
            id: session.id.to_string(),
            cells: vec![
                name,
                address
                    .map(|address| vec![Cell::Code(address)])
                    .unwrap_or_default(),
                vec![admin.time(session.signed_in_at)],
                vec![admin.ago(session.last_seen_at)],
                vec![Cell::Button {
                    action: PATH.to_owned(),
                    csrf: admin.csrf(),
                    verb: "end",
                    name: format!("{end} {}", short(session.id)),
                    label: end,
                    danger: false,
                    hidden: ("session", session.id.to_string()),
                }],
            ],
        }
    };
    let heads = ["device", "address", "since", "last-use", "acts"];
    Table {
        id: "sessions",
        caption: admin.text("platform-sessions-caption"),
        heads: heads.iter().map(|id| admin.text(id)).collect(),
        rows: found.iter().map(row).collect(),
    }
}

async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act_on_own(call, act).await
}

async fn act(admin: &Admin) -> Outcome {
    let session = admin.found.session.clone();
    let (origin, now) = (admin.origin.clone(), admin.now);
    match admin.sent.text("do") {
        "end-others" => {
            let write = move |conn: &mut Conn| platform::end_others(conn, &session, &origin, now);
            let ended = admin.app.db.write(write).await?;
            let ended = i64::try_from(ended).unwrap_or(i64::MAX);
            let phrase = Phrase::plain(admin.count("sessions-ended", ended));
            admin.done(PATH, Notice::new(phrase)).await
        }
        "end" => {
            let named = admin.sent.text("session");
            let id: TokenId = named.parse().map_err(|_| Problem::NotFound)?;
            // Only its own: the ids of other admins' sessions are not there.
            let own = session.admin;
            let write = move |conn: &mut Conn| platform::end(conn, own, id, &origin, now);
            if !admin.app.db.write(write).await? {
                return Err(Problem::NotFound.into());
            }
            if id == session.id {
                admin.take_away();
                return redirect(super::SIGN_IN);
            }
            let notice = Notice::new(admin.phrase("platform-session-ended"));
            admin.done(PATH, notice).await
        }
        account_language::SAVE => store_language(admin).await,
        _ => gate::unknown_button(),
    }
}

/// Stores the language of pages.
async fn store_language(admin: &Admin) -> Outcome {
    let language = match account_language::chosen(admin) {
        Ok(language) => language,
        Err(error) => {
            let typed = Typed {
                sent: Some(&admin.sent),
                errors: vec![error],
            };
            return form(admin, typed).await;
        }
    };
    let id = admin.found.admin.id;
    let write = move |conn: &mut Conn| platform::set_language(conn, id, language);
    if !admin.app.db.write(write).await? {
        // The admin has been removed meanwhile.
        return Err(Problem::Changed.into());
    }
    let notice = admin.language_stored(language);
    admin.done(PATH, notice).await
}
