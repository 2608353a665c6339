//! `POST /api/v1/leaked-keys`: reports of keys that were found in public, also in the format of
//! GitHub's secret scanning partners.

use std::fmt;

use actix_web::HttpResponse;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::api_key::ManageError;
use crate::api_key::leak::{self, Found};
use crate::http::json_member::Object;
use crate::http::{Anyone, ApiError, Call, ErrorBody, Json, JsonBody};
use crate::revocation;
use crate::revocation::http::add_receipt;

/// The most texts in one report.
const MOST: usize = 100;

/// One text that was found.
// It has no `Debug`: its text must not reach a log.
#[derive(Deserialize, ToSchema)]
pub(super) struct LeakedKey {
    /// The text.
    key: String,
    /// Where it was found.
    #[serde(default)]
    url: Option<String>,
}

/// One text that was found, as GitHub writes it.
#[derive(Deserialize, ToSchema)]
pub(super) struct Alert {
    token: String,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    url: Option<String>,
}

/// A report: one text, or several in GitHub's format.
pub(super) enum Report {
    One(LeakedKey),
    Several(Vec<Alert>),
}

impl JsonBody for Report {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Report;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object, or an array of objects")
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Report, A::Error> {
                LeakedKey::deserialize(MapAccessDeserializer::new(map)).map(Report::One)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Report, A::Error> {
                let alerts = Vec::<Object<Alert>>::deserialize(SeqAccessDeserializer::new(seq))?;
                Ok(Report::Several(
                    alerts.into_iter().map(|Object(alert)| alert).collect(),
                ))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl<'de> Deserialize<'de> for Report {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(deserializer)
    }
}

/// Whether the text was that of a key.
#[derive(Serialize, ToSchema)]
pub(super) struct RecognizedView {
    recognized: bool,
}

/// What became of one text of a report in GitHub's format.
#[derive(Serialize, ToSchema)]
struct LabelView<'a> {
    token_raw: &'a str,
    token_type: &'a str,
    /// `true_positive` or `false_positive`.
    label: &'static str,
}

/// Reports keys that were found where they should not be. No credential is needed: the text is the
/// proof. A key that is recognized is quarantined on every node when this answers.
#[utoipa::path(post, path = "/api/v1/leaked-keys", tag = "API keys", operation_id = "report_leaked_keys",
    security(()), request_body = LeakedKey, responses((status = 200, body = RecognizedView),
        (status = 429, description = "Too many reports from this address", body = ErrorBody)))]
pub(super) async fn report(call: Call<Anyone, Json<Report>>) -> Result<HttpResponse, ApiError> {
    let (app, origin, now) = (&call.app, call.origin(), call.app.clock.now());
    // Reports are limited by their address only.
    let admitted = app.logins.throttle.admit("leaked-keys", origin.address);
    if let Err(throttled) = admitted {
        return Err(ApiError::rate_limited(throttled.retry_after));
    }
    let found: Vec<Found> = match &call.body.0 {
        Report::One(one) => vec![Found {
            text: one.key.clone(),
            url: one.url.clone(),
        }],
        Report::Several(alerts) => alerts
            .iter()
            .map(|alert| Found {
                text: alert.token.clone(),
                url: alert.url.clone(),
            })
            .collect(),
    };
    if found.len() > MOST {
        return Err(ApiError::invalid_request(format!(
            "a report must have at most {MOST} texts"
        )));
    }
    let (db, feed) = (&app.db, app.nodes.feed.clone());
    let (mut recognized, found) = db
        .read(move |conn| {
            let recognized = leak::recognize(conn, &found, now)?;
            Ok::<_, ManageError>((recognized, found))
        })
        .await?;
    let mut answer = HttpResponse::Ok();
    // A report that names no key must not take the one writer from others, nor make this node wait
    // for the other nodes.
    if recognized.contains(&true) {
        let (named, written) = revocation::commit_here(db, feed.clone(), move |conn| {
            leak::report(conn, &found, &origin, now)
        })
        .await?;
        recognized = named;
        let done = revocation::settle(db, &feed, written).await?;
        add_receipt(&mut answer, &done);
    }
    match &call.body.0 {
        Report::One(_) => Ok(answer.json(RecognizedView {
            recognized: recognized.contains(&true),
        })),
        Report::Several(alerts) => {
            let label = |(alert, known): (&'_ Alert, bool)| -> serde_json::Value {
                serde_json::to_value(LabelView {
                    token_raw: &alert.token,
                    token_type: alert.kind.as_deref().unwrap_or("lanyard_api_key"),
                    label: if known {
                        "true_positive"
                    } else {
                        "false_positive"
                    },
                })
                .unwrap_or_default()
            };
            let labels = alerts.iter().zip(recognized).map(label);
            Ok(answer.json(labels.collect::<Vec<_>>()))
        }
    }
}
