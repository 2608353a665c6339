//! The services of connections: each connection, over TCP, TLS or a Unix socket, is wrapped
//! ([`CompleteResponses`], [`Paced`]) and passed to actix's dispatcher. actix-web's `HttpServer` does the same
//! without the wrapper, and has no place for one.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{HttpService, Protocol};
use actix_server::GracefulShutdownSignal;
use actix_service::{
    IntoServiceFactory, ServiceFactory, ServiceFactoryExt, fn_service, map_config,
};
use actix_tls::accept::TlsError;
use actix_tls::accept::rustls_0_23::{Acceptor, TlsStream};
use actix_web::App as Service;
use actix_web::dev::AppConfig;
use actix_web::rt::net::{TcpStream, UnixStream};
use actix_web::web::Data;
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};

use super::configure;
use crate::app::App;
use crate::http::{CompleteResponses, Connection, Observer, Paced};

/// How long the head of a request may take to arrive.
const HEAD_WITHIN: Duration = Duration::from_secs(5);

/// How long a client may take to read the last response before its connection is closed.
const END_WITHIN: Duration = Duration::from_secs(1);

/// Makes the services of connections. Each worker makes its own.
#[derive(Clone)]
pub(super) struct Connections {
    pub(super) app: Arc<App>,
    pub(super) observer: Observer,
    /// How long a connection may be idle between two requests.
    pub(super) keep_alive: Duration,
    /// Signals connections that the server is stopping.
    pub(super) stopping: GracefulShutdownSignal,
}

impl Connections {
    /// Returns the service for plain HTTP over a Unix socket, whose peer has no address.
    pub(super) fn unix(
        &self,
    ) -> impl ServiceFactory<
        UnixStream,
        Config = (),
        Response = (),
        Error = DispatchError,
        InitError = (),
    > + use<> {
        let observer = self.observer.clone();
        fn_service(move |io: UnixStream| {
            let io = CompleteResponses::new(Paced::new(io), observer.clone());
            async move { Ok::<_, DispatchError>((io, Protocol::Http1, None)) }
        })
        .and_then(self.dispatcher(false))
    }

    /// Returns the service for plain HTTP.
    pub(super) fn plain(
        &self,
    ) -> impl ServiceFactory<
        TcpStream,
        Config = (),
        Response = (),
        Error = DispatchError,
        InitError = (),
    > + use<> {
        let observer = self.observer.clone();
        fn_service(move |io: TcpStream| {
            let peer = io.peer_addr().ok();
            let io = CompleteResponses::new(Paced::new(io), observer.clone());
            async move { Ok::<_, DispatchError>((io, Protocol::Http1, peer)) }
        })
        .and_then(self.dispatcher(false))
    }

    /// Returns the service for HTTP over TLS.
    pub(super) fn tls(
        &self,
        mut config: ServerConfig,
    ) -> impl ServiceFactory<
        TcpStream,
        Config = (),
        Response = (),
        Error = TlsError<io::Error, DispatchError>,
        InitError = (),
    > + use<> {
        let observer = self.observer.clone();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        if cfg!(feature = "http2") {
            config.alpn_protocols.insert(0, b"h2".to_vec());
        }
        Acceptor::new(config)
            .map_err(TlsError::into_service_error)
            .and_then(move |io: TlsStream<TcpStream>| {
                let (socket, session) = io.get_ref();
                let protocol = match session.alpn_protocol() {
                    Some(b"h2") => Protocol::Http2,
                    _ => Protocol::Http1,
                };
                let peer = socket.peer_addr().ok();
                let io = CompleteResponses::new(Paced::new(io), observer.clone());
                async move { Ok((io, protocol, peer)) }
            })
            .and_then(self.dispatcher(true).map_err(TlsError::Service))
    }

    fn dispatcher<IO: AsyncRead + AsyncWrite + Unpin + 'static>(
        &self,
        tls: bool,
    ) -> impl ServiceFactory<
        (IO, Protocol, Option<SocketAddr>),
        Config = (),
        Response = (),
        Error = DispatchError,
        InitError = (),
    > + use<IO> {
        let (app, observer) = (Arc::clone(&self.app), self.observer.clone());
        let (stopping, drain) = (self.stopping.clone(), Arc::clone(&self.observer.drain));
        let routes = Service::new()
            .app_data(Data::new(app))
            .configure(|service| configure(service, &observer))
            .into_factory()
            .map_err(|why: actix_web::Error| why.error_response());
        HttpService::build()
            .graceful_shutdown_signal(move || {
                let stopping = stopping.clone();
                async move { stopping.notified().await }
            })
            .keep_alive(self.keep_alive)
            .client_request_timeout(HEAD_WITHIN)
            .client_disconnect_timeout(END_WITHIN)
            .on_connect_ext(move |_: &IO, data| {
                data.insert(Connection { tls });
                data.insert(drain.count());
            })
            .finish(map_config(routes, |()| AppConfig::default()))
    }
}
