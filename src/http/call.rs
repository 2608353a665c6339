//! A call: who asks, with what body. Refusals come in the contract's order.

use std::future::{Future, poll_fn};
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::StreamExt;

use super::{ApiError, Body, Connection, Credential, Nothing, RequestId};
use crate::app::App;
use crate::audit::{Actor, Origin};
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
    /// The service.
    pub app: Data<App>,
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
        let request_id = self
            .request
            .extensions()
            .get::<RequestId>()
            .map(|id| id.0.to_string());
        Origin {
            actor,
            address: self.address(),
            request_id,
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
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            let app = request
                .app_data::<Data<App>>()
                .cloned()
                .ok_or_else(ApiError::internal)?;
            let bytes = if let Some(limit) = B::LIMIT {
                read_in_time(&request, payload, limit).await?
            } else {
                announced(&request, UNREAD)?;
                Bytes::new()
            };
            if C::REQUIRED || B::LIMIT.is_some() {
                transport(&app, &request)?;
            }
            let who = C::check(&app, &request, app.clock.now())?;
            let body = B::parse(&request, &bytes)?;
            Ok(Self {
                who,
                body,
                app,
                request,
            })
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

async fn read_in_time(
    request: &HttpRequest,
    payload: Payload,
    limit: usize,
) -> Result<Bytes, ApiError> {
    let mut body = pin!(read(request, payload, limit));
    // Nearly every body is there already: only the others are worth a timer.
    if let Poll::Ready(outcome) = poll_fn(|context| Poll::Ready(body.as_mut().poll(context))).await
    {
        return outcome;
    }
    tokio::time::timeout(BODY_WITHIN, body)
        .await
        .unwrap_or_else(|_| Err(ApiError::body_timed_out(BODY_WITHIN)))
}

async fn read(
    request: &HttpRequest,
    mut payload: Payload,
    limit: usize,
) -> Result<Bytes, ApiError> {
    announced(request, limit)?;
    let broken = |_| ApiError::invalid_request("the body could not be read to its end");
    let Some(first) = payload.next().await.transpose().map_err(broken)? else {
        return Ok(Bytes::new());
    };
    if first.len() > limit {
        return Err(ApiError::payload_too_large(limit));
    }
    // Nearly every body arrives in one piece, which needs no copy.
    let Some(second) = payload.next().await.transpose().map_err(broken)? else {
        return Ok(first);
    };
    let mut bytes = BytesMut::from(&first[..]);
    let mut next = Some(second);
    while let Some(piece) = next {
        if bytes.len() + piece.len() > limit {
            return Err(ApiError::payload_too_large(limit));
        }
        bytes.extend_from_slice(&piece);
        next = payload.next().await.transpose().map_err(broken)?;
    }
    Ok(bytes.freeze())
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
