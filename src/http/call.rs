//! A call: the caller and the body of a request. Refusals come in the order that the contract
//! defines.

use std::future::Future;
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::HeaderMap;
use actix_web::web::{Bytes, Data};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;

use super::body_budget::Reservation;
use super::incoming_body::{IncomingBody, ReceivedBody, UNREAD, announced};
use super::{
    ApiError, Body, Connection, Credential, Expected, NoBody, Parameters, RequestId, Scheme,
    Unknown, credential, framing, rotation,
};
use crate::app::App;
use crate::audit::{Actor, Origin};
use crate::authn::{self, Answer, Authenticator, Lookup, Outcome, Principal};
use crate::base::{Sequence, Timestamp};
use crate::config::RequireTls;
use crate::db::Party;

/// A request that meets the requirements of its type parameters.
pub struct Call<C, B = NoBody> {
    /// The caller.
    pub who: C,
    /// The body.
    pub body: B,
    /// When the credential was judged.
    pub now: Timestamp,
    /// The last sequence of the feed that this node had applied before it judged the credential. A
    /// token that is issued for this call carries it as `rev`. So if the credential is revoked
    /// meanwhile, the new token is revoked as well.
    pub rev: Sequence,
    /// The service. The outer pointer is local to this worker.
    pub app: Data<Arc<App>>,
    request: HttpRequest,
    /// The memory of the body, reserved until the call is answered.
    _reservation: Option<Reservation>,
}

impl<C: Credential, B> Call<C, B> {
    /// Returns the caller and its address, for the audit log.
    pub fn origin(&self) -> Origin {
        let principal = self.who.principal();
        Origin {
            actor: principal.map_or(Actor::Anonymous, Principal::actor),
            address: Some(self.address()),
            request_id: RequestId::current().map(|id| id.0.to_string()),
        }
    }

    /// Returns the client's address: that of the peer, or the one that a listed proxy reports.
    pub fn address(&self) -> IpAddr {
        let proxies = &self.app.settings.proxies;
        proxies.client(peer(&self.request), self.request.headers())
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// Whether the client wants only the head of the response.
    pub fn is_head(&self) -> bool {
        self.request.method() == Method::HEAD
    }

    /// Returns the credential as it was sent, for a handler that judges it again later.
    ///
    /// # Errors
    /// 400 or 401, as when it was judged first.
    pub fn token(&self) -> Result<&str, ApiError> {
        credential::presented(self.request.headers())
    }

    /// Returns the value of a parameter of the path.
    pub fn path(&self, name: &str) -> &str {
        self.request.match_info().query(name)
    }

    /// Returns the parameters of the query string with these names. Others are ignored.
    ///
    /// # Errors
    /// 400 with the name of a parameter that occurs twice or cannot be decoded.
    pub fn query(&self, names: &[&'static str]) -> Result<Parameters<'_>, ApiError> {
        let expected = Expected {
            names,
            unknown: Unknown::Ignored,
            // The size of a request's head is bounded anyway.
            longest: usize::MAX,
        };
        Parameters::read(self.request.query_string().as_bytes(), expected)
    }
}

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
            slow: None,
            refused: None,
            call: PhantomData,
        }
    }
}

/// A call whose request is being read. Nearly every credential is judged from memory, and nearly
/// every body has arrived with the head: then this allocates no memory and starts no timer.
pub struct Calling<C, B> {
    request: HttpRequest,
    payload: Payload,
    /// What the head waits for. `None` if it waits for nothing.
    waiting: Option<Waiting>,
    /// Whether the node has caught up to the sequence that the credential names. It does so once.
    caught_up: bool,
    /// The outcome of a look-up of the credential.
    answered: Option<(Asked, Outcome)>,
    slow: Option<SlowBody>,
    refused: Option<ApiError>,
    call: PhantomData<fn() -> (C, B)>,
}

/// What must complete before the head can be judged.
enum Waiting {
    /// The node catches up to a sequence of the feed that the credential names.
    CatchUp(Pin<Box<dyn Future<Output = Result<(), ApiError>>>>),
    /// The credential is looked up in the database.
    Lookup(Option<Asked>, Lookup),
}

