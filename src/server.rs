//! The HTTP server: how it is set up, and the list of features that have routes.

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
use std::sync::{Arc, LazyLock};

use actix_server::Server;
use actix_web::web::{self, ServiceConfig};

use self::connections::Connections;
use self::sockets::Listener;
use crate::app::App;
use crate::config::{self, Listen};
use crate::http::{Observer, Resource, Surface, Trace};
use crate::{
    access, api_key, audit, client, company, console, grant, ledger, metrics, oauth, operator,
    organization, revocation, signing_keys, usage, validate, webhook, wechat,
};

/// Every path. The router tries them in this order, so the most frequent ones are first.
static RESOURCES: LazyLock<Vec<Resource>> = LazyLock::new(|| {
    Resource::gather(vec![
        validate::http::routes(),
        oauth::http::server_routes(),
        oauth::http::routes(),
        operator::http::routes(),
        operator::http::sessions::routes(),
        company::http::routes(),
        ledger::http::routes(),
        revocation::http::routes(),
        audit::http::routes(),
        usage::http::routes(),
        webhook::http::routes(),
        client::http::routes(),
        api_key::http::routes(),
        wechat::http::routes(),
        organization::definitions::http::routes(),
        grant::http::routes(),
        signing_keys::http::routes(),
        oauth::http::browser_routes(),
        oauth::http::service_routes(),
        console::routes(),
        metrics::http::routes(),
        docs::routes(),
    ])
});

/// Returns every path, with the names of its parameters in braces, and its methods as the value of
/// `Allow`.
pub fn routes() -> impl Iterator<Item = (&'static str, &'static str)> {
    RESOURCES
        .iter()
        .map(|resource| (resource.path(), resource.allow()))
}

/// Adds the services of all paths.
fn configure(service: &mut ServiceConfig, observer: &Observer) {
    service.service(access::http::forwarded(observer));
    service.service(access::http::original(observer));
    for resource in RESOURCES.iter() {
        service.service(resource.service(observer));
    }
    service.service(access::http::envoy(observer));
    service.default_service(web::to(console::unmatched).wrap(Trace::new(
        "unmatched",
        Surface::Flat,
        observer,
    )));
}

/// A listening server, and its addresses.
pub struct Listening {
    /// The server. It runs while it is awaited, and its handle stops it.
    pub server: Server,
    /// What the server listens on, with the ports that the system chose.
    pub places: Vec<Listen>,
    /// The TCP addresses among the places.
    pub addresses: Vec<SocketAddr>,
    /// Refuses new connections at the end of a drain.
    pub door: Door,
}

/// Why the server does not listen.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// The address or the path cannot be opened.
    #[error("cannot listen on {0}: {1}")]
    Place(Listen, std::io::Error),
    /// The certificate or its key cannot be used.
    #[error("{0}")]
    Tls(TlsError),
    /// The operating system refuses something else.
    #[error("the server cannot start: {0}")]
    Machine(std::io::Error),
}

/// Opens the sockets and starts the server.
///
/// # Errors
/// Returns the [`ListenError`].
pub fn listen(app: Arc<App>, http: &config::Http) -> Result<Listening, ListenError> {
    let observer = Observer {
        metrics: Arc::clone(&app.metrics),
        log: app.settings.log_requests,
        drain: Arc::clone(&app.requests.drain),
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
