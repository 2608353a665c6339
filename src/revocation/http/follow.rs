//! The revocation list as a stream.

use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::web::Bytes;
use futures_util::{StreamExt, future, stream};
use serde::Serialize;
use tokio::sync::mpsc;

use super::view::{ClientIds, RevocationView, client_ids};
use super::{after, known, listed};
use crate::base::{OrganizationId, Sequence, clock};
use crate::db::{self, Db, Party};
use crate::feed::{self, Entry, Fact, Full};
use crate::http::{ApiError, Call, Company, sse};
use crate::revocation::Target;
use crate::revocation::stream::{CredentialState, Pace, Said, Stream};
use crate::validate::Refusal;

/// How long a follower may take to read what was sent to it.
const PATIENCE: Duration = Duration::from_secs(30);

/// When a follower that was disconnected or refused may retry.
const COME_BACK: Duration = Duration::from_secs(2);

/// How far a stream has come.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct HeadView {
    /// Every revoke that had returned has this sequence or a lower one, and was sent.
    seq: Sequence,
    /// `seq` is as of so many milliseconds after the stream was requested.
    elapsed_ms: u64,
    /// An operator token with a `rev` below this has expired, whatever any clock shows. A follower
    /// can drop what revokes only such tokens.
    oldest_rev: Sequence,
}

/// Returns the value of `Last-Event-ID`. `None` if the header is missing or empty.
fn last_event_id(call: &Call<Company>) -> Result<Option<Sequence>, ApiError> {
    let wrong = || {
        ApiError::invalid_request(
            "Last-Event-ID must be the id of an event of this stream, once and unchanged",
        )
    };
    let mut values = call.headers().get_all("last-event-id");
    let Some(value) = values.next() else {
        return Ok(None);
    };
    if values.next().is_some() {
        return Err(wrong());
    }
    let text = value.to_str().map_err(|_| wrong())?;
    match text.bytes().all(|b| b.is_ascii_digit()) {
        true if text.is_empty() => Ok(None),
        true => text
            .parse()
            .map(|seq| Some(Sequence(seq)))
            .map_err(|_| wrong()),
        false => Err(wrong()),
    }
}

/// Answers with the list as a stream.
pub(super) async fn follow(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    let began = clock::boot_time();
    let (after, listed) = {
        let query = call.query(&["after", "kinds"])?;
        let after = match last_event_id(&call)? {
            Some(last) => last,
            None => after(&query)?,
        };
        (after, listed(&query)?)
    };
    if call.is_head() {
        return Ok(sse::empty());
    }
    let token = call.token()?.to_owned();
    let (app, claims) = (call.app, *call.who.0.token());
    let reader = app
        .nodes.relay
        .open(claims.organization, listed)
        .map_err(|full| match full {
            Full::Node => ApiError::unavailable(),
            Full::Organization => ApiError::too_many(
                "the organization has as many streams open as it may have (feed.streams_per_organization)",
                COME_BACK,
            ),
        })?;
    let standing = {
        let app = app.clone();
        move || match app.tokens.validator.validate(&token, app.clock.now()) {
            Ok(_) => CredentialState::Valid,
            Err(Refusal::Revoked(_)) => CredentialState::Revoked,
            Err(Refusal::Expired(_) | Refusal::Invalid) => CredentialState::Expired,
            Err(Refusal::Stale | Refusal::Ahead(_)) => CredentialState::Stale,
        }
    };
    // The stream outlives the request, so it is counted for the organization, not for the request.
    let db = app
        .db
        .on_behalf_of(Party::Organization(claims.organization));
    let feed = Arc::clone(&app.nodes.feed);
    let after = known(after, db.read(feed::head).await?);
    let list = Stream::begin(db.clone(), feed, reader, (claims, standing), after, began).await?;
    // One piece waits while the one before it is written. This piece, one page read ahead and the
    // connection's own buffer are all the memory that a slow reader takes.
    let (out, items) = mpsc::channel(1);
    let pace = Pace {
        heartbeat: app.settings.heartbeat,
        patience: PATIENCE,
    };
    actix_web::rt::spawn(async move {
        let end = list.run(pace, out).await;
        app.metrics.stream_ended(end.as_str());
        tracing::debug!(organization = %claims.organization, end = end.as_str(), "a stream ended");
    });
    let retry = format!("retry: {}\n\n", COME_BACK.as_millis());
    let hello = stream::once(future::ready(Bytes::from(retry)));
    let organization = claims.organization;
    let events = stream::unfold((items, db), move |(mut items, db)| async move {
        let item = items.recv().await?;
        let piece = render(item, organization, &db).await.ok()?;
        Some((piece, (items, db)))
    });
    Ok(sse::response(hello.chain(events)))
}

/// Returns an item as events of the stream.
async fn render(item: Said, organization: OrganizationId, db: &Db) -> Result<Bytes, ApiError> {
    match item {
        Said::Entries(entries) => {
            let names_client =
                |entry: &Entry| matches!(entry.fact, Fact::Revoked(Target::Client(_)));
            let (entries, clients) = if entries.iter().any(names_client) {
                db.read(move |conn| {
                    let clients = client_ids(conn, organization, &entries)?;
                    Ok::<_, db::Error>((entries, clients))
                })
                .await?
            } else {
                (entries, ClientIds::new())
            };
            let mut text = Vec::new();
            for entry in entries {
                let view = RevocationView::new(&entry, &clients);
                let event = sse::event("revocation", entry.seq, &view)?;
                text.extend_from_slice(&event);
            }
            Ok(text.into())
        }
        Said::Head {
            seq,
            elapsed,
            oldest_rev,
        } => {
            let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
            let view = HeadView {
                seq,
                elapsed_ms,
                oldest_rev,
            };
            let event = sse::event("head", seq, &view)?;
            Ok([sse::comment("heartbeat"), event].concat().into())
        }
    }
}
