//! Forward-auth: a proxy asks about each request that it received, and gets 200, 401 or 403; or 503
//! if this node cannot decide. Each proxy describes a request in its own way, so each way has a path
//! of its own: the path says which headers count.

mod answer;
mod description;
mod judge;
mod signed;

use actix_web::dev::HttpServiceFactory;
use actix_web::{HttpRequest, web};

use self::description::Door;
use crate::http::{Observer, Surface, Trace};

/// For Traefik, Caddy and nginx: `X-Forwarded-Method`, `-Proto`, `-Host` and `-Uri`.
const FORWARDED: &str = "/authz";

/// For ingress-nginx: `X-Original-Method` and `X-Original-URL`.
const ORIGINAL: &str = "/authz/original";

/// For Envoy, with `path_prefix`: the method, `Host` and the rest of the path.
const ENVOY: &str = "/authz/envoy";

/// Returns the service of one path, for every method: a proxy asks with its own method or with that
/// of the request. The body is never read.
fn service(path: &'static str, door: Door, observer: &Observer) -> impl HttpServiceFactory + use<> {
    let pattern = match door {
        Door::Envoy => format!("{path}{{rest:.*}}"),
        Door::Forwarded | Door::Original => path.to_owned(),
    };
    web::resource(pattern)
        .default_service(web::to(move |request: HttpRequest| {
            judge::answer(request, door)
        }))
        .wrap(Trace::new(path, Surface::Flat, observer))
}

/// Returns the service for proxies that describe a request in headers of their own.
#[must_use]
pub fn forwarded(observer: &Observer) -> impl HttpServiceFactory + use<> {
    service(FORWARDED, Door::Forwarded, observer)
}

/// Returns the service for ingress-nginx.
#[must_use]
pub fn original(observer: &Observer) -> impl HttpServiceFactory + use<> {
    service(ORIGINAL, Door::Original, observer)
}

/// Returns the service for Envoy.
#[must_use]
pub fn envoy(observer: &Observer) -> impl HttpServiceFactory + use<> {
    service(ENVOY, Door::Envoy, observer)
}
