//! The response to a revoke, and the revocation list: `GET /api/company/revocations`, as pages or
//! as a stream.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::Bytes;
use actix_web::{HttpResponse, HttpResponseBuilder};
use futures_util::{StreamExt, future, stream};
use serde::Serialize;
use tokio::sync::mpsc;
use utoipa::ToSchema;

use super::stream::{CredentialState, Pace, Said, Stream};
use super::{Receipt, Target, store};
use crate::base::{
    ClientId, ClientTag, GrantId, KeyId, OperatorId, OrganizationId, Sequence, Timestamp, TokenId,
    clock,
};
use crate::db::{self, Conn, Db, Party};
use crate::feed::{self, Entry, Fact, Full, Listed};
use crate::http::{
    ApiError, Call, Company, ErrorBody, PageOf, Parameters, Routes, Surface, endpoints, prefers,
    sse,
};
use crate::validate::Refusal;

/// Returns the routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(Surface::Flat, endpoints![revocations,])
}

/// How long a follower may take to read what was sent to it.
const PATIENCE: Duration = Duration::from_secs(30);

/// When a follower that was disconnected or refused may retry.
const COME_BACK: Duration = Duration::from_secs(2);

/// Returns a 204 with the receipt in its headers.
pub(crate) fn receipt(receipt: &Receipt) -> HttpResponse {
    let mut answer = HttpResponse::NoContent();
    add_receipt(&mut answer, receipt);
    answer.finish()
}

/// Adds the receipt to the headers of an answer.
pub(crate) fn add_receipt(answer: &mut HttpResponseBuilder, receipt: &Receipt) {
    let millis = receipt.took.as_secs_f64() * 1_000.0;
    answer
        .insert_header(("revocation-sequence", receipt.sequence.to_string()))
        .insert_header(("revocation-ms", format!("{millis:.1}")))
        .insert_header(("revocation-nodes", receipt.nodes.to_string()))
        .insert_header(("revocation-confirmed", receipt.confirmed.to_string()));
}

/// A row of the revocation list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevocationView {
    /// The number of the revocation. Numbers rise; an organization sees gaps.
    seq: Sequence,
    /// `token`, `operator`, `company_token`, `organization` or `key`; with `kinds=all` also `client`,
    /// `grant` or `session`.
    kind: &'static str,
    /// The token, if the kind is `token` or `company_token`; the session, if it is `session` and
    /// names no operator.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    jti: Option<TokenId>,
    /// The operator, if the kind is `operator`, or if all sessions of an operator ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    operator_id: Option<OperatorId>,
    /// The one session of the operator that stays.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    spared: Option<TokenId>,
    /// The OAuth client, if the kind is `client`: every token that was issued to it is revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    client_id: Option<ClientId>,
    /// The grant, if the kind is `grant`: every token of it is revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    grant_id: Option<GrantId>,
    /// The signing key, if the kind is `key`: every token that it signed is revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    kid: Option<KeyId>,
    /// When it was revoked.
    at: Timestamp,
    /// When every token that it revokes has expired. `null`: never.
    until: Option<Timestamp>,
}

/// The ids of the clients that entries name by a number.
type ClientIds = HashMap<ClientTag, ClientId>;

impl RevocationView {
    fn new(entry: &Entry, clients: &ClientIds) -> Self {
        let mut view = Self {
            seq: entry.seq,
            kind: entry.fact.kind().as_str(),
            jti: None,
            operator_id: None,
            spared: None,
            client_id: None,
            grant_id: None,
            kid: None,
            at: entry.at,
            until: entry.until,
        };
        let Fact::Revoked(target) = entry.fact else {
            return view;
        };
        view.kind = target.kind().listed_as();
        match target {
            Target::Token(id) | Target::CompanyToken(id) | Target::Session(id) => {
                view.jti = Some(id);
            }
            Target::Operator(id) => view.operator_id = Some(id),
            Target::Sessions { operator, spared } => {
                view.operator_id = Some(operator);
                view.spared = spared;
            }
            Target::Client(tag) => view.client_id = clients.get(&tag).cloned(),
            Target::Grant(id) => view.grant_id = Some(id),
            Target::Key(kid) => view.kid = Some(kid),
            Target::Organization => {}
        }
        view
    }
}

