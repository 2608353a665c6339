//! Where a body ends that the parser leaves open. A client may offer to change the protocol (`Upgrade: websocket`), and a server
//! may ignore it (RFC 9110, 7.8); then the request is one like any other. actix-http reads its body until the connection ends, so
//! the length that the request declares is kept here.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt};

/// The body as the request declares it.
pub(super) fn declared(request: &HttpRequest, payload: Payload) -> Payload {
    if !is_left_open(request.headers()) {
        return payload;
    }
    // Without a length there is no body (RFC 9112, 6.3).
    let left = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .unwrap_or(0);
    Payload::Stream {
        payload: Box::pin(Declared { payload, left }),
    }
}

/// Whether the parser takes all that follows for the body; chunks have an end of their own.
fn is_left_open(headers: &HeaderMap) -> bool {
    // Nearly no request has the header that is looked for first.
    let offers = headers.get_all(header::UPGRADE).any(|value| {
        value
            .as_bytes()
            .trim_ascii()
            .eq_ignore_ascii_case(b"websocket")
    });
    offers && !headers.contains_key(header::TRANSFER_ENCODING)
}

struct Declared {
    payload: Payload,
    /// Bytes still to come.
    left: u64,
}

impl Stream for Declared {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(match ready!(self.payload.poll_next_unpin(context)) {
            Some(Ok(mut piece)) => {
                let most = usize::try_from(self.left).unwrap_or(usize::MAX);
                piece.truncate(most);
                self.left -= piece.len() as u64;
                Ok(piece)
            }
            Some(Err(why)) => Err(why),
            None => Err(PayloadError::Incomplete(None)),
        }))
    }
}
