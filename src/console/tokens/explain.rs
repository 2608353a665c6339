//! Explaining a token: which rule refuses it, since when, and who caused it. What is pasted is
//! neither kept nor shown again.

use actix_web::http::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::{EXPLAIN, PATH, facts, kind, rule, state};
use crate::api_key::manage::{Standing, standing};
use crate::api_key::text;
use crate::base::TokenId;
use crate::console::answers::Page;
use crate::console::cells::{operator_link, token_link};
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{
    Cell, Control, Field, Form, FormError, Part, Row, Table, Tone, Verdict,
};
use crate::console::refusal::Refusal;
use crate::console::sent::Sent;
use crate::console::visit::{Outcome, Signed};
use crate::db;
use crate::http::{Anyone, Call};
use crate::ledger::{self, Why, why};
use crate::token::{self, Claims};

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show(call, async |signed: &Signed| {
        let page = page(signed, Vec::new(), Vec::new());
        signed.page(page).await
    })
    .await
}

fn page(signed: &Signed, mut parts: Vec<Part>, errors: Vec<FormError>) -> Page {
    let form = Form::new("explain", EXPLAIN, signed.csrf())
        .field(
            Field::controlled("token", signed.text("explain-field"), Control::Area)
                .required()
                .hinted(signed.text("explain-hint")),
        )
        .button("explain", signed.text("explain"))
        .cancel(PATH, signed.text("tokens"))
        .errors(errors);
    parts.push(Part::Form(form));
    Page::new("explain", signed.phrase("explain-heading"), parts)
}

/// An auditor may do this too: it changes nothing.
pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::Session, explain).await
}

async fn explain(signed: &Signed) -> Outcome {
    if signed.sent.text("do") != "explain" {
        return gate::unknown_button();
    }
    let pasted = signed.sent.text("token").trim();
    if pasted.is_empty() {
        let error = FormError::of(signed.language(), Some("token"), "explain-missing");
        let page = page(signed, Vec::new(), vec![error]);
        return signed.answer(&page.with_status(StatusCode::UNPROCESSABLE_ENTITY));
    }
    let pasted = SecretString::from(pasted.to_owned());
    let parts = if text::environment(pasted.expose_secret()).is_some() {
        of_key(signed, pasted).await?
    } else {
        of_token(signed, pasted).await?
    };
    signed.answer(&page(signed, parts, Vec::new()))
}

/// What is foreign, forged or garbled is invalid, in the same words.
fn unknown(signed: &Signed) -> Vec<Part> {
    vec![Part::Verdict(Verdict {
        status: "invalid".to_owned(),
        reason: None,
        word: signed.text("state-invalid"),
        tone: Tone::Bad,
        text: signed.text("why-unknown"),
    })]
}

async fn of_token(signed: &Signed, pasted: SecretString) -> Result<Vec<Part>, Refusal> {
    let organization = signed.organization();
    let text = pasted.expose_secret();
    let id: Option<TokenId> = text.parse().ok();
    let claims = match id {
        Some(_) => None,
        None => signed.app.tokens.validator.authentic(text),
    };
    let own = claims.filter(|claims| claims.organization == organization);
    let Some(jti) = id.or_else(|| own.map(|claims| claims.jti)) else {
        return Ok(unknown(signed));
    };
    // Nothing of a text is shown unless its signature was checked, and it is of this organization.
    let content = own.map(|_| content(signed, text)).unwrap_or_default();
    let mut parts = match (ledger::examine(&signed.app, organization, jti).await?, own) {
        (Some((record, reason)), _) => verdict(signed, &record.line.claims, reason.as_ref()),
        // An operator token is in the ledger only if the ledger is on.
        (None, Some(claims)) => {
            let now = signed.now;
            let read = move |conn: &mut _| why(conn, &claims, now);
            let reason: Option<Why> = signed.app.db.read(read).await?;
            verdict(signed, &claims, reason.as_ref())
        }
        (None, None) => return Ok(unknown(signed)),
    };
    parts.extend(content);
    Ok(parts)
}

/// Returns the members of the header and of the claims of a token, as they stand in its text. The
/// signature is not shown: without it nobody can use the token.
fn content(signed: &Signed, text: &str) -> Vec<Part> {
    let table = |id: &'static str, bytes: Option<Vec<u8>>| {
        let members: Map<String, Value> = serde_json::from_slice(&bytes?).ok()?;
        let rows = members.iter().map(|(name, value)| {
            let value = match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            Row {
                id: name.clone(),
                cells: vec![vec![Cell::Code(name.clone())], vec![Cell::Code(value)]],
            }
        });
        Some(Part::Table(Table {
            id,
            caption: signed.text(id),
            heads: ["explain-member", "explain-value"]
                .map(|id| signed.text(id))
                .into(),
            rows: rows.collect(),
        }))
    };
    let header = table("explain-token-header", token::header(text).ok());
    let claims = table("explain-token-claims", token::payload(text).ok());
    header.into_iter().chain(claims).collect()
}

fn verdict(signed: &Signed, claims: &Claims, reason: Option<&Why>) -> Vec<Part> {
    let (word, tone) = state(reason.map(|why| why.reason.status()));
    let status = reason.map_or("valid", |why| why.reason.status());
    let mut parts = vec![Part::Verdict(Verdict {
        status: status.to_owned(),
        reason: reason.map(|why| why.reason.as_str().to_owned()),
        word: signed.text(word),
        tone,
        text: signed.text(reason.map_or("why-valid", |why| rule(why.reason))),
    })];
    if let Some(why) = reason {
        parts.push(Part::Facts("why", facts(signed, why)));
    }
    let mut facts = vec![
        (signed.text("token"), vec![token_link(claims.jti)]),
        (
            signed.text("kind"),
            vec![Cell::Text(signed.text(kind(claims.kind())))],
        ),
        (signed.text("issued"), signed.time_and_ago(claims.issued_at)),
        (
            signed.text("ends"),
            signed.time_or(claims.expires_at(), "no-end"),
        ),
    ];
    if let Some(operator) = claims.operator() {
        facts.push((signed.text("operator"), vec![operator_link(operator)]));
    }
    if let Some(parent) = claims.parent() {
        facts.push((signed.text("parent"), vec![token_link(parent)]));
    }
    parts.push(Part::Facts("token", facts));
    parts
}

async fn of_key(signed: &Signed, pasted: SecretString) -> Result<Vec<Part>, Refusal> {
    let now = signed.now;
    let read = move |conn: &mut _| {
        let found = standing(conn, pasted.expose_secret(), now)?;
        Ok::<_, db::Error>(found)
    };
    let Standing::Known(stored, outcome) = signed.app.db.read(read).await? else {
        return Ok(unknown(signed));
    };
    if stored.key.organization != signed.organization() {
        return Ok(unknown(signed));
    }
    let (status, word, tone, text) = match &outcome {
        Ok(_) => ("valid", "state-valid", Tone::Good, "key-valid"),
        Err(_) => ("refused", "state-refused", Tone::Bad, "key-refused"),
    };
    let reason = outcome
        .as_ref()
        .err()
        .map(|refused| refused.as_str().to_owned());
    let mut facts = vec![(
        signed.text("api-key"),
        vec![crate::console::api_keys::key_link(&stored.key)],
    )];
    if let Some(reason) = &reason {
        facts.push((signed.text("why-code"), vec![Cell::Code(reason.clone())]));
    }
    Ok(vec![
        Part::Verdict(Verdict {
            status: status.to_owned(),
            reason,
            word: signed.text(word),
            tone,
            text: signed.text(text),
        }),
        Part::Facts("key", facts),
    ])
}
