//! Issuing a token for an operator.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{find, id_of, path_of};
use crate::console::answers::Page;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Choice, Control, Field, Form, FormError, Part, Secret};
use crate::console::refusal::{Problem, Refusal};
use crate::console::sent::Sent;
use crate::console::shown;
use crate::console::visit::{Outcome, Signed};
use crate::db::{self, Conn};
use crate::http::{Anyone, ApiError, Call};
use crate::ledger::{Label, LabelError, WriteError};
use crate::operator::{self, IssueError, OperatorStatus, Request};
use crate::session::console::{self, Claim};

/// The lives that are offered (minutes). The second one is chosen at first.
const MINUTES: [u64; 4] = [15, 60, 480, 1_440];

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        let id = signed.id.clone();
        form(signed, StatusCode::OK, &id, &Sent::default(), Vec::new()).await
    })
    .await
}

/// Returns the lives that the organization's policy allows, in minutes.
async fn lives(signed: &Signed) -> Result<Vec<u64>, Refusal> {
    let policies = &signed.app.tokens.policies;
    let policy = policies.get(&signed.app.db, signed.organization()).await?;
    let cap = policy.map_or(Duration::ZERO, |policy| policy.operator_token_cap());
    let fits = |minutes: &u64| Duration::from_secs(minutes * 60) <= cap;
    let mut lives: Vec<u64> = MINUTES.into_iter().filter(fits).collect();
    if lives.is_empty() {
        lives.push((cap.as_secs() / 60).max(1));
    }
    Ok(lives)
}

/// Shows the form.
pub(in crate::console) async fn form(
    signed: &Signed,
    status: StatusCode,
    id: &str,
    sent: &Sent,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let operator = find(signed, id).await?;
    if operator.status != OperatorStatus::Active {
        return Err(Problem::Changed.into());
    }
    let lives = lives(signed).await?;
    let chosen = sent.text("minutes").parse().unwrap_or(60);
    let choice = |minutes: &u64| {
        let label = shown::span(Duration::from_secs(minutes * 60), signed.language());
        Choice::new(minutes.to_string(), label, *minutes == chosen)
    };
    let mut choices: Vec<_> = lives.iter().map(choice).collect();
    if !choices.iter().any(|choice| choice.chosen)
        && let Some(last) = choices.last_mut()
    {
        last.chosen = true;
    }
    let base = path_of(operator.id);
    let mut form = Form::new("issue", format!("{base}/issue"), signed.csrf())
        .hidden("once", Signed::once())
        .field(Field::controlled(
            "minutes",
            signed.text("token-life"),
            Control::Radios(choices),
        ));
    // Without the ledger there is no place for it.
    if signed.app.tokens.issuer.writes_all() {
        form = form.field(note_field(signed, sent));
    }
    let form = form
        .button("issue", signed.text("token-issue"))
        .cancel(base, signed.text("cancel"))
        .errors(errors);
    let heading = signed.around("token-issue-for", &operator.profile.name);
    let parts = vec![
        Part::Lead(signed.phrase("token-issue-lead")),
        Part::Form(form),
    ];
    signed.answer(&Page::new("operator-issue", heading, parts).with_status(status))
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::AdminAndProof, issue).await
}

/// The field of the note that is written beside an issue.
pub(in crate::console) fn note_field(signed: &Signed, sent: &Sent) -> Field {
    Field::line("note", signed.text("note"), sent.text("note")).hinted(signed.text("note-hint"))
}

/// Returns the label or the note that a form has sent; `None` if the field is empty.
pub(in crate::console) fn label_of(sent: &Sent, name: &str) -> Result<Option<Label>, LabelError> {
    let text = sent.optional(name);
    text.map(|text| text.parse()).transpose()
}

async fn issue(signed: &Signed) -> Outcome {
    if signed.sent.text("do") != "issue" {
        return gate::unknown_button();
    }
    let (organization, id) = (signed.organization(), id_of(&signed.id)?);
    let operator = find(signed, &signed.id).await?;
    if signed.sent.text("once").is_empty() {
        return gate::unknown_button();
    }
    let lives = lives(signed).await?;
    let minutes = signed.sent.text("minutes").parse().ok();
    let minutes = minutes.filter(|minutes| lives.contains(minutes));
    let note = label_of(&signed.sent, "note");
    let (Some(minutes), Ok(note)) = (minutes, &note) else {
        let wrong = |field, id| FormError::of(signed.language(), Some(field), id);
        let life = minutes
            .is_none()
            .then(|| wrong("minutes", "token-life-wrong"));
        let note = note.is_err().then(|| wrong("note", "label-wrong"));
        let errors = life.into_iter().chain(note).collect();
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return form(signed, status, &signed.id, &signed.sent, errors).await;
    };
    let (once, now) = (signed.sent.text("once").to_owned(), signed.now);
    let claim = move |conn: &mut Conn| {
        let claimed = console::claim(conn, organization, &once, now)?;
        Ok((claimed != Claim::First).then_some(()))
    };
    let request = Request {
        rev: signed.rev,
        operator: id,
        expires_at: Some(now.plus(Duration::from_secs(minutes * 60))),
    };
    let (wanted, origin) = ((request, note.clone()), signed.origin.clone());
    let issued =
        operator::issue_by_admin(&signed.app, &signed.claims(), wanted, origin, claim).await;
    let Ok(token) = issued.map_err(refusal)? else {
        // The form was sent before, and its token was shown then.
        return signed.sent_before(&path_of(id)).await;
    };
    // The second command needs a company token besides, as the services have that ask.
    let (origin, text) = (crate::console::api_keys::origin(signed), &token.text);
    let curl = format!(
        "curl -fsS {origin}/v1/profile -H 'Authorization: Bearer {text}'\n\ncurl -fsS {origin}/api/operator/validate-token \
         -H 'Content-Type: application/json' \\\n  -H \"Authorization: Bearer $COMPANY\" -d '{{\"token\":\"{text}\"}}'"
    );
    let until = shown::local(token.expires_at, signed.preferences.zone);
    let parts = vec![
        Part::Text(crate::console::page::Phrase::plain(signed.text_with(
            "token-ends",
            "at",
            &until,
        ))),
        Part::Text(signed.phrase("token-commands")),
        Part::Secret(Secret {
            second: None,
            label: signed.text("token"),
            text: token.text,
            curl: Some(curl),
            stored: signed.link(path_of(id), "secret-stored"),
        }),
    ];
    let heading = signed.around("token-issued", &operator.profile.name);
    signed.answer(&Page::new("secret", heading, parts))
}

fn refusal(why: IssueError) -> Refusal {
    match why {
        IssueError::Unknown => Problem::NotFound.into(),
        IssueError::NotActive(_) | IssueError::Past | IssueError::BeyondCap { .. } => {
            Problem::Changed.into()
        }
        IssueError::Database(why) => why.into(),
        IssueError::Ledger(WriteError::Full | WriteError::Unavailable(_)) => {
            ApiError::unavailable().into()
        }
        IssueError::Key(why) => db::Error::Internal(why.to_string()).into(),
    }
}
