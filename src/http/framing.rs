//! The length of a body that the parser does not limit. A client may offer another protocol
//! (`Upgrade: websocket`), and a server may ignore the offer (RFC 9110, section 7.8); the request
//! is then an ordinary one. actix-http reads its body until the connection ends, so this module
//! enforces the declared length.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt};

/// Returns the body, limited to the length that the request declares.
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

/// Whether the parser reads the body until the connection ends. A chunked body ends by itself.
fn is_left_open(headers: &HeaderMap) -> bool {
    // `Upgrade` is checked first, because nearly no request has it.
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
    /// The number of bytes that have not arrived yet.
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
