//! Giving an API key another text.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use super::{error, find, path_of, secret};
use crate::api_key::manage::{self, Made};
use crate::api_key::{KeyStatus, ManageError};
use crate::console::answers::Page;
use crate::console::gate::{self, Answer, Needs};
use crate::console::page::{Choice, Control, Effect, Field, Form, FormError, Part};
use crate::console::refusal::{Problem, Refusal};
use crate::console::sent::Sent;
use crate::console::shown;
use crate::console::visit::{Outcome, Signed};
use crate::db::Conn;
use crate::http::{Anyone, Call};
use crate::revocation;
use crate::session::console::{self, Claim};

/// The overlaps that are offered (seconds). The second one is chosen at first.
const OVERLAPS: [i64; 4] = [0, 86_400, 3_600, manage::LONGEST_OVERLAP];

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
    let (stored, _) = find(signed, &signed.id).await?;
    let key = &stored.key;
    if key.status == KeyStatus::Revoked {
        return Err(Problem::Changed.into());
    }
    let choice = |seconds: i64| {
        let label = match u64::try_from(seconds) {
            Ok(0) | Err(_) => signed.text("overlap-none"),
            Ok(seconds) => shown::span(Duration::from_secs(seconds), signed.language()),
        };
        Choice::new(seconds.to_string(), label, seconds == manage::OVERLAP)
    };
    let base = path_of(key.id);
    let control = Control::Radios(OVERLAPS.map(choice).into());
    let form = Form::new("rotate", format!("{base}/rotate"), signed.csrf())
        .hidden("once", Signed::once())
        .field(Field::controlled(
            "overlap",
            signed.text("overlap"),
            control,
        ))
        .button("rotate", signed.text("rotate"))
        .cancel(base, signed.text("cancel"))
        .errors(errors);
    let parts = vec![
        Part::Effect(Effect {
            tokens: None,
            lines: vec![
                signed.phrase("rotate-effect"),
                signed.phrase("rotate-stays"),
            ],
        }),
        Part::Form(form),
    ];
    let heading = signed.around("rotate-question", &key.settings.name);
    signed.answer(&Page::new("api-key-rotate", heading, parts).with_status(status))
}

pub(super) async fn post(call: Call<Anyone, Sent>) -> Answer {
    gate::act(call, Needs::AdminAndProof, rotate).await
}

async fn rotate(signed: &Signed) -> Outcome {
    if signed.sent.text("do") != "rotate" {
        return gate::unknown_button();
    }
    let (stored, _) = find(signed, &signed.id).await?;
    if signed.sent.text("once").is_empty() {
        return gate::unknown_button();
    }
    let which = (signed.organization(), stored.key.id);
    let overlap: Option<i64> = signed.sent.text("overlap").parse().ok();
    let Some(overlap) = overlap.filter(|overlap| OVERLAPS.contains(overlap)) else {
        let error = FormError::of(signed.language(), Some("overlap"), "overlap-wrong");
        return form(signed, StatusCode::UNPROCESSABLE_ENTITY, vec![error]).await;
    };
    let (origin, now) = (signed.origin.clone(), signed.now);
    let once = signed.sent.text("once").to_owned();
    let (db, feed) = (&signed.app.db, signed.app.nodes.feed.clone());
    let keeper = Arc::clone(&signed.app.tokens.keys);
    let rotate = move |conn: &mut Conn| {
        if console::claim(conn, which.0, &once, now)? != Claim::First {
            return Ok((None, Vec::new()));
        }
        let (made, entries) = manage::rotate(
            conn,
            Some(keeper.masters()),
            which,
            Some(overlap),
            &origin,
            now,
        )?;
        Ok::<_, ManageError>((Some(made), entries))
    };
    let rotated: Result<(Option<Made>, _), _> = revocation::enforce(db, feed, rotate).await;
    match rotated {
        Ok((Some(made), _)) => secret::page(signed, &made, "key-rotated"),
        // The form was sent before, and the new text was shown then.
        Ok((None, _)) => signed.sent_before(&path_of(which.1)).await,
        Err(why) => match error(signed, &why) {
            Some(wrong) => form(signed, StatusCode::UNPROCESSABLE_ENTITY, vec![wrong]).await,
            None => Err(why.into()),
        },
    }
}
