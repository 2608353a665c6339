//! Reads the request of a call: the head is judged before the body is read.

mod judged;

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::dev::Payload;
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;

use super::call::Call;
use super::incoming_body::{IncomingBody, ReceivedBody, UNREAD, announced};
use super::rare_headers::Rare;
use super::{ApiError, Body, Credential, framing};
use crate::app::App;
use crate::authn::{Answer, Lookup, Outcome};
use crate::base::Sequence;
use judged::{AsOf, Judged, Round};

impl<C: Credential + 'static, B: Body + 'static> FromRequest for Call<C, B> {
    type Error = ApiError;
    type Future = Calling<C, B>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let rare = Rare::of(request.headers());
        let payload = payload.take();
        Calling {
            request: request.clone(),
            payload: if rare.upgrade {
                framing::declared(request, payload)
            } else {
                payload
            },
            rare,
            state: State::Head,
            caught_up: false,
        }
    }
}

/// A call whose request is being read. Nearly every credential is judged from memory, and nearly
/// every body arrives with its head: then nothing here needs a timer or memory of its own.
pub struct Calling<C, B> {
    request: HttpRequest,
    payload: Payload,
    rare: Rare,
    state: State<C, B>,
    /// Whether the node has caught up to the sequence that the credential names. It does so once.
    caught_up: bool,
}

/// How far a call is.
enum State<C, B> {
    /// The head is to be judged.
    Head,
    /// The node catches up to a sequence of the feed that the credential names.
    CatchUp(Pin<Box<dyn Future<Output = Result<(), ApiError>>>>),
    /// The credential is looked up in the database.
    Lookup(Option<AsOf>, Lookup),
    /// The head was judged, and its body was not there yet.
    Begun(Begun<C>),
    /// The body did not arrive with its head.
    Slow(SlowBody),
    /// The body of a signed request has arrived.
    Finishing(Finishing<C, B>),
    /// The call is refused. What has arrived of its body is discarded first.
    Refused(ApiError),
}

/// No field needs to stay at its address.
impl<C, B> Unpin for Calling<C, B> {}

struct Begun<C> {
    judged: Judged<C>,
    incoming: IncomingBody,
}

/// A body that did not arrive with its head. Its credential is judged once more after it, because
/// it may have been revoked meanwhile.
type SlowBody = Pin<Box<dyn Future<Output = Result<(ReceivedBody, AsOf, Outcome), ApiError>>>>;

/// Uses the nonce of a signed request.
type Finishing<C, B> = Pin<Box<dyn Future<Output = Result<Call<C, B>, ApiError>>>>;

impl<C: Credential + 'static, B: Body + 'static> Future for Calling<C, B> {
    type Output = Result<Call<C, B>, ApiError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let mut answered = None;
        match &mut this.state {
            State::Head => {}
            State::CatchUp(catch_up) => {
                let caught_up = ready!(catch_up.as_mut().poll(context));
                this.state = State::Head;
                if let Err(refusal) = caught_up {
                    return Poll::Ready(Err(refusal));
                }
            }
            State::Lookup(as_of, lookup) => {
                let outcome = ready!(lookup.as_mut().poll(context));
                answered = as_of.take().map(|as_of| (as_of, outcome));
                this.state = State::Head;
            }
            State::Begun(begun) => {
                let bytes = begun.incoming.poll(context);
                return this.go_on(bytes, context);
            }
            State::Slow(slow) => {
                let received = ready!(slow.as_mut().poll(context));
                let finished = received.and_then(|(body, as_of, outcome)| {
                    let judged = Judged::of(&this.request, as_of, outcome)?;
                    this.finish(judged, body)
                });
                return this.finished(finished, context);
            }
            State::Finishing(finishing) => return finishing.as_mut().poll(context),
            State::Refused(_) => {
                // What has arrived is discarded: if the body is complete, the connection can be
                // used again.
                while let Poll::Ready(Some(Ok(_))) = this.payload.poll_next_unpin(context) {}
                if let State::Refused(refusal) = mem::replace(&mut this.state, State::Head) {
                    return Poll::Ready(Err(refusal));
                }
            }
        }
        match this.begin(answered, context) {
            Ok(Some(call)) => Poll::Ready(Ok(call)),
            Ok(None) if matches!(this.state, State::Begun(_)) => Poll::Pending,
            // It is polled at once, so that its timer starts.
            Ok(None) => Pin::new(this).poll(context),
            Err(refusal) => {
                if let (Some(rev), false) = (refusal.needs(), this.caught_up) {
                    let app = this.request.app_data::<Data<Arc<App>>>().cloned();
                    this.caught_up = true;
                    this.state = State::CatchUp(Box::pin(catch_up_to(app, rev)));
                    return Pin::new(this).poll(context);
                }
                if matches!(this.payload, Payload::None) {
                    return Poll::Ready(Err(refusal));
                }
                // Until then the server decodes as much of the body as came with the head.
                context.waker().wake_by_ref();
                this.state = State::Refused(refusal);
                Poll::Pending
            }
        }
    }
}

