//! `http.require_tls`: from where credentials are accepted over plain HTTP, and which proxies are
//! trusted to report https.

use std::net::{SocketAddr, TcpStream, UdpSocket};

use serde_json::json;

use crate::client::{Answer, exchange};
use crate::harness::{Folder, Service};
use crate::http::{get, post};

fn log_in(headers: &[(&str, &str)]) -> String {
    post(
        "/api/company/get-token",
        headers,
        &json!({"login": "a", "password": "b"}),
    )
}

/// Returns whether a credential was checked, and not refused because of the transport.
fn taken(answer: &Answer) -> bool {
    match answer.status {
        401 => true,
        403 if answer.text().contains("plain HTTP") => false,
        _ => panic!("{answer:?}"),
    }
}

const HTTPS: [(&str, &str); 1] = [("X-Forwarded-Proto", "https")];

#[test]
fn always_means_loopback_too_unless_a_trusted_proxy_says_https() {
    let folder = Folder::new();
    let required = ("LANYARD_HTTP_REQUIRE_TLS", "true");
    let service = folder.serve(&[required]);
    assert!(!taken(&service.ask(&log_in(&[]))));
    assert!(!taken(&service.ask(&log_in(&HTTPS))), "nobody is trusted");
    assert!(!taken(&service.get_as("x", "/api/operator")));
    assert_eq!(
        service.ask(&get("/readyz", &[])).status,
        200,
        "no credential, no demand"
    );
    drop(service);

    let service = folder.serve(&[required, ("LANYARD_HTTP_TRUSTED_PROXIES", "127.0.0.0/8")]);
    assert!(taken(&service.ask(&log_in(&HTTPS))));
    let forwarded = [("Forwarded", "for=192.0.2.1;proto=https")];
    assert!(
        !taken(&service.ask(&log_in(&forwarded))),
        "the other family"
    );
    assert!(!taken(&service.ask(&log_in(&[]))));
    assert!(!taken(
        &service.ask(&log_in(&[("X-Forwarded-Proto", "http")]))
    ));
    drop(service);

    let trusted = ("LANYARD_HTTP_TRUSTED_PROXIES", "127.0.0.0/8");
    let by_forwarded = ("LANYARD_HTTP_CLIENT_ADDRESS_HEADER", "forwarded");
    let service = folder.serve(&[required, trusted, by_forwarded]);
    assert!(taken(&service.ask(&log_in(&forwarded))));
    assert!(!taken(&service.ask(&log_in(&HTTPS))), "the other family");
    drop(service);

    // Loopback is accepted, unless a trusted proxy there reports how the client connected.
    let service = folder.serve(&[trusted]);
    assert!(taken(&service.ask(&log_in(&[]))));
    assert!(taken(&service.ask(&log_in(&HTTPS))));
    assert!(!taken(
        &service.ask(&log_in(&[("X-Forwarded-Proto", "http")]))
    ));
    drop(service);

    let service = folder.serve(&[required, ("LANYARD_HTTP_TRUSTED_PROXIES", "192.0.2.1")]);
    assert!(
        !taken(&service.ask(&log_in(&HTTPS))),
        "another proxy is trusted"
    );
}

/// Returns an address of this machine that is not loopback; `None` if there is none.
fn own_address() -> Option<std::net::IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent: the connect only chooses the route.
    socket.connect("192.0.2.1:9").ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

fn ask_over_network(service: &Service, request: &str) -> Option<Answer> {
    let address = SocketAddr::new(own_address()?, service.port);
    Some(exchange(TcpStream::connect(address).unwrap(), request))
}

#[test]
fn by_default_only_this_machine_may_come_without_tls() {
    let folder = Folder::new();
    let everywhere = ("LANYARD_HTTP_LISTEN", "0.0.0.0:0");
    let service = folder.serve(&[everywhere]);
    assert!(taken(&service.ask(&log_in(&[]))));
    let Some(answer) = ask_over_network(&service, &log_in(&[])) else {
        eprintln!("SKIPPED: this machine has no address but loopback");
        return;
    };
    assert!(!taken(&answer));
    assert!(!taken(
        &ask_over_network(&service, &log_in(&HTTPS)).unwrap()
    ));
    let log = service.stop();
    assert!(
        log.contains("every credential from another machine will be refused"),
        "{log}"
    );

    let service = folder.serve(&[everywhere, ("LANYARD_HTTP_REQUIRE_TLS", "false")]);
    assert!(taken(&ask_over_network(&service, &log_in(&[])).unwrap()));
    let log = service.stop();
    assert!(log.contains("may cross the network in the clear"), "{log}");
}
