//! Server-sent events (WHATWG HTML, 9.2).

use std::convert::Infallible;
use std::fmt::Display;

use actix_web::HttpResponse;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt};
use serde::Serialize;

use super::ApiError;

/// The media type.
pub const EVENT_STREAM: &str = "text/event-stream";

/// Formats one event.
///
/// # Errors
/// 500 if the data cannot be written as JSON.
pub fn event(name: &str, id: impl Display, data: &impl Serialize) -> Result<Bytes, ApiError> {
    // `serde_json::to_string` writes no line breaks.
    let data = serde_json::to_string(data).map_err(|_| ApiError::internal())?;
    Ok(format!("id: {id}\nevent: {name}\ndata: {data}\n\n").into())
}

/// Formats a comment, which clients ignore.
#[must_use]
pub fn comment(text: &str) -> Bytes {
    format!(": {text}\n").into()
}

/// Returns a 200 with a stream. Its headers forbid caches to store it, and proxies to buffer it.
pub fn response(events: impl Stream<Item = Bytes> + 'static) -> HttpResponse {
    head().streaming(events.map(Ok::<_, Infallible>))
}

/// Returns the same response with an empty body.
#[must_use]
pub fn empty() -> HttpResponse {
    head().finish()
}

fn head() -> actix_web::HttpResponseBuilder {
    let mut head = HttpResponse::Ok();
    head.content_type(EVENT_STREAM)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        // The connection ends with the stream, so a server that stops need not wait for the next
        // request on it.
        .force_close();
    head
}
