//! A call: who asks, with what body. Refusals come in the contract's order.

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

use super::arriving::{Arriving, UNREAD, Whole, announced};
use super::room::Share;
use super::{
    ApiError, Body, Connection, Credential, Expected, NoBody, Parameters, RequestId, Scheme,
    Unknown, credential, framing,
};
use crate::app::App;
use crate::audit::{Actor, Origin};
use crate::base::{Sequence, Timestamp};
use crate::config::RequireTls;
use crate::db::Party;
use crate::token::TokenUse;

/// A request that has passed everything its types ask for.
pub struct Call<C, B = NoBody> {
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
    /// What the body takes of the room, until the call is answered.
    _share: Option<Share>,
}

impl<C: Credential, B> Call<C, B> {
    /// Where the request comes from, for the audit log.
    pub fn origin(&self) -> Origin {
        let actor = match self.who.claims() {
            None => Actor::Anonymous,
            Some(claims) => match claims.token_use {
                TokenUse::Company { .. } => Actor::Company(claims.jti),
                TokenUse::Operator { operator, .. } => Actor::Operator(operator),
            },
        };
        Origin {
            actor,
            address: Some(self.address()),
            request_id: RequestId::current().map(|id| id.0.to_string()),
        }
    }

    /// The client's address: the connection's other end, or what a trusted proxy says it is.
    pub fn address(&self) -> IpAddr {
        let proxies = &self.app.settings.proxies;
        proxies.client(peer(&self.request), self.request.headers())
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

    /// Returns the parameters of the query string that have these names. Others are ignored.
    ///
    /// # Errors
    /// 400 with the name of the parameter that is there twice or cannot be decoded.
    pub fn query(&self, names: &[&'static str]) -> Result<Parameters<'_>, ApiError> {
        let expected = Expected {
            names,
            unknown: Unknown::Ignored,
            // The head of a request is bounded.
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
            slow: None,
            ahead: Ahead::Unasked,
            refused: None,
            call: PhantomData,
        }
    }
}

type Slow = Pin<Box<dyn Future<Output = Result<Whole, ApiError>>>>;

/// A call whose request is being read. Nearly every body is there when it is asked for, and needs neither a timer nor memory
/// of its own.
pub struct Calling<C, B> {
    request: HttpRequest,
    payload: Payload,
    slow: Option<Slow>,
    ahead: Ahead,
    refused: Option<ApiError>,
    call: PhantomData<fn() -> (C, B)>,
}

/// A credential may know more of the feed than this node has come to: then the node comes to it first, once.
enum Ahead {
    Unasked,
    Coming(Coming),
    Come,
}

type Coming = Pin<Box<dyn Future<Output = Result<(), ApiError>>>>;

impl<C: Credential, B: Body> Future for Calling<C, B> {
    type Output = Result<Call<C, B>, ApiError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Ahead::Coming(coming) = &mut this.ahead {
            let come = ready!(coming.as_mut().poll(context));
            this.ahead = Ahead::Come;
            if let Err(refusal) = come {
                return Poll::Ready(Err(refusal));
            }
        }
        if let Some(slow) = &mut this.slow {
            let whole = ready!(slow.as_mut().poll(context));
            // Judged once more: the credential may have been revoked while the body was on its way.
            return Poll::Ready(whole.and_then(|whole| {
                Judged::of::<B>(&this.request)?.call(&this.request, Some(whole))
            }));
        }
        if let Some(refusal) = this.refused.take() {
            // What has arrived is thrown away: a body that is whole lets the connection be used again.
            while let Poll::Ready(Some(Ok(_))) = this.payload.poll_next_unpin(context) {}
            return Poll::Ready(Err(refusal));
        }
        match this.begin(context) {
            Ok(Some(call)) => Poll::Ready(Ok(call)),
            // Polled at once, so that the timer begins.
            Ok(None) => Pin::new(this).poll(context),
            Err(refusal) => {
                if let (Some(rev), Ahead::Unasked) = (refusal.needs(), &this.ahead) {
                    let app = this.request.app_data::<Data<Arc<App>>>().cloned();
                    this.ahead = Ahead::Coming(Box::pin(come_to(app, rev)));
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

async fn come_to(app: Option<Data<Arc<App>>>, rev: Sequence) -> Result<(), ApiError> {
    let app = app.ok_or_else(ApiError::internal)?;
    super::come_to(&app, rev).await
}

impl<C: Credential, B: Body> Calling<C, B> {
    /// Judges the head, and takes the body if all of it is there. `None` if some of it is still on its way.
    fn begin(&mut self, context: &mut Context<'_>) -> Result<Option<Call<C, B>>, ApiError> {
        announced(&self.request, B::LIMIT.unwrap_or(UNREAD))?;
        let judged = Judged::<C>::of::<B>(&self.request)?;
        let Some(limit) = B::LIMIT else {
            return judged.call(&self.request, None).map(Some);
        };
        let organization = judged.who.claims().map(|claims| claims.organization);
        let share = judged.app.room.share(organization);
        let mut arriving = Arriving::new(
            std::mem::replace(&mut self.payload, Payload::None),
            limit,
            share,
        );
        match arriving.poll(context) {
            Poll::Ready(bytes) => {
                let whole = arriving.whole(bytes?);
                judged.call(&self.request, Some(whole)).map(Some)
            }
            Poll::Pending => {
                self.slow = Some(Box::pin(arriving.in_time()));
                Ok(None)
            }
        }
    }
}

/// Who asks, as far as the head tells.
struct Judged<C> {
    who: C,
    now: Timestamp,
    rev: Sequence,
    app: Data<Arc<App>>,
}

impl<C: Credential> Judged<C> {
    fn of<B: Body>(request: &HttpRequest) -> Result<Self, ApiError> {
        let app = request
            .app_data::<Data<Arc<App>>>()
            .cloned()
            .ok_or_else(ApiError::internal)?;
        if C::REQUIRED || B::LIMIT.is_some() {
            transport(&app, request)?;
        }
        let (now, rev) = (app.clock.now(), app.feed.applied());
        let who = C::check(&app, request, now)?;
        if let Some(claims) = who.claims() {
            Party::Organization(claims.organization).enter();
        }
        Ok(Self { who, now, rev, app })
    }

    fn call<B: Body>(
        self,
        request: &HttpRequest,
        whole: Option<Whole>,
    ) -> Result<Call<C, B>, ApiError> {
        let (bytes, share) = whole.map_or_else(
            || (Bytes::new(), None),
            |whole| (whole.bytes, Some(whole.share)),
        );
        Ok(Call {
            who: self.who,
            body: B::parse(request, &bytes)?,
            now: self.now,
            rev: self.rev,
            app: self.app,
            request: request.clone(),
            _share: share,
        })
    }
}

/// The connection's other end. At a Unix socket it has no address, and counts as this machine.
fn peer(request: &HttpRequest) -> IpAddr {
    request
        .peer_addr()
        .map_or(Ipv4Addr::LOCALHOST.into(), |peer| peer.ip())
}

/// Refuses secrets that came over plain HTTP (guides 001 and 002). A listed proxy knows how the client reached it; where no
/// proxy says anything, the connection itself decides.
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
