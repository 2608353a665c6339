//! The trace of a request: its id, its line in the log, its place in the metrics.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{Error, HttpMessage};
use prometheus_client::metrics::counter::Counter;

use crate::base::{clock, random};
use crate::config::LogRequests;
use crate::metrics::Metrics;

/// A request's id: the caller's own if it is a plain word, else one of ours.
#[derive(Debug, Clone)]
pub struct RequestId(pub Rc<str>);

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

impl RequestId {
    fn of(request: &ServiceRequest) -> Self {
        let given = request
            .headers()
            .get(HEADER)
            .and_then(|value| value.to_str().ok())
            .filter(|text| {
                (1..=128).contains(&text.len())
                    && text
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
            });
        Self(given.map_or_else(|| random::unique().into(), Rc::from))
    }
}

/// Where traces go.
#[derive(Clone)]
pub struct Observer {
    /// The metrics.
    pub metrics: Arc<Metrics>,
    /// Which requests get a line in the log.
    pub log: LogRequests,
}

/// Traces the requests of one route.
pub struct Trace {
    route: &'static str,
    observer: Observer,
}

impl Trace {
    /// A trace under the route's pattern.
    #[must_use]
    pub fn new(route: &'static str, observer: &Observer) -> Self {
        Self {
            route,
            observer: observer.clone(),
        }
    }
}

impl<S, B> Transform<S, ServiceRequest> for Trace
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = Traced<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let ok = self.observer.metrics.requests(self.route, 200);
        ready(Ok(Traced {
            service,
            route: self.route,
            ok,
            observer: self.observer.clone(),
        }))
    }
}

/// A traced service.
pub struct Traced<S> {
    service: S,
    route: &'static str,
    ok: Counter,
    observer: Observer,
}

impl<S, B> Service<ServiceRequest> for Traced<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: MessageBody,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = Tracing<S::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.service.poll_ready(context)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let id = RequestId::of(&request);
        request.extensions_mut().insert(id.clone());
        Tracing {
            inner: Box::pin(self.service.call(request)),
            // Whatever is logged while the request runs bears its id.
            span: tracing::error_span!("request", id = %id.0),
            id,
            began: clock::boot_time(),
            route: self.route,
            ok: self.ok.clone(),
            observer: self.observer.clone(),
        }
    }
}

/// A traced request under way.
pub struct Tracing<F> {
    inner: Pin<Box<F>>,
    span: tracing::Span,
    id: RequestId,
    began: std::time::Duration,
    route: &'static str,
    ok: Counter,
    observer: Observer,
}

impl<F, B> Future for Tracing<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = Result<ServiceResponse<B>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let outcome = ready!(this.span.in_scope(|| this.inner.as_mut().poll(context)));
        Poll::Ready(outcome.map(|mut response| {
            if let Ok(id) = HeaderValue::from_str(&this.id.0) {
                response.headers_mut().insert(HEADER, id);
            }
            let status = response.status().as_u16();
            if status == 200 {
                this.ok.inc();
            } else {
                this.observer.metrics.requests(this.route, status).inc();
            }
            let wanted = match this.observer.log {
                LogRequests::None => false,
                LogRequests::Errors => status >= 500,
                LogRequests::All => true,
            };
            if wanted {
                let took = clock::boot_time().saturating_sub(this.began);
                let request = response.request();
                this.span.in_scope(|| {
                    tracing::info!(
                        method = %request.method(),
                        route = this.route,
                        status,
                        micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
                        "answered"
                    );
                });
            }
            response
        }))
    }
}
