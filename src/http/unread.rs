//! Closes connections whose request body was not read to its end.
//!
//! If the length was announced, the server does so by itself. A chunked body it would go on
//! reading, without a limit of time and with a buffer of 128 KiB, to use the connection again. It
//! closes the connection while something holds the body, so the response holds it.

use std::cell::RefCell;
use std::error::Error;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_web::HttpMessage;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt};

/// A chunked body, shared by the code that reads it and the trace of its request.
#[derive(Clone)]
pub(super) struct Chunked(Rc<RefCell<State>>);

struct State {
    payload: Payload,
    ended: bool,
}

impl Chunked {
    /// Shares the body of a request. Returns `None` if it is not chunked.
    pub(super) fn of(request: &mut ServiceRequest) -> Option<Self> {
        if !request.chunked().unwrap_or(true) {
            return None;
        }
        let shared = Self(Rc::new(RefCell::new(State {
            payload: request.take_payload(),
            ended: false,
        })));
        request.set_payload(Payload::Stream {
            payload: Box::pin(shared.clone()),
        });
        Some(shared)
    }

    /// Makes the response hold the body if it was not read to its end.
    pub(super) fn hold(self, response: ServiceResponse) -> ServiceResponse {
        if self.0.borrow().ended {
            return response;
        }
        response.map_body(|_, body| BoxBody::new(Holding { body, _held: self }))
    }
}

impl Stream for Chunked {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut state = self.0.borrow_mut();
        let piece = ready!(state.payload.poll_next_unpin(context));
        state.ended |= piece.is_none();
        Poll::Ready(piece)
    }
}

/// The body of a response that also holds the body of the request.
struct Holding {
    body: BoxBody,
    _held: Chunked,
}

impl MessageBody for Holding {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(context)
    }
}
