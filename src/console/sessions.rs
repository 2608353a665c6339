//! The sessions of the console: an admin sees all of the organization, an auditor its own.

use super::answers::{Page, redirect};
use super::cells::{operator_link, short};
use super::gate::{self, Answer, Needs};
use super::page::{Cell, Form, Notice, Part, Phrase, Row, Table, Tone};
use super::refusal::{Problem, Refusal};
use super::sent::Sent;
use super::sign_in;
use super::visit::{Outcome, Signed, Visit};
use crate::base::TokenId;
use crate::grant;
use crate::http::{Anyone, Call};
use crate::session::console::{self, ConsoleSession, Right, Whose};
use crate::session::{BY_PASSWORD_AND_CODE, Lives};

pub(super) const PATH: &str = "/console/sessions";

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |signed: &Signed| {
        let list = list(signed).await?;
        let mut form = Form::new("others", PATH, signed.csrf());
        form = form.danger("end-others", signed.text("sessions-end-others"));
        let parts = vec![
            Part::Lead(signed.phrase("sessions-lead")),
            Part::Table(table(signed, &list)),
            Part::Form(form),
        ];
        let heading = signed.phrase("sessions");
        signed.page(Page::new("sessions", heading, parts)).await
    })
    .await
}

/// Returns the valid sessions that the person may see.
async fn list(signed: &Signed) -> Result<Vec<ConsoleSession>, Refusal> {
    let whose = match signed.found.right {
        Right::Admin => Whose::Everybody,
        Right::Auditor => Whose::Account(signed.found.session.operator),
    };
    let lives = Lives::of_console(&signed.app);
    let (organization, now) = (signed.organization(), signed.now);
    let read = move |conn: &mut _| console::list(conn, organization, whose, lives, now);
    let mut list = signed.app.db.read(read).await?;
    let index = signed.app.nodes.feed.index();
    list.retain(|session| !index.revokes(&session.claims(lives)));
    Ok(list)
}

fn table(signed: &Signed, list: &[ConsoleSession]) -> Table {
    let heads = [
        "who", "device", "address", "since", "last-use", "factor", "acts",
    ];
    let row = |session: &ConsoleSession| {
        let is_own = session.jti == signed.found.session.jti;
        let factor = if session.amr == BY_PASSWORD_AND_CODE {
            "factor-code"
        } else {
            "factor-password"
        };
        let who = match session.operator {
            Some(id) => operator_link(id),
            None => Cell::Text(signed.text("organization-account")),
        };
        let mut name = vec![who];
        if is_own {
            name.push(Cell::Break);
            name.push(signed.badge("this-session", Tone::Good));
        }
        let button = |verb: &'static str, id: &str, danger| Cell::Button {
            action: PATH.to_owned(),
            csrf: signed.csrf(),
            verb,
            name: format!("{} {}", signed.text(id), short(session.jti)),
            label: signed.text(id),
            danger,
            hidden: ("session", session.jti.to_string()),
        };
        Row {
            id: session.jti.to_string(),
            cells: vec![
                name,
                vec![Cell::Text(device(signed, session.agent.as_deref()))],
                session
                    .address
                    .clone()
                    .map(|address| vec![Cell::Code(address)])
                    .unwrap_or_default(),
                vec![signed.time(session.signed_in_at)],
                vec![signed.ago(session.last_seen_at)],
                vec![Cell::Text(signed.text(factor))],
                vec![
                    button("end", "session-end", false),
                    Cell::Break,
                    button("disown", "session-disown", true),
                ],
            ],
        }
    };
    Table {
        id: "sessions",
        caption: signed.text("sessions-caption"),
        heads: heads.iter().map(|id| signed.text(id)).collect(),
        rows: list.iter().map(row).collect(),
    }
}

/// What a browser says it is, in words. Names of programs are the same in every language.
pub(super) fn device(visit: &Visit, agent: Option<&str>) -> String {
    let Some(agent) = agent else {
        return visit.text("device-unknown");
    };
    let first = |names: &[(&str, &'static str)]| {
        let found = names.iter().find(|(mark, _)| agent.contains(mark));
        found.map(|(_, name)| *name)
    };
    let browser = first(&[
        ("MicroMessenger", "WeChat"),
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = first(&[
        ("Windows", "Windows"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    let parts: Vec<_> = browser.into_iter().chain(system).collect();
    if parts.is_empty() {
        visit.text("device-unknown")
    } else {
        parts.join(", ")
    }
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Session, end).await
}

async fn end(signed: &Signed) -> Outcome {
    let verb = signed.sent.text("do");
    let (origin, now) = (signed.origin.clone(), signed.now);
    if verb == "end-others" {
        let session = signed.found.session.clone();
        let write = move |conn: &mut _| console::end_others(conn, &session, &origin, now);
        let ended = signed.app.db.write(write).await?;
        let ended = i64::try_from(ended).unwrap_or(i64::MAX);
        let phrase = Phrase::plain(signed.count("sessions-ended", ended));
        return signed.done(PATH, Notice::new(phrase)).await;
    }
    if verb != "end" && verb != "disown" {
        return gate::unknown_button();
    }
    let jti: TokenId = signed
        .sent
        .text("session")
        .parse()
        .map_err(|_| Problem::NotFound)?;
    let organization = signed.organization();
    let read = move |conn: &mut _| console::owner(conn, organization, jti);
    let owner = signed.app.db.read(read).await?.ok_or(Problem::NotFound)?;
    // An auditor ends its own sessions only, and nobody those of another organization.
    let own = Whose::Account(signed.found.session.operator);
    if signed.found.right != Right::Admin && owner != own {
        return Err(Problem::NotFound.into());
    }
    let mut receipt = None;
    if verb == "disown" {
        let by = origin.clone();
        let done = grant::manage::revoke_token(&signed.app, organization, jti, by).await?;
        receipt = Some(done);
    }
    let write = move |conn: &mut _| console::end(conn, organization, jti, &origin, now);
    signed.app.db.write(write).await?;
    if jti == signed.found.session.jti {
        return redirect(sign_in::PATH);
    }
    let done = if verb == "disown" {
        "session-disowned"
    } else {
        "session-ended"
    };
    let mut notice = Notice::new(signed.phrase(done));
    if let Some(receipt) = receipt {
        notice = notice.with(signed.receipt(&receipt));
    }
    signed.done(PATH, notice).await
}
