//! Which way a request came: the other end of its connection, and whether secrets may be sent over it.

use std::net::{IpAddr, Ipv4Addr};

use actix_web::HttpRequest;

use super::{ApiError, Scheme};
use crate::app::App;
use crate::config::RequireTls;

/// The properties of a connection.
#[derive(Debug, Clone, Copy)]
pub struct Connection {
    /// Whether this server itself terminates TLS on it.
    pub tls: bool,
}

/// Returns the address of the connection's other end. A Unix socket has none, and is treated as this machine.
pub(crate) fn peer(request: &HttpRequest) -> IpAddr {
    request
        .peer_addr()
        .map_or(Ipv4Addr::LOCALHOST.into(), |peer| peer.ip())
}

/// Whether this server itself terminates TLS on the connection.
pub(crate) fn speaks_tls(request: &HttpRequest) -> bool {
    request
        .conn_data::<Connection>()
        .is_some_and(|connection| connection.tls)
}

/// Returns the scheme by which the client sent the request, as far as a listed proxy or the connection says.
pub(super) fn scheme(app: &App, request: &HttpRequest) -> &'static str {
    if is_https(app, request) {
        "https"
    } else {
        "http"
    }
}

/// Whether the client reached the service by https, as the connection or a listed proxy says.
pub(crate) fn is_https(app: &App, request: &HttpRequest) -> bool {
    let peer = peer(request).to_canonical();
    match app.settings.proxies.scheme(peer, request.headers()) {
        Scheme::Https => true,
        Scheme::Insecure => false,
        Scheme::Unspecified => speaks_tls(request),
    }
}

/// Refuses secrets that came over plain HTTP (guides 001 and 002). A listed proxy knows how the client reached it; where no
/// proxy says anything, the connection itself decides.
pub(super) fn transport(app: &App, request: &HttpRequest) -> Result<(), ApiError> {
    let settings = &app.settings;
    if settings.require_tls == RequireTls::Never {
        return Ok(());
    }
    let peer = peer(request).to_canonical();
    let secure = match settings.proxies.scheme(peer, request.headers()) {
        Scheme::Https => true,
        Scheme::Insecure => false,
        Scheme::Unspecified => {
            let tls = speaks_tls(request);
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
