//! Rotating a company token.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::new::secret;
use super::{find, name_of, path_of, record_of, terms};
use crate::company::{self, ByAdmin, RotateError};
use crate::console::answers::Page;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Action, Choice, Control, Effect, Field, Form, FormError, Part};
use crate::console::refusal::{Problem, Refusal};
use crate::console::sent::Sent;
use crate::console::shown;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::organization::Terms;
use crate::revocation;
use crate::session::console::{self, Claim};

/// The value of `overlap` for the grace of the policy.
const POLICY: &str = "policy";

/// The overlaps that are offered if the policy allows longer ones (seconds).
const SHORTER: [u64; 2] = [86_400, 3_600];

pub(super) async fn get(call: Call<Anyone, Sent>) -> Answer {
    gate::show_admin(call, async |signed: &Signed| {
        form(signed, StatusCode::OK, Vec::new()).await
    })
    .await
}

async fn form(
    signed: &Signed,
    status: StatusCode,
    errors: Vec<FormError>,
) -> Result<HttpResponse, Refusal> {
    let (record, why) = find(signed, &signed.id).await?;
    if why.is_some() {
        return Err(Problem::Changed.into());
    }
    let jti = record.line.claims.jti;
    let heading = signed.around("token-rotate-question", &name_of(&record));
    let effect = Part::Effect(Effect {
        tokens: Some("0".to_owned()),
        lines: vec![
            signed.phrase("token-rotate-effect"),
            signed.phrase("token-rotate-stays"),
        ],
    });
    if let Some(handover) = record.line.handover {
        let parts = vec![
            Part::Warning(signed.phrase("token-rotated-already")),
            Part::Actions(vec![Action {
                link: signed.link(record_of(handover.successor), "successor"),
                primary: false,
            }]),
        ];
        return signed.answer(&Page::new("company-token-rotate", heading, parts));
    }
    let form = Form::new("rotate", path_of(jti, "rotate"), signed.csrf())
        .hidden("once", Signed::once())
        .field(overlap_field(signed, &terms(signed).await?))
        .button("rotate", signed.text("token-rotate"))
        .cancel(record_of(jti), signed.text("cancel"))
        .errors(errors);
    let parts = vec![effect, Part::Form(form)];
    signed.answer(&Page::new("company-token-rotate", heading, parts).with_status(status))
}

fn overlap_field(signed: &Signed, terms: &Terms) -> Field {
    let choice = |value: String, span: Duration, chosen| {
        let end = signed.now.whole_second().plus(span);
        let label = if span.is_zero() {
            signed.text("overlap-none")
        } else {
            shown::span(span, signed.language())
        };
        Choice {
            // The instant it resolves to.
            hint: Some(shown::local(end, signed.preferences.zone)),
            ..Choice::new(value, label, chosen)
        }
    };
    let mut choices = vec![choice(POLICY.to_owned(), terms.grace, true)];
    for seconds in SHORTER {
        let span = Duration::from_secs(seconds);
        if span < terms.grace {
            choices.push(choice(seconds.to_string(), span, false));
        }
    }
    Field::controlled(
        "overlap",
        signed.text("token-overlap"),
        Control::Radios(choices),
    )
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::AdminAndProof, rotate).await
}

/// Returns the overlap that was chosen: `Some(None)` is that of the policy, `None` is none that is
/// offered.
fn overlap(text: &str) -> Option<Option<Duration>> {
    if text == POLICY {
        return Some(None);
    }
    let seconds = text.parse().ok()?;
    SHORTER
        .contains(&seconds)
        .then(|| Some(Duration::from_secs(seconds)))
}

async fn rotate(signed: &Signed) -> Outcome {
    if signed.sent.text("do") != "rotate" {
        return gate::unknown_button();
    }
    let (record, _) = find(signed, &signed.id).await?;
    if signed.sent.text("once").is_empty() {
        return gate::unknown_button();
    }
    let wrong = async || {
        let error = FormError::of(signed.language(), Some("overlap"), "overlap-wrong");
        form(signed, StatusCode::UNPROCESSABLE_ENTITY, vec![error]).await
    };
    let Some(overlap) = overlap(signed.sent.text("overlap")) else {
        return wrong().await;
    };
    let (organization, jti) = (signed.organization(), record.line.claims.jti);
    let wanted = ByAdmin {
        token: (organization, jti),
        overlap,
        session: Some(signed.claims()),
        rev: signed.rev,
        kid: signed.app.tokens.issuer.active_key(),
        defaults: signed.app.settings.company_tokens.clone(),
    };
    let (origin, now) = (signed.origin.clone(), signed.now);
    let once = signed.sent.text("once").to_owned();
    let (db, feed) = (&signed.app.db, signed.app.nodes.feed.clone());
    let rotate = move |conn: &mut Conn| {
        if let Claim::Again(made) = console::claim(conn, organization, &once, now)? {
            return Ok((Err(made), Vec::new()));
        }
        let (rotation, entries) = company::rotate_by_admin(conn, wanted, &origin, now)?;
        let successor = rotation.successor.claims().jti.to_string();
        console::made(conn, organization, &once, &successor)?;
        Ok::<_, RotateError>((Ok(rotation), entries))
    };
    match revocation::enforce(db, feed, rotate).await {
        Ok((Ok(rotation), _)) => secret(signed, &rotation.successor, "token-rotated"),
        // The form was sent before, and the successor was shown then.
        Ok((Err(made), _)) => {
            let successor = made.and_then(|id| id.parse().ok());
            signed
                .sent_before(&record_of(successor.unwrap_or(jti)))
                .await
        }
        Err(RotateError::Overlap { .. }) => wrong().await,
        Err(why) => Err(why.into()),
    }
}