/// A body that has not arrived with the head. The credential is judged again when the body is
/// complete, because it may have been revoked meanwhile.
type SlowBody = Pin<Box<dyn Future<Output = Result<(ReceivedBody, Asked, Outcome), ApiError>>>>;

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
            Some(Waiting::Lookup(asked, lookup)) => {
                let outcome = ready!(lookup.as_mut().poll(context));
                this.answered = asked.take().map(|asked| (asked, outcome));
                this.waiting = None;
            }
        }
        if let Some(slow) = &mut this.slow {
            let received = ready!(slow.as_mut().poll(context));
            return Poll::Ready(received.and_then(|(body, asked, outcome)| {
                Judged::of(&this.request, asked, outcome)?.call(&this.request, Some(body))
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
                // Until the next poll the server decodes the part of the body that came with the
                // head.
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
        let (asked, outcome) = if let Some(answered) = self.answered.take() {
            answered
        } else {
            announced(&self.request, B::LIMIT.unwrap_or(UNREAD))?;
            let (asked, answer) = Asked::begin::<C, B>(&self.request)?;
            match answer {
                Answer::Ready(outcome) => (asked, outcome),
                Answer::Lookup(lookup) => {
                    self.waiting = Some(Waiting::Lookup(Some(asked), lookup));
                    return Ok(None);
                }
            }
        };
        let judged = Judged::<C>::of(&self.request, asked, outcome)?;
        let Some(limit) = B::LIMIT else {
            return judged.call(&self.request, None).map(Some);
        };
        let organization = judged.who.principal().map(|who| who.organization);
        let reservation = judged
            .asked
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
                let request = self.request.clone();
                self.slow = Some(Box::pin(async move {
                    let body = incoming.in_time().await?;
                    let (asked, answer) = Asked::begin::<C, B>(&request)?;
                    Ok((body, asked, answer.outcome().await))
                }));
                Ok(None)
            }
        }
    }
}

/// The state of this node when the credential was judged.
struct Asked {
    now: Timestamp,
    /// The applied sequence, read before the credential is judged.
    rev: Sequence,
    app: Data<Arc<App>>,
}

impl Asked {
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
            let by = Authenticator {
                validator: &app.tokens.validator,
                uses: &app.tokens.uses,
            };
            authn::authenticate(by, request.headers(), now)
        } else {
            Answer::Ready(Outcome::NotRequested)
        };
        Ok((Self { now, rev, app }, answer))
    }
}

/// A request whose head was judged.
struct Judged<C> {
    who: C,
    asked: Asked,
}

impl<C: Credential> Judged<C> {
    fn of(request: &HttpRequest, asked: Asked, outcome: Outcome) -> Result<Self, ApiError> {
        let principal = credential::principal(outcome)?;
        if let Some(principal) = &principal {
            rotation::note(&asked.app, request, principal.token(), asked.now);
        }
        let who = C::admit(principal)?;
        if let Some(principal) = who.principal() {
            Party::Organization(principal.organization).enter();
        }
        Ok(Self { who, asked })
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
            now: self.asked.now,
            rev: self.asked.rev,
            app: self.asked.app,
            request: request.clone(),
            _reservation: reservation,
        })
    }
}

/// Returns the address of the peer. A Unix socket has none, and stands for this machine.
fn peer(request: &HttpRequest) -> IpAddr {
    request
        .peer_addr()
        .map_or(Ipv4Addr::LOCALHOST.into(), |peer| peer.ip())
}

/// Refuses secrets that were sent over plain HTTP (guides 001 and 002). A listed proxy reports how
/// the client reached it. Without such a report the connection itself decides.
fn transport(app: &App, request: &HttpRequest) -> Result<(), ApiError> {
    let settings = &app.settings;
    if settings.require_tls == RequireTls::Never {
        return Ok(());
    }
    let peer = peer(request).to_canonical();
    let secure = match settings.proxies.scheme(peer, request.headers()) {
        Scheme::Https => true,
        Scheme::Insecure => false,
        Scheme::Unsaid => {
            let tls = request
                .conn_data::<Connection>()
                .is_some_and(|connection| connection.tls);
            let local = settings.require_tls == RequireTls::ExceptLoopback && peer.is_loopback();
            tls || local
        }
    };
    if secure {
        return Ok(());
    }
    Err(ApiError::forbidden(
        "credentials are not taken over plain HTTP; use https (what was just sent should be considered exposed)",
    ))
}
