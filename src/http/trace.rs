//! The trace of a request: its log line, its metrics, and the headers that the responses of every
//! route have.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{ConnectionType, Version};
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse};
use prometheus_client::metrics::counter::Counter;

use super::rotation::RotationDue;
use super::unread::Chunked;
use super::{ApiError, Drain, RequestId, Surface, cors};
use crate::base::clock;
use crate::config::LogRequests;
use crate::db::Party;
use crate::metrics::Metrics;

const ROTATION_DUE: HeaderName = HeaderName::from_static("token-rotation-due");

/// Where traces are recorded.
#[derive(Clone)]
pub struct Observer {
    /// The metrics.
    pub metrics: Arc<Metrics>,
    /// Which requests are logged.
    pub log: LogRequests,
    /// Whether the service is about to stop.
    pub drain: Arc<Drain>,
}

impl Observer {
    fn logs(&self, status: u16) -> bool {
        match self.log {
            LogRequests::None => false,
            LogRequests::Errors => status >= 500,
            LogRequests::All => true,
        }
    }

    /// Counts a response to bytes that are not a request. It is logged at debug level only, because
    /// anybody could fill the log with such responses.
    pub(super) fn unparsed(&self, route: &'static str, status: u16, id: &RequestId) {
        self.metrics.requests(route, status).inc();
        id.scope(|| tracing::debug!(route, status, "answered"));
    }
}

/// Returns the response to a request that ended with an error, as its feature shows it. The last
/// argument is the id of the request. `None` if the surface renders the error.
pub type ShowFault = fn(&HttpRequest, &ApiError, &str) -> Option<HttpResponse>;

/// Traces the requests of one route.
pub struct Trace {
    route: &'static str,
    surface: Surface,
    show_fault: Option<ShowFault>,
    /// Whether scripts of every origin may read the responses.
    cross_origin: bool,
    observer: Observer,
}

impl Trace {
    /// Returns a trace for the pattern of a route. Its errors have the shape of the surface.
    #[must_use]
    pub fn new(route: &'static str, surface: Surface, observer: &Observer) -> Self {
        Self {
            route,
            surface,
            show_fault: None,
            cross_origin: false,
            observer: observer.clone(),
        }
    }

    /// Returns the same trace, of a route whose feature shows errors itself.
    #[must_use]
    pub(super) fn showing(self, show_fault: Option<ShowFault>) -> Self {
        Self { show_fault, ..self }
    }

    /// Returns the same trace, of a route whose responses scripts of every origin may read or may
    /// not.
    #[must_use]
    pub(super) fn cross_origin(self, cross_origin: bool) -> Self {
        Self {
            cross_origin,
            ..self
        }
    }
}

impl<S> Transform<S, ServiceRequest> for Trace
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
    S::Future: Unpin + 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Transform = Traced<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let route = Route {
            name: self.route,
            surface: self.surface,
            show_fault: self.show_fault,
            cross_origin: self.cross_origin,
            ok: self.observer.metrics.requests(self.route, 200),
            observer: self.observer.clone(),
        };
        ready(Ok(Traced {
            service,
            route: Rc::new(route),
        }))
    }
}

/// The fixed properties of a route. Each worker has its own copy, so that cores share no memory
/// that requests write to.
struct Route {
    name: &'static str,
    surface: Surface,
    show_fault: Option<ShowFault>,
    cross_origin: bool,
    ok: Counter,
    observer: Observer,
}

/// A traced service.
pub struct Traced<S> {
    service: S,
    route: Rc<Route>,
}

impl<S> Service<ServiceRequest> for Traced<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error>,
    S::Future: Unpin + 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Tracing<S::Future>;

    fn poll_ready(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.service.poll_ready(context)
    }

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let id = RequestId::of(request.headers());
        let mut party = Party::Unauthenticated;
        Tracing {
            chunked: Chunked::of(&mut request),
            inner: id.scope(|| party.scope(|| self.service.call(request))),
            id,
            party,
            began: clock::boot_time(),
            route: Rc::clone(&self.route),
        }
    }
}

/// A traced request in progress.
pub struct Tracing<F> {
    chunked: Option<Chunked>,
    inner: F,
    id: RequestId,
    /// The party that the request is counted for. It is known once the credential is judged.
    party: Party,
    began: std::time::Duration,
    route: Rc<Route>,
}

impl<F> Future for Tracing<F>
where
    F: Future<Output = Result<ServiceResponse, Error>> + Unpin,
{
    type Output = Result<ServiceResponse, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Self {
            chunked,
            inner,
            id,
            party,
            began,
            route,
        } = &mut *self;
        id.scope(|| party.scope(|| Pin::new(inner).poll(context)))
            .map_ok(|response| route.answered(response, id, *began))
            .map_ok(|response| match chunked.take() {
                None => response,
                Some(chunked) => chunked.hold(response),
            })
    }
}

impl Route {
    /// Gives an error the shape of the surface. Errors arrive here in the shape of the flat one.
    fn in_shape(&self, response: ServiceResponse, id: &RequestId) -> ServiceResponse {
        if self.surface == Surface::Flat {
            return response;
        }
        let error = response.response().error();
        let Some(error) = error.and_then(|error| error.as_error::<ApiError>()) else {
            return response;
        };
        let request = response.request();
        let shown = self
            .show_fault
            .and_then(|show| show(request, error, id.as_str()));
        let rendered = shown.unwrap_or_else(|| {
            self.surface
                .render_for(error, request.headers(), id.as_str())
        });
        response.into_response(rendered)
    }

    fn answered(
        &self,
        mut response: ServiceResponse,
        id: &RequestId,
        began: std::time::Duration,
    ) -> ServiceResponse {
        response = self.in_shape(response, id);
        // HTTP/1.0 has no chunked coding (RFC 9112, section 6.1): a body without a length ends with
        // the connection.
        if response.request().version() < Version::HTTP_11
            && response.response().body().size() == BodySize::Stream
        {
            let head = response.response_mut().head_mut();
            head.no_chunking(true);
            head.set_connection_type(ConnectionType::Close);
        }
        if let Some(id) = id.header_value() {
            response.headers_mut().insert(RequestId::HEADER, id);
        }
        if self.cross_origin {
            cors::allow(response.headers_mut());
        }
        let due = response
            .request()
            .extensions()
            .get::<RotationDue>()
            .copied();
        if let Some(due) = due.and_then(|due| HeaderValue::from_str(&due.0.to_string()).ok()) {
            response.headers_mut().insert(ROTATION_DUE, due);
        }
        if self.observer.drain.has_begun() {
            let head = response.response_mut().head_mut();
            head.set_connection_type(ConnectionType::Close);
        }
        let status = response.status().as_u16();
        if status == 200 {
            self.ok.inc();
        } else {
            self.observer.metrics.requests(self.name, status).inc();
        }
        if self.observer.logs(status) {
            let took = clock::boot_time().saturating_sub(began);
            let request = response.request();
            id.scope(|| {
                tracing::info!(
                    method = %request.method(),
                    route = self.name,
                    status,
                    micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
                    "answered"
                );
            });
        }
        response
    }
}
