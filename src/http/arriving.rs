//! A body on its way, gathered within its limit, its time and the room there is.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::StreamExt;

use super::ApiError;
use super::room::{Full, Share};

/// How long a body may take to arrive: the largest one at 2 Mbit/s. Heads have the server's own limit.
const WITHIN: Duration = Duration::from_secs(20);

/// Most bytes of a body that nobody reads.
pub(super) const UNREAD: usize = 64 * 1024;

/// Refuses a body that says itself that it is too large.
pub(super) fn announced(request: &HttpRequest, limit: usize) -> Result<(), ApiError> {
    let length = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<usize>().ok());
    match length {
        Some(length) if length > limit => Err(ApiError::payload_too_large(limit)),
        _ => Ok(()),
    }
}

/// A whole body, and the room it takes as long as it is worked on.
pub(super) struct Whole {
    pub(super) bytes: Bytes,
    pub(super) share: Share,
}

/// A body on its way.
pub(super) struct Arriving {
    payload: Payload,
    limit: usize,
    share: Share,
    first: Option<Bytes>,
    rest: Vec<u8>,
}

impl Arriving {
    pub(super) const fn new(payload: Payload, limit: usize, share: Share) -> Self {
        Self {
            payload,
            limit,
            share,
            first: None,
            rest: Vec::new(),
        }
    }

    /// Returns the bytes once all are there. A body that arrives in one piece is not copied.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Bytes, ApiError>> {
        while let Some(piece) = ready!(self.payload.poll_next_unpin(context)) {
            let Ok(piece) = piece else {
                let broken = "the body could not be read to its end";
                return Poll::Ready(Err(ApiError::invalid_request(broken)));
            };
            if let Err(refusal) = self.take(piece) {
                return Poll::Ready(Err(refusal));
            }
        }
        let rest = std::mem::take(&mut self.rest);
        Poll::Ready(Ok(self.first.take().unwrap_or_else(|| rest.into())))
    }

    fn take(&mut self, piece: Bytes) -> Result<(), ApiError> {
        let held = self.first.as_ref().map_or(self.rest.len(), Bytes::len);
        let size = held + piece.len();
        if size > self.limit {
            return Err(ApiError::payload_too_large(self.limit));
        }
        if held == 0 {
            self.share.grow(size).map_err(no_room)?;
            self.first = Some(piece);
            return Ok(());
        }
        if size > self.rest.capacity() {
            let larger = size.max((held * 2).min(self.limit));
            self.share.grow(larger).map_err(no_room)?;
            self.rest.reserve_exact(larger - self.rest.len());
        }
        if let Some(first) = self.first.take() {
            self.rest.extend_from_slice(&first);
        }
        self.rest.extend_from_slice(&piece);
        Ok(())
    }

    /// The body with its room.
    pub(super) fn whole(self, bytes: Bytes) -> Whole {
        Whole {
            bytes,
            share: self.share,
        }
    }

    /// The rest of a slow body.
    pub(super) async fn in_time(mut self) -> Result<Whole, ApiError> {
        let all = poll_fn(|context| self.poll(context));
        let bytes = tokio::time::timeout(WITHIN, all)
            .await
            .unwrap_or_else(|_| Err(ApiError::body_timed_out(WITHIN)))?;
        Ok(self.whole(bytes))
    }
}

fn no_room(_: Full) -> ApiError {
    ApiError::unavailable()
}
