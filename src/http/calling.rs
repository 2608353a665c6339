//! Reads the request of a call: the head is judged before the body is read.

mod judged;

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;

use super::call::Call;
use super::incoming_body::{IncomingBody, ReceivedBody, UNREAD, announced};
use super::{ApiError, Body, Credential, framing};
use crate::app::App;
use crate::authn::{Answer, Lookup, Outcome};
use crate::base::Sequence;
use judged::{AsOf, Judged, Round};

impl<C: Credential + 'static, B: Body + 'static> FromRequest for Call<C, B> {
    type Error = ApiError;
    type Future = Calling<C, B>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        Calling {
            request: request.clone(),
            payload: framing::declared(request, payload.take()),
            waiting: None,
            caught_up: false,
            answered: None,
            begun: None,
            slow: None,
            finishing: None,
            refused: None,
            body: PhantomData,
        }
    }
}

/// A call whose request is being read. Nearly every credential is judged from memory, and nearly
/// every body arrives with its head: then nothing here needs a timer or memory of its own.
pub struct Calling<C, B> {
    request: HttpRequest,
    payload: Payload,
    /// What the head waits for. `None` if it waits for nothing.
    waiting: Option<Waiting>,
    /// Whether the node has caught up to the sequence that the credential names. It does so once.
    caught_up: bool,
    /// The outcome of a look-up of the credential.
    answered: Option<(AsOf, Outcome)>,
    /// A judged head whose body was not there yet when it was judged.
    begun: Option<Begun<C>>,
    slow: Option<SlowBody>,
    /// A signed request whose body has arrived.
    finishing: Option<Finishing<C, B>>,
    refused: Option<ApiError>,
    body: PhantomData<fn() -> B>,
}

/// No field needs to stay at its address.
impl<C, B> Unpin for Calling<C, B> {}

struct Begun<C> {
    judged: Judged<C>,
    incoming: IncomingBody,
}

/// What must complete before the head can be judged.
enum Waiting {
    /// The node catches up to a sequence of the feed that the credential names.
    CatchUp(Pin<Box<dyn Future<Output = Result<(), ApiError>>>>),
    /// The credential is looked up in the database.
    Lookup(Option<AsOf>, Lookup),
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
        match &mut this.waiting {
            None => {}
            Some(Waiting::CatchUp(catch_up)) => {
                let caught_up = ready!(catch_up.as_mut().poll(context));
                this.waiting = None;
                if let Err(refusal) = caught_up {
                    return Poll::Ready(Err(refusal));
                }
            }
            Some(Waiting::Lookup(as_of, lookup)) => {
                let outcome = ready!(lookup.as_mut().poll(context));
                this.answered = as_of.take().map(|as_of| (as_of, outcome));
                this.waiting = None;
            }
        }
        if let Some(finishing) = &mut this.finishing {
            return finishing.as_mut().poll(context);
        }
        if let Some(begun) = this.begun.take() {
            return this.go_on(begun, context);
        }
        if let Some(slow) = &mut this.slow {
            let received = ready!(slow.as_mut().poll(context));
            this.slow = None;
            let finished = received.and_then(|(body, as_of, outcome)| {
                let judged = Judged::of(&this.request, as_of, outcome)?;
                this.finish(judged, body)
            });
            return this.finished(finished, context);
        }
        if let Some(refusal) = this.refused.take() {
            // What has arrived is discarded: if the body is complete, the connection can be used
            // again.
            while let Poll::Ready(Some(Ok(_))) = this.payload.poll_next_unpin(context) {}
            return Poll::Ready(Err(refusal));
        }
        match this.begin(context) {
            Ok(Some(call)) => Poll::Ready(Ok(call)),
            Ok(None) if this.begun.is_some() => Poll::Pending,
            // It is polled at once, so that its timer starts.
            Ok(None) => Pin::new(this).poll(context),
            Err(refusal) => {
                if let (Some(rev), false) = (refusal.needs(), this.caught_up) {
                    let app = this.request.app_data::<Data<Arc<App>>>().cloned();
                    this.caught_up = true;
                    this.waiting = Some(Waiting::CatchUp(Box::pin(catch_up_to(app, rev))));
                    return Pin::new(this).poll(context);
                }
                if matches!(this.payload, Payload::None) {
                    return Poll::Ready(Err(refusal));
                }
                // Until then the server decodes as much of the body as came with the head.
                context.waker().wake_by_ref();
                this.refused = Some(refusal);
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
    /// Judges the head, and takes the body if it is complete. Returns `None` if the call must wait
    /// for something.
    fn begin(&mut self, context: &mut Context<'_>) -> Result<Option<Call<C, B>>, ApiError> {
        let (as_of, outcome) = if let Some(answered) = self.answered.take() {
            answered
        } else {
            announced(&self.request, B::LIMIT.unwrap_or(UNREAD))?;
            let (as_of, answer) = AsOf::begin::<C, B>(&self.request, Round::First)?;
            match answer {
                Answer::Ready(outcome) => (as_of, outcome),
                Answer::Lookup(lookup) => {
                    self.waiting = Some(Waiting::Lookup(Some(as_of), lookup));
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
            std::mem::replace(&mut self.payload, Payload::None),
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
                self.begun = Some(Begun { judged, incoming });
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
        self.finishing = Some(Box::pin(async move {
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
        Begun {
            judged,
            mut incoming,
        }: Begun<C>,
        context: &mut Context<'_>,
    ) -> Poll<Result<Call<C, B>, ApiError>> {
        if let Poll::Ready(bytes) = incoming.poll(context) {
            let finished = bytes.and_then(|bytes| {
                let body = incoming.received(bytes);
                self.finish(judged, body)
            });
            return self.finished(finished, context);
        }
        let request = self.request.clone();
        self.slow = Some(Box::pin(async move {
            let body = incoming.in_time().await?;
            let (as_of, answer) = AsOf::begin::<C, B>(&request, Round::Again)?;
            Ok((body, as_of, answer.outcome().await))
        }));
        // Polled at once, so that the timer begins.
        Pin::new(self).poll(context)
    }
}
