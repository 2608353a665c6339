//! Work that goes on when its page is closed: imports.

use super::answers::Page;
use super::gate::{self, Answer, Needs};
use super::operators::export;
use super::operators::import::outcomes;
use super::page::{Action, Form, Notice, Part, Phrase};
use super::refusal::{Problem, Refusal};
use super::sent::Sent;
use super::visit::{Outcome, Signed};
use crate::base::ImportId;
use crate::db::{Conn, Error};
use crate::http::{Anyone, Call, Endpoint};
use crate::operator::import::{self, Done, Import, State};
use crate::page::Value;

pub(super) const PATH: &str = "/console/jobs";
const RECORD: &str = "/console/jobs/{id}";
const RESULTS: &str = "/console/jobs/{id}/results.csv";

/// The endpoints of these pages.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::page(RECORD, get),
        Endpoint::form(RECORD, post),
        Endpoint::page(RESULTS, export::results),
    ]
}

async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::watch(call, show).await
}

/// Returns an import that has begun, and what became of its lines.
pub(super) async fn find(signed: &Signed) -> Result<(Import, Vec<Done>), Refusal> {
    let id: ImportId = signed.id.parse().map_err(|_| Problem::NotFound)?;
    let organization = signed.organization();
    let read = move |conn: &mut Conn| {
        let found = import::find(conn, organization, id)?;
        let Some(found) = found.filter(|import| import.state != State::Checked) else {
            return Ok(None);
        };
        let done = import::results(conn, organization, id)?;
        Ok::<_, Error>(Some((found, done)))
    };
    let found = signed.app.db.read(read).await?;
    found.ok_or_else(|| Problem::NotFound.into())
}

async fn show(signed: &Signed) -> Outcome {
    let (import, done) = find(signed).await?;
    let language = signed.language();
    let (state, is_running) = match import.state {
        State::Running => ("job-running", true),
        State::Stopped => ("job-stopped", false),
        State::Done | State::Checked => ("job-done", false),
    };
    let (done_so_far, all) = (language.number(import.done), language.number(import.lines));
    let values = [
        ("done", Value::Text(&done_so_far)),
        ("all", Value::Text(&all)),
    ];
    let mut parts = vec![
        Part::Lead(signed.phrase(state)),
        Part::Progress {
            label: signed.text("job-progress"),
            done: import.done,
            all: import.lines,
            text: language.text_with("job-progress-text", &values),
        },
    ];
    let base = format!("{PATH}/{}", import.id);
    if is_running && signed.found.right == crate::session::console::Right::Admin {
        let form =
            Form::new("job", base.clone(), signed.csrf()).danger("stop", signed.text("job-stop"));
        parts.push(Part::Form(form));
    }
    parts.extend(outcomes(signed, &done));
    if !is_running {
        parts.push(Part::Actions(vec![Action {
            link: signed.link(format!("{base}/results.csv"), "job-results"),
            primary: false,
        }]));
    }
    let heading = Phrase::plain(signed.text_with("job-heading", "id", &import.id.to_string()));
    signed
        .page(Page::new("job", heading, parts).reloading(is_running))
        .await
}

async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Admin, stop).await
}

async fn stop(signed: &Signed) -> Outcome {
    if signed.sent.text("do") != "stop" {
        return gate::unknown_button();
    }
    let (import, _) = find(signed).await?;
    let (organization, id) = (import.organization, import.id);
    let (origin, now) = (signed.origin.clone(), signed.now);
    let stop = move |conn: &mut Conn| import::stop(conn, organization, id, &origin, now);
    let stopped = signed.app.db.write(stop).await?;
    let id = if stopped {
        "job-was-stopped"
    } else {
        "job-was-over"
    };
    let notice = Notice::new(signed.phrase(id));
    signed.done(&format!("{PATH}/{}", import.id), notice).await
}
