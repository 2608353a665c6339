//! A body that is being received: within its maximum size, its time, and the memory budget for
//! bodies.

use std::future::poll_fn;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Bytes;
use futures_util::StreamExt;

use super::ApiError;
use super::body_budget::{Full, Reservation};

/// How long a body may take to arrive: enough for the largest one at 2 Mbit/s. The server limits
/// the time of the head by itself.
const WITHIN: Duration = Duration::from_secs(20);

/// The maximum size, in bytes, of a body that no handler reads.
pub(super) const UNREAD: usize = 64 * 1024;

/// Refuses a body whose announced size (`Content-Length`) is too large.
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

/// A body that has been received, and its memory, reserved until the request is answered.
pub(super) struct ReceivedBody {
    pub(super) bytes: Bytes,
    pub(super) reservation: Reservation,
}

/// A body that is being received.
pub(super) struct IncomingBody {
    payload: Payload,
    limit: usize,
    reservation: Reservation,
    first: Option<Bytes>,
    rest: Vec<u8>,
}

impl IncomingBody {
    pub(super) const fn new(payload: Payload, limit: usize, reservation: Reservation) -> Self {
        Self {
            payload,
            limit,
            reservation,
            first: None,
            rest: Vec::new(),
        }
    }

    /// Returns the bytes once the body is complete. A body that arrives in one piece is not copied.
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
            self.reservation.grow(size).map_err(over_budget)?;
            self.first = Some(piece);
            return Ok(());
        }
        if size > self.rest.capacity() {
            let larger = size.max((held * 2).min(self.limit));
            self.reservation.grow(larger).map_err(over_budget)?;
            self.rest.reserve_exact(larger - self.rest.len());
        }
        if let Some(first) = self.first.take() {
            self.rest.extend_from_slice(&first);
        }
        self.rest.extend_from_slice(&piece);
        Ok(())
    }

    /// Returns the body with its reservation.
    pub(super) fn received(self, bytes: Bytes) -> ReceivedBody {
        ReceivedBody {
            bytes,
            reservation: self.reservation,
        }
    }

    /// Receives the rest of a body that has not arrived with the head.
    ///
    /// # Errors
    /// 408 if it takes longer than [`WITHIN`], and the errors of [`IncomingBody::poll`].
    pub(super) async fn in_time(mut self) -> Result<ReceivedBody, ApiError> {
        let all = poll_fn(|context| self.poll(context));
        let bytes = tokio::time::timeout(WITHIN, all)
            .await
            .unwrap_or_else(|_| Err(ApiError::body_timed_out(WITHIN)))?;
        Ok(self.received(bytes))
    }
}

fn over_budget(_: Full) -> ApiError {
    ApiError::unavailable()
}
