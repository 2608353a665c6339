//! SIGTERM: the service waits for the clients that keep connections open, before it closes them.

use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::Signal;

use crate::client::Connection;
use crate::harness::{Folder, Service, have, until};
use crate::http::get;

const KEEP: &str = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";

#[test]
fn a_drain_answers_closes_and_ends_once_nobody_is_connected() {
    let folder = Folder::new();
    // Longer than any test: the drain ends because no client is connected any more.
    let mut service = folder.serve(&[("LANYARD_HTTP_DRAIN_TIMEOUT", "1h")]);
    let mut kept = Connection::over(service.connect());
    let first = kept.call(KEEP).unwrap();
    assert_ne!(first.header("connection"), Some("close"));
    service.signal(Signal::TERM);
    until("it drains", || service.text().contains("stopping"));
    until("readiness says so", || {
        let answer = service.ask(&get("/readyz", &[]));
        answer.status == 503 && answer.json()["status"] == "stopping"
    });
    assert!(service.ended().is_none(), "{}", service.text());
    let last = kept.call(KEEP).unwrap();
    assert_eq!(last.status, 200, "{last:?}");
    assert_eq!(last.header("connection"), Some("close"), "{last:?}");
    let (rest, fault) = kept.rest();
    assert!(
        rest.is_empty() && fault.is_none(),
        "the connection is closed: {rest:?} {fault:?}"
    );
    until("it ends", || service.ended().is_some());
    assert!(service.ended().unwrap().success());
}

#[test]
fn a_second_signal_ends_the_drain() {
    let folder = Folder::new();
    let mut service = folder.serve(&[("LANYARD_HTTP_DRAIN_TIMEOUT", "1h")]);
    let kept = service.connect();
    until("it is counted", || {
        service.ask(&get("/healthz", &[])).status == 200
    });
    service.signal(Signal::TERM);
    until("it drains", || service.text().contains("stopping"));
    assert!(service.ended().is_none());
    service.signal(Signal::TERM);
    until("it ends", || service.ended().is_some());
    assert!(service.ended().unwrap().success());
    drop(kept);
}

/// nginx with a pool of kept connections to the nodes.
struct Nginx(Child, PathBuf);

impl Nginx {
    fn start(folder: &Path, listen: u16, nodes: &[u16]) -> Self {
        let servers: Vec<_> = nodes
            .iter()
            .map(|port| format!("server 127.0.0.1:{port} max_fails=0;"))
            .collect();
        let servers = servers.concat();
        let text = format!(
            "daemon off; worker_processes 1; pid {0}/nginx.pid; error_log {0}/nginx.log; events {{}}\n\
             http {{ access_log off; client_body_temp_path {0}/t1; proxy_temp_path {0}/t2; fastcgi_temp_path {0}/t3;\n\
             uwsgi_temp_path {0}/t4; scgi_temp_path {0}/t5;\n\
             upstream nodes {{ {servers} keepalive 16; }}\n\
             server {{ listen 127.0.0.1:{listen}; keepalive_requests 100000; location / {{ proxy_pass http://nodes;\n\
             proxy_http_version 1.1; proxy_set_header Connection \"\"; }} }} }}",
            folder.display()
        );
        let path = folder.join("nginx.conf");
        std::fs::write(&path, text).unwrap();
        // Its workers run as another user.
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755)).unwrap();
        let child = Command::new("nginx")
            .arg("-c")
            .arg(&path)
            .arg("-p")
            .arg(folder)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        until("nginx listens", || {
            TcpStream::connect(("127.0.0.1", listen)).is_ok()
        });
        Self(child, folder.join("nginx.log"))
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", std::fs::read_to_string(&self.1).unwrap_or_default());
        }
        let pid = rustix::process::Pid::from_child(&self.0);
        let _ = rustix::process::kill_process(pid, Signal::TERM);
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// nginx sends no POST twice: a POST on a connection that is being closed is lost.
#[test]
fn nodes_that_are_restarted_behind_a_proxy_lose_nothing() {
    if !have("nginx") {
        eprintln!("skipped: nginx is not installed");
        return;
    }
    let folder = Folder::new();
    let front = free_port();
    let ports = [free_port(), free_port()];
    let node = |port: u16| {
        let listen = format!("127.0.0.1:{port}");
        folder.serve(&[
            ("LANYARD_HTTP_LISTEN", &listen),
            ("LANYARD_HTTP_DRAIN_TIMEOUT", "1s"),
            // The machine may be busy with other tests.
            ("LANYARD_FEED_LEASE", "1m"),
        ])
    };
    let mut nodes: Vec<Option<Service>> = ports.iter().map(|port| Some(node(*port))).collect();
    let nginx_folder = Folder::new();
    let nginx = Nginx::start(nginx_folder.path(), front, &ports);
    let over = std::sync::atomic::AtomicBool::new(false);
    let answered = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut connection = Connection::open(([127, 0, 0, 1], front).into()).unwrap();
                    let mut answered = 0;
                    while !over.load(std::sync::atomic::Ordering::Acquire) {
                        let body = r#"{"token":"x"}"#;
                        let ask = format!(
                            "POST /api/operator/validate-token HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\
                             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                            body.len()
                        );
                        let answer = connection.call(&ask).unwrap();
                        assert_eq!(answer.status, 401, "{answer:?}");
                        answered += 1;
                    }
                    answered
                })
            })
            .collect();
        for _ in 0..2 {
            for (place, port) in nodes.iter_mut().zip(ports) {
                place.take().unwrap().stop();
                *place = Some(node(port));
            }
        }
        over.store(true, std::sync::atomic::Ordering::Release);
        clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .sum::<u32>()
    });
    eprintln!("{answered} requests, none lost");
    drop(nginx);
}
