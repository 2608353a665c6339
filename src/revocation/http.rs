//! The response to a revoke, and the revocation list: `GET /api/company/revocations`, as pages or
//! as a stream.

mod follow;
mod view;

use actix_web::{HttpResponse, HttpResponseBuilder};

use self::view::{RevocationView, client_ids};
use super::Receipt;
use crate::base::Sequence;
use crate::db;
use crate::feed::{self, Listed};
use crate::http::{
    ApiError, Call, Company, ErrorBody, PageOf, Parameters, Routes, Surface, endpoints, prefers,
    sse,
};

/// Returns the routes.
#[must_use]
pub fn routes() -> Routes {
    Routes::new(Surface::Flat, endpoints![revocations,])
}

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
        ("kinds" = Option<String>, Query, description = "all: also the kinds client, grant, session and api_key"),
        ("Last-Event-ID" = Option<i64>, Header, description = "The same, for a stream that continues an earlier one"),
        ("limit" = Option<i64>, Query), ("cursor" = Option<String>, Query)),
    responses((status = 200, content((PageOf<RevocationView> = "application/json"), (String = "text/event-stream"))),
        (status = 429, description = "The organization has its maximum of open streams", body = ErrorBody)))]
pub async fn revocations(call: Call<Company>) -> Result<HttpResponse, ApiError> {
    if prefers(call.headers(), sse::EVENT_STREAM, "application/json") {
        return follow::follow(call).await;
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