async fn catch_up_to(app: Option<Data<Arc<App>>>, rev: Sequence) -> Result<(), ApiError> {
    let app = app.ok_or_else(ApiError::internal)?;
    super::catch_up_to(&app, rev).await
}

impl<C: Credential + 'static, B: Body + 'static> Calling<C, B> {
    /// Judges the head, and takes the body if it is complete. `answered` is the outcome of a look-up
    /// of the credential. Returns `None` if the call must wait for something.
    fn begin(
        &mut self,
        answered: Option<(AsOf, Outcome)>,
        context: &mut Context<'_>,
    ) -> Result<Option<Call<C, B>>, ApiError> {
        let (as_of, outcome) = if let Some(answered) = answered {
            answered
        } else {
            announced(&self.request, B::LIMIT.unwrap_or(UNREAD))?;
            let (as_of, answer) = AsOf::begin::<C, B>(&self.request, self.rare, Round::First)?;
            match answer {
                Answer::Ready(outcome) => (as_of, outcome),
                Answer::Lookup(lookup) => {
                    self.state = State::Lookup(Some(as_of), lookup);
                    return Ok(None);
                }
            }
        };
        let judged = Judged::<C>::of(&self.request, as_of, outcome)?;
        let limit = match (B::LIMIT, &judged.signed) {
            (Some(limit), _) => limit,
            // The body of a signed request is read in any case: its digest is signed.
            (None, Some(_)) => UNREAD,
            (None, None) => return judged.call(&self.request, None).map(Some),
        };
        let organization = judged.who.organization();
        let reservation = judged
            .as_of
            .app
            .requests
            .body_budget
            .reservation(organization);
        let mut incoming = IncomingBody::new(
            mem::replace(&mut self.payload, Payload::None),
            limit,
            reservation,
        );
        match incoming.poll(context) {
            Poll::Ready(bytes) => {
                let body = incoming.received(bytes?);
                self.finish(judged, body)
            }
            Poll::Pending => {
                // Until the next poll the server decodes the part of the body that came with the
                // head.
                context.waker().wake_by_ref();
                self.state = State::Begun(Begun { judged, incoming });
                Ok(None)
            }
        }
    }

    /// Makes the call of a request whose body has arrived. Returns `None` if it is signed: its
    /// nonce must be used first.
    fn finish(
        &mut self,
        judged: Judged<C>,
        body: ReceivedBody,
    ) -> Result<Option<Call<C, B>>, ApiError> {
        let Some(signed) = judged.signed.clone() else {
            return judged.call(&self.request, Some(body)).map(Some);
        };
        let request = self.request.clone();
        self.state = State::Finishing(Box::pin(async move {
            signed.finish(&judged.as_of.app, Some(&body.bytes)).await?;
            judged.call(&request, Some(body))
        }));
        Ok(None)
    }

    /// Goes on with what [`Calling::finish`] returned.
    fn finished(
        &mut self,
        finished: Result<Option<Call<C, B>>, ApiError>,
        context: &mut Context<'_>,
    ) -> Poll<Result<Call<C, B>, ApiError>> {
        match finished {
            Ok(Some(call)) => Poll::Ready(Ok(call)),
            Ok(None) => Pin::new(self).poll(context),
            Err(refusal) => Poll::Ready(Err(refusal)),
        }
    }

    /// Takes a body that came with its head. Any other is awaited, for a limited time.
    fn go_on(
        &mut self,
        bytes: Poll<Result<Bytes, ApiError>>,
        context: &mut Context<'_>,
    ) -> Poll<Result<Call<C, B>, ApiError>> {
        let State::Begun(Begun { judged, incoming }) = mem::replace(&mut self.state, State::Head)
        else {
            return Poll::Ready(Err(ApiError::internal()));
        };
        if let Poll::Ready(bytes) = bytes {
            let finished = bytes.and_then(|bytes| {
                let body = incoming.received(bytes);
                self.finish(judged, body)
            });
            return self.finished(finished, context);
        }
        let (request, rare) = (self.request.clone(), self.rare);
        self.state = State::Slow(Box::pin(async move {
            let body = incoming.in_time().await?;
            let (as_of, answer) = AsOf::begin::<C, B>(&request, rare, Round::Again)?;
            Ok((body, as_of, answer.outcome().await))
        }));
        // Polled at once, so that the timer begins.
        Pin::new(self).poll(context)
    }
}
