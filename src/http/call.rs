//! A call: who asks, with what body. Refusals come in the contract's order.

use std::future::{Future, poll_fn};
use std::marker::PhantomData;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{FromRequest, HttpRequest};
use futures_util::StreamExt;

use super::{ApiError, Body, Connection, Credential, Nothing, RequestId, credential, framing};
use crate::app::App;
use crate::audit::{Actor, Origin};
use crate::base::{Sequence, Timestamp};
use crate::config::RequireTls;
use crate::token::Grant;

/// How long a body may take to arrive: the largest one at 2 Mbit/s. Heads have the server's own limit.
const BODY_WITHIN: Duration = Duration::from_secs(20);

/// A request that has passed everything its types ask for.
pub struct Call<C, B = Nothing> {
    /// Who asks.
    pub who: C,
    /// What was sent.
    pub body: B,
    /// When it was taken up.
    pub now: Timestamp,
    /// What this node knew of the feed before it looked at the credential: what is issued on the strength of one that is revoked
    /// meanwhile knows no more, and is dead on arrival.
    pub rev: Sequence,
    /// The service; the outer pointer is this worker's own.
    pub app: Data<Arc<App>>,
    request: HttpRequest,
}

impl<C: Credential, B> Call<C, B> {
    /// Where the request comes from, for the audit log.
    pub fn origin(&self) -> Origin {
        let actor = match self.who.claims() {
            None => Actor::Anonymous,
            Some(claims) => match claims.grant {
                Grant::Company { .. } => Actor::Company(claims.jti),
                Grant::Operator { operator, .. } => Actor::Operator(operator),
            },
        };
        Origin {
            actor,
            address: self.address(),
            request_id: RequestId::current().map(|id| id.0.to_string()),
        }
    }

    /// The client's address: the connection's other end, or what a trusted proxy says it is.
    pub fn address(&self) -> Option<IpAddr> {
        let peer = self.request.peer_addr()?.ip();
        Some(
            self.app
                .settings
                .proxies
                .client(peer, self.request.headers()),
        )
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    /// Whether only the head of the answer is wanted.
    pub fn is_head(&self) -> bool {
        self.request.method() == Method::HEAD
    }

    /// The token that was presented, to be asked about again.
    ///
    /// # Errors
    /// 400 or 401, as when it was first looked at.
    pub fn token(&self) -> Result<&str, ApiError> {
        credential::presented(self.request.headers())
    }

    /// A part of the path.
    pub fn path(&self, name: &str) -> &str {
        self.request.match_info().query(name)
    }

    /// The query string.
    pub fn query(&self) -> super::Query<'_> {
        super::Query::new(self.request.query_string())
    }
}

impl<C: Credential + 'static, B: Body + 'static> FromRequest for Call<C, B> {
    type Error = ApiError;
    type Future = Calling<C, B>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        Calling {
            request: request.clone(),
            arriving: Arriving::new(framing::declared(request, payload.take())),
            slow: None,
            call: PhantomData,
        }
    }
}

type Slow = Pin<Box<dyn Future<Output = Result<Bytes, ApiError>>>>;

/// A call whose request is being read. Nearly every body is there when it is asked for, and needs neither a timer nor memory
/// of its own.
pub struct Calling<C, B> {
    request: HttpRequest,
    arriving: Arriving,
    slow: Option<Slow>,
    call: PhantomData<fn() -> (C, B)>,
}

impl<C: Credential, B: Body> Future for Calling<C, B> {
    type Output = Result<Call<C, B>, ApiError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let bytes = match B::LIMIT {
            None => announced(&this.request, UNREAD).map(|()| Bytes::new()),
            Some(limit) => ready!(this.read(limit, context)),
        };
        Poll::Ready(bytes.and_then(|bytes| Call::take(&this.request, &bytes)))
    }
}

