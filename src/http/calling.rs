//! Reads the request of a call: the head is judged before the body is read.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::dev::Payload;
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;

use super::call::Call;
use super::incoming_body::{IncomingBody, ReceivedBody, UNREAD, announced};
use super::transport::{peer, transport};
use super::{ApiError, Body, Credential, credential, framing, role, rotation};
use crate::app::App;
use crate::authn::{self, Answer, Authenticator, Lookup, Outcome, RequestLine};
use crate::base::{Sequence, Timestamp};
use crate::db::Party;

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
        if let Some(begun) = this.begun.take() {
            return this.go_on(begun, context);
        }
        if let Some(slow) = &mut this.slow {
            let received = ready!(slow.as_mut().poll(context));
            return Poll::Ready(received.and_then(|(body, as_of, outcome)| {
                Judged::of(&this.request, as_of, outcome)?.call(&this.request, Some(body))
            }));
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
            let (as_of, answer) = AsOf::begin::<C, B>(&self.request)?;
            match answer {
                Answer::Ready(outcome) => (as_of, outcome),
                Answer::Lookup(lookup) => {
                    self.waiting = Some(Waiting::Lookup(Some(as_of), lookup));
                    return Ok(None);
                }
            }
        };
        let judged = Judged::<C>::of(&self.request, as_of, outcome)?;
        let Some(limit) = B::LIMIT else {
            return judged.call(&self.request, None).map(Some);
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
                judged.call(&self.request, Some(body)).map(Some)
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
            let call = bytes.and_then(|bytes| {
                let body = incoming.received(bytes);
                judged.call(&self.request, Some(body))
            });
            return Poll::Ready(call);
        }
        let request = self.request.clone();
        self.slow = Some(Box::pin(async move {
            let body = incoming.in_time().await?;
            let (as_of, answer) = AsOf::begin::<C, B>(&request)?;
            Ok((body, as_of, answer.outcome().await))
        }));
        // Polled at once, so that the timer begins.
        Pin::new(self).poll(context)
    }
}

/// The state of this node when the credential was judged.
struct AsOf {
    now: Timestamp,
    /// The applied sequence, read before the credential is judged.
    rev: Sequence,
    app: Data<Arc<App>>,
}

impl AsOf {
    /// Judges the transport, and begins to judge the credential.
    fn begin<C: Credential, B: Body>(request: &HttpRequest) -> Result<(Self, Answer), ApiError> {
        let app = request
            .app_data::<Data<Arc<App>>>()
            .cloned()
            .ok_or_else(ApiError::internal)?;
        if C::REQUIRED || B::LIMIT.is_some() {
            transport(&app, request)?;
        }
        let (now, rev) = (app.clock.now(), app.nodes.feed.applied());
        let answer = if C::REQUIRED {
            let address = || {
                let proxies = &app.settings.proxies;
                proxies.client(peer(request), request.headers())
            };
            let by = Authenticator {
                validator: &app.tokens.validator,
                uses: &app.tokens.uses,
                app: &app,
                address: &address,
            };
            let line = RequestLine {
                method: request.method().as_str(),
                origin: None,
                path: request.path(),
            };
            let answer = authn::authenticate(by, line, request.headers(), now);
            if C::NEEDS_ROLE {
                role::with_role(&app, answer)
            } else {
                answer
            }
        } else {
            Answer::Ready(Outcome::NotRequested)
        };
        Ok((Self { now, rev, app }, answer))
    }
}

/// A request whose head was judged.
struct Judged<C> {
    who: C,
    as_of: AsOf,
}

impl<C: Credential> Judged<C> {
    fn of(request: &HttpRequest, as_of: AsOf, outcome: Outcome) -> Result<Self, ApiError> {
        let who = if let Outcome::ApiKey(key) = outcome {
            C::admit_key(key)?
        } else {
            let principal = credential::principal(&outcome)?;
            if let Some(principal) = &principal {
                rotation::note(&as_of.app, request, principal.token(), as_of.now);
            }
            C::admit(principal)?
        };
        if let Some(organization) = who.organization() {
            Party::Organization(organization).enter();
        }
        Ok(Self { who, as_of })
    }

    fn call<B: Body>(
        self,
        request: &HttpRequest,
        body: Option<ReceivedBody>,
    ) -> Result<Call<C, B>, ApiError> {
        let (bytes, reservation) = body.map_or_else(
            || (Bytes::new(), None),
            |body| (body.bytes, Some(body.reservation)),
        );
        Ok(Call {
            who: self.who,
            body: B::parse(request, &bytes)?,
            now: self.as_of.now,
            rev: self.as_of.rev,
            app: self.as_of.app,
            request: request.clone(),
            _reservation: reservation,
        })
    }
}
