//! Where the service listens: both address families on one port, Unix sockets, sockets that the
//! service manager opened; and what it reports to the service manager.

use std::net::{TcpListener, TcpStream};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::json;

use crate::client::exchange;
use crate::harness::{Folder, Service, until};
use crate::http::{get, post};

#[test]
fn both_families_listen_on_one_port() {
    // A port that was free a moment ago.
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let folder = Folder::new();
    let listen = format!("0.0.0.0:{port},[::]:{port}");
    let service = folder.serve(&[("LANYARD_HTTP_LISTEN", &listen)]);
    for host in ["127.0.0.1", "::1"] {
        let stream = TcpStream::connect((host, port)).unwrap();
        assert_eq!(exchange(stream, &get("/readyz", &[])).status, 200);
    }
    service.stop();
}

/// Starts a service that listens on a Unix socket only.
fn on_socket(folder: &Folder, settings: &[(&str, &str)]) -> Service {
    let mut command = folder.command(&["serve"]);
    command
        .env("LANYARD_HTTP_LISTEN", "unix:run/socket")
        .envs(settings.iter().copied());
    Service::start(command, "listening address=unix:", |_| {
        Some(([127, 0, 0, 1], 0).into())
    })
}

#[test]
fn a_unix_socket_is_this_machine() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path().join("run")).unwrap();
    let path = folder.path().join("run/socket");
    let settings = [
        ("LANYARD_HTTP_TRUSTED_PROXIES", "127.0.0.1"),
        ("LANYARD_HTTP_REQUIRE_TLS", "true"),
    ];
    let service = on_socket_ready(&folder, &settings);
    let ask = |request: &str| exchange(UnixStream::connect(&path).unwrap(), request);
    assert_eq!(ask(&get("/readyz", &[])).json()["status"], "ready");
    let refused = ask("GET / HTTP/9.9\r\n\r\n");
    assert_eq!(refused.status, 400);
    assert_eq!(refused.json()["error"], "invalid_request");
    let login = |headers: &[(&str, &str)]| {
        let body = json!({"login": "a", "password": "b"});
        ask(&post("/api/company/get-token", headers, &body)).status
    };
    assert_eq!(login(&[]), 403, "TLS is required");
    // The headers of a proxy on this machine are trusted.
    let https = [
        ("X-Forwarded-For", "192.0.2.9"),
        ("X-Forwarded-Proto", "https"),
    ];
    assert_eq!(login(&https), 401);
    let health = folder.run_with(&["health"], &[("LANYARD_HTTP_LISTEN", "unix:run/socket")]);
    assert_eq!(health.ok(), "ready\n");
    drop(service);
    let service = on_socket_ready(&folder, &[]);
    assert_eq!(login(&[]), 401, "from this machine it needs no TLS");
    drop(service);
    // The file that a killed process left does not prevent the start.
    assert!(path.exists());
    on_socket_ready(&folder, &settings).stop();
}

fn on_socket_ready(folder: &Folder, settings: &[(&str, &str)]) -> Service {
    // `Service::start` waits for an address whose port is not 0.
    let service = on_socket(folder, settings);
    until("it answers", || {
        UnixStream::connect(folder.path().join("run/socket")).is_ok()
    });
    service
}

/// Returns a command that runs the program with sockets at descriptors 3 and up, as systemd does.
fn activated(folder: &Folder, sockets: &str) -> Command {
    let lanyard = folder.command(&["serve"]);
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("{sockets} LISTEN_PID=$$ exec \"$0\" serve")])
        .arg(lanyard.get_program())
        .current_dir(folder.path())
        .env("LANYARD_HTTP_LISTEN", "192.0.2.1:1")
        .stdin(Stdio::null());
    command
}

#[test]
fn sockets_of_the_service_manager_take_the_place_of_the_settings() {
    let folder = Folder::new();
    let tcp = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = tcp.local_addr().unwrap().port();
    let mut command = activated(&folder, "exec 3<&0 0</dev/null; LISTEN_FDS=1");
    command.stdin(Stdio::from(std::os::fd::OwnedFd::from(tcp)));
    let service = Service::start(command, "listening address=", |line| {
        line.split_once("address=")?
            .1
            .split(' ')
            .next()?
            .parse()
            .ok()
    });
    assert_eq!(service.port, port);
    assert_eq!(service.ask(&get("/readyz", &[])).status, 200);
    service.stop();

    let path = folder.path().join("activated");
    let unix = UnixListener::bind(&path).unwrap();
    let mut command = activated(&folder, "exec 3<&0 0</dev/null; LISTEN_FDS=1");
    command.stdin(Stdio::from(std::os::fd::OwnedFd::from(unix)));
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    let answer = exchange(UnixStream::connect(&path).unwrap(), &get("/healthz", &[]));
    assert_eq!(answer.status, 200);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn the_service_manager_is_notified_when_it_is_ready_and_when_it_stops() {
    let folder = Folder::new();
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager
        .set_read_timeout(Some(std::time::Duration::from_mins(1)))
        .unwrap();
    let received = || {
        let mut bytes = [0; 1_000];
        let length = manager.recv(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..length]).trim().to_owned()
    };
    let service = folder.serve(&[("NOTIFY_SOCKET", path.to_str().unwrap())]);
    assert_eq!(received(), "READY=1");
    assert_eq!(service.ask(&get("/readyz", &[])).status, 200);
    service.signal(Signal::TERM);
    assert_eq!(received(), "STOPPING=1");
}