impl<C, B> Calling<C, B> {
    fn read(&mut self, limit: usize, context: &mut Context<'_>) -> Poll<Result<Bytes, ApiError>> {
        if let Some(slow) = &mut self.slow {
            return slow.as_mut().poll(context);
        }
        if let Err(refusal) = announced(&self.request, limit) {
            return Poll::Ready(Err(refusal));
        }
        let arrived = self.arriving.poll(limit, context);
        if arrived.is_ready() {
            return arrived;
        }
        let rest = std::mem::replace(&mut self.arriving, Arriving::new(Payload::None));
        self.slow
            .insert(Box::pin(rest.in_time(limit)))
            .as_mut()
            .poll(context)
    }
}

impl<C: Credential, B: Body> Call<C, B> {
    fn take(request: &HttpRequest, bytes: &Bytes) -> Result<Self, ApiError> {
        let app = request
            .app_data::<Data<Arc<App>>>()
            .cloned()
            .ok_or_else(ApiError::internal)?;
        if C::REQUIRED || B::LIMIT.is_some() {
            transport(&app, request)?;
        }
        let (now, rev) = (app.clock.now(), app.feed.applied());
        Ok(Self {
            who: C::check(&app, request, now)?,
            body: B::parse(request, bytes)?,
            now,
            rev,
            app,
            request: request.clone(),
        })
    }
}

/// Most bytes of a body that nobody reads.
const UNREAD: usize = 64 * 1024;

/// Refuses a body that says itself that it is too large.
fn announced(request: &HttpRequest, limit: usize) -> Result<(), ApiError> {
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

/// A body on its way.
struct Arriving {
    payload: Payload,
    first: Option<Bytes>,
    rest: BytesMut,
}

impl Arriving {
    fn new(payload: Payload) -> Self {
        Self {
            payload,
            first: None,
            rest: BytesMut::new(),
        }
    }

    /// The whole body, once it is there. One that arrives in one piece is not copied.
    fn poll(&mut self, limit: usize, context: &mut Context<'_>) -> Poll<Result<Bytes, ApiError>> {
        while let Some(piece) = ready!(self.payload.poll_next_unpin(context)) {
            let Ok(piece) = piece else {
                let broken = "the body could not be read to its end";
                return Poll::Ready(Err(ApiError::invalid_request(broken)));
            };
            let held = self.first.as_ref().map_or(self.rest.len(), Bytes::len);
            if held + piece.len() > limit {
                return Poll::Ready(Err(ApiError::payload_too_large(limit)));
            }
            if held == 0 {
                self.first = Some(piece);
                continue;
            }
            if let Some(first) = self.first.take() {
                self.rest.extend_from_slice(&first);
            }
            self.rest.extend_from_slice(&piece);
        }
        let rest = std::mem::take(&mut self.rest);
        Poll::Ready(Ok(self.first.take().unwrap_or_else(|| rest.freeze())))
    }

    /// The rest of a slow one.
    async fn in_time(mut self, limit: usize) -> Result<Bytes, ApiError> {
        let whole = poll_fn(|context| self.poll(limit, context));
        tokio::time::timeout(BODY_WITHIN, whole)
            .await
            .unwrap_or_else(|_| Err(ApiError::body_timed_out(BODY_WITHIN)))
    }
}

/// Secrets travel only where nobody else reads (guides 001 and 002).
fn transport(app: &App, request: &HttpRequest) -> Result<(), ApiError> {
    let settings = &app.settings;
    if settings.require_tls == RequireTls::Never {
        return Ok(());
    }
    if request
        .conn_data::<Connection>()
        .is_some_and(|connection| connection.tls)
    {
        return Ok(());
    }
    let Some(peer) = request.peer_addr().map(|peer| peer.ip()) else {
        return Ok(());
    };
    if settings.require_tls == RequireTls::ExceptLoopback && peer.to_canonical().is_loopback() {
        return Ok(());
    }
    if settings.proxies.says_https(peer, request.headers()) {
        return Ok(());
    }
    Err(ApiError::forbidden(
        "credentials are not taken over plain HTTP; use https (what was just sent should be considered exposed)",
    ))
}
