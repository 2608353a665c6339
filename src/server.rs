//! The HTTP server: how it is set up, and the one list of routes.

mod certificate;
mod connections;
mod descriptors;
mod docs;
mod door;
mod sockets;
mod tls;

pub use certificate::TlsError;
pub use descriptors::raise_descriptor_limit;
pub use docs::openapi;
pub use door::Door;
pub use tls::check_tls;

use std::net::SocketAddr;
use std::sync::Arc;

use actix_server::Server;
use actix_web::http::Method as M;
use actix_web::web::{self, ServiceConfig};

use self::connections::Connections;
use self::sockets::Listener;
use crate::app::App;
use crate::config::{self, Listen};
use crate::http::{Methods, Observer, Trace, route, unmatched};
use crate::{
    audit, company, ledger, metrics, operator, revocation, signing_keys, validate, webhook,
};

/// The routes.
fn routes(service: &mut ServiceConfig, observer: &Observer) {
    let mut at = |path: &'static str, methods: Methods| {
        service.service(route(path, methods, observer));
    };
    at(
        "/api/operator/validate-token",
        Methods::on(M::POST, validate::http::validate_token),
    );
    at(
        "/api/operator/get-token",
        Methods::on(M::POST, operator::http::tokens::get_token),
    );
    at(
        "/api/operator/validate-tokens",
        Methods::on(M::POST, validate::http::validate_tokens),
    );
    at(
        "/api/operator/revoke-token",
        Methods::on(M::POST, operator::http::tokens::revoke_token),
    );
    at(
        "/api/operator/synchronize",
        Methods::on(M::POST, operator::http::synchronize::synchronize_operators),
    );
    at(
        "/api/operator",
        Methods::on(M::GET, operator::http::tokens::own_profile),
    );
    at(
        "/api/company/get-token",
        Methods::on(M::POST, company::http::get_token),
    );
    at(
        "/api/company/rotate-token",
        Methods::on(M::POST, company::http::rotate_token),
    );
    at(
        "/api/company/revoke-token",
        Methods::on(M::POST, company::http::revoke_token),
    );
    at(
        "/api/company/organization",
        Methods::on(M::GET, company::http::organization)
            .and(M::PATCH, company::http::change_organization),
    );
    at(
        "/api/company/tokens",
        Methods::on(M::GET, ledger::http::tokens),
    );
    at(
        "/api/company/tokens/{jti}",
        Methods::on(M::GET, ledger::http::token),
    );
    at(
        "/api/company/operators",
        Methods::on(M::GET, operator::http::list).and(M::POST, operator::http::add),
    );
    at(
        "/api/company/operators/{id}",
        Methods::on(M::GET, operator::http::get)
            .and(M::PATCH, operator::http::change)
            .and(M::DELETE, operator::http::delete),
    );
    at(
        "/api/company/operators/{id}/revoke-tokens",
        Methods::on(M::POST, operator::http::revoke_tokens),
    );
    at(
        "/api/company/revocations",
        Methods::on(M::GET, revocation::http::revocations),
    );
    at(
        "/api/company/audit",
        Methods::on(M::GET, audit::http::audit),
    );
    for (path, methods) in of_webhooks() {
        at(path, methods);
    }
    at(
        "/.well-known/jwks.json",
        Methods::on(M::GET, signing_keys::http::jwks),
    );
    at("/healthz", Methods::on(M::GET, metrics::http::healthz));
    at("/readyz", Methods::on(M::GET, metrics::http::readyz));
    at("/metrics", Methods::on(M::GET, metrics::http::metrics));
    at("/openapi.json", Methods::on(M::GET, docs::document));
    at("/docs", Methods::on(M::GET, docs::folder));
    at("/docs/{file:.*}", Methods::on(M::GET, docs::page));
    service.default_service(web::to(unmatched).wrap(Trace::new("unmatched", observer)));
}

fn of_webhooks() -> [(&'static str, Methods); 4] {
    [
        (
            "/api/company/webhooks",
            Methods::on(M::GET, webhook::http::list).and(M::POST, webhook::http::add),
        ),
        (
            "/api/company/webhooks/{id}",
            Methods::on(M::GET, webhook::http::get)
                .and(M::PATCH, webhook::http::change)
                .and(M::DELETE, webhook::http::remove),
        ),
        (
            "/api/company/webhooks/{id}/test",
            Methods::on(M::POST, webhook::http::test),
        ),
        (
            "/api/company/webhooks/{id}/deliveries",
            Methods::on(M::GET, webhook::http::deliveries),
        ),
    ]
}

/// A server that listens, and the addresses it does so on.
pub struct Listening {
    /// To be awaited; its handle stops it.
    pub server: Server,
    /// Where it listens, with the ports the machine chose.
    pub places: Vec<Listen>,
    /// The addresses among the places.
    pub addresses: Vec<SocketAddr>,
    /// Shuts new connections out before the end.
    pub door: Door,
}

/// Why the server does not listen.
#[derive(Debug)]
pub enum ListenError {
    /// A place cannot be had.
    Place(Listen, std::io::Error),
    /// TLS.
    Tls(TlsError),
    /// The machine.
    Machine(std::io::Error),
}

impl std::fmt::Display for ListenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Place(place, why) => write!(f, "cannot listen on {place}: {why}"),
            Self::Tls(why) => why.fmt(f),
            Self::Machine(why) => write!(f, "the server cannot start: {why}"),
        }
    }
}

impl std::error::Error for ListenError {}

/// Listens.
///
/// # Errors
/// The [`ListenError`].
pub fn listen(app: Arc<App>, http: &config::Http) -> Result<Listening, ListenError> {
    let observer = Observer {
        metrics: Arc::clone(&app.metrics),
        log: app.settings.log_requests,
        drain: Arc::clone(&app.drain),
    };
    let workers = http.workers.count();
    let (clock, tls) = (app.clock.clone(), http.tls.as_ref());
    let tls = tls
        .map(|files| tls::server_config(files, clock))
        .transpose()
        .map_err(ListenError::Tls)?;
    let mut server = Server::build()
        .workers(workers)
        .max_concurrent_connections(descriptors::connections_a_worker(workers))
        .shutdown_timeout(http.shutdown_timeout.as_secs().max(1))
        .disable_signals();
    let connections = Connections {
        app,
        observer,
        keep_alive: http.keep_alive,
        stopping: server.graceful_shutdown_signal(),
    };
    let (listeners, own) = sockets::open(&http.listen)?;
    let (mut places, mut door) = (Vec::new(), Door::default());
    for listener in listeners {
        if own {
            door.add(&listener);
        }
        let place = listener.place().map_err(ListenError::Machine)?;
        let (connections, name) = (connections.clone(), place.to_string());
        places.push(place);
        server = match (listener, &tls) {
            (Listener::Unix(listener), _) => {
                server.listen_uds(name, listener, move || connections.unix())
            }
            (Listener::Tcp(listener), None) => {
                server.listen(name, listener, move || connections.plain())
            }
            (Listener::Tcp(listener), Some(tls)) => {
                let tls = tls.clone();
                server.listen(name, listener, move || connections.tls(tls.clone()))
            }
        }
        .map_err(ListenError::Machine)?;
    }
    Ok(Listening {
        server: server.run(),
        addresses: places.iter().filter_map(Listen::tcp).collect(),
        places,
        door,
    })
}
