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

/// One event.
///
/// # Errors
/// 500 when the data cannot be written as JSON.
pub fn event(name: &str, id: impl Display, data: &impl Serialize) -> Result<Bytes, ApiError> {
    // JSON as it is written here has no line breaks.
    let data = serde_json::to_string(data).map_err(|_| ApiError::internal())?;
    Ok(format!("id: {id}\nevent: {name}\ndata: {data}\n\n").into())
}

/// A line that no reader takes for an event.
#[must_use]
pub fn comment(text: &str) -> Bytes {
    format!(": {text}\n").into()
}

/// 200 with a stream that nobody on the way is to keep or to hold back.
pub fn response(events: impl Stream<Item = Bytes> + 'static) -> HttpResponse {
    head().streaming(events.map(Ok::<_, Infallible>))
}

/// The same with nothing in it.
#[must_use]
pub fn empty() -> HttpResponse {
    head().finish()
}

fn head() -> actix_web::HttpResponseBuilder {
    let mut head = HttpResponse::Ok();
    head.content_type(EVENT_STREAM)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        // The connection ends with the stream: a server that stops need not wait for the next request on it.
        .force_close();
    head
}