/// Returns the ids of the clients that the entries name.
fn client_ids(
    conn: &mut Conn,
    organization: OrganizationId,
    entries: &[Entry],
) -> db::Result<ClientIds> {
    let tags: Vec<_> = entries
        .iter()
        .filter_map(|entry| match entry.fact {
            Fact::Revoked(Target::Client(tag)) => Some(tag),
            _ => None,
        })
        .collect();
    store::client_ids(conn, organization, &tags)
}

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

/// Returns the organization's revocations, oldest first.
///
/// With `Accept: text/event-stream` the response is a stream. It has an event `revocation` for each
/// revocation, with its `seq` as the `id`, as soon as this node has applied it. After them, and
/// every 15 s (`feed.heartbeat`), it has a comment and an event `head` with `{"seq", "elapsedMs",
/// "oldestRev"}`. Every revoke that had returned `elapsedMs` milliseconds after the stream was
/// requested has this `seq` or a lower one, and was sent. An operator token with a `rev` below
/// `oldestRev` has expired, whatever any clock shows. A sequence above the highest one is treated
/// as 0: the list starts again from the beginning. A `Last-Event-ID` header takes precedence over
/// `after`. The stream ends when its token expires or is revoked.
#[utoipa::path(get, path = "/api/company/revocations", tag = "Revocation",
    params(("after" = Option<i64>, Query, description = "Only rows after this sequence"),
        ("kinds" = Option<String>, Query, description = "all: also the kinds client, grant and session"),
        ("Last-Event-ID" = Option<i64>, Header, description = "The same, for a stream that continues an earlier one"),
        ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, content((PageOf<RevocationView> = "application/json"), (String = "text/event-stream"))),
        (status = 429, description = "The organization has its maximum of open streams", body = ErrorBody)))]
pub async fn revocations(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    if prefers(call.headers(), sse::EVENT_STREAM, "application/json") {
        return follow(call).await;
    }
    let organization = call.who.0.organization;
    let (limit, after, listed) = {
        let query = call.query(&["after", "kinds", "limit", "cursor"])?;
        let cursor: Option<Sequence> = query.cursor()?;
        let after = cursor.unwrap_or(after(&query)?);
        (query.limit()?, after, listed(&query)?)
    };
    let (entries, clients) = call
        .app
        .db
        .read(move |conn| {
            let after = known(after, feed::head(conn)?);
            let entries = feed::page(conn, (organization, listed), after, limit.and_one())?;
            let clients = client_ids(conn, organization, &entries)?;
            Ok::<_, db::Error>((entries, clients))
        })
        .await?;
    Ok(HttpResponse::Ok().json(PageOf::of(
        entries,
        limit,
        |entry| entry.seq.to_string(),
        |entry| RevocationView::new(&entry, &clients),
    )))
}

/// Returns the sequence after which to read, or 0 if it is above the head: then it is of entries
/// that the database has lost.
fn known(after: Sequence, head: Sequence) -> Sequence {
    if after > head { Sequence(0) } else { after }
}

fn after(query: &Parameters<'_>) -> Result<Sequence, ApiError> {
    const MUST: &str = "a sequence number, 0 or more";
    match query.parse("after", MUST)?.unwrap_or_default() {
        after @ 0.. => Ok(Sequence(after)),
        ..0 => Err(ApiError::invalid_request(format!("after must be {MUST}"))),
    }
}

/// Returns the kinds that the reader asks for.
fn listed(query: &Parameters<'_>) -> Result<Listed, ApiError> {
    match query.get("kinds") {
        None => Ok(Listed::In01),
        Some("all") => Ok(Listed::All),
        Some(_) => Err(ApiError::invalid_request(
            "kinds must be all, or be left out",
        )),
    }
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
async fn follow(call: Call<Company>) -> Result<HttpResponse, ApiError> {
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
