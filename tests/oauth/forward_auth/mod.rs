//! Forward-auth through the proxies that people use, each with its file of `examples/forward-auth`:
//! nginx (Debian), Caddy and Envoy (`PyPI`, pinned). In front of a small service that says what
//! reached it; only addresses are changed in the files.

mod connection;
mod credentials;
mod guides;
mod proxy;
mod table;
mod tricks;
mod upstream;

use std::path::{Path, PathBuf};

use serde_json::Value;

use self::proxy::Proxy;
use self::upstream::Upstream;
use crate::service::Service;
use crate::wire::{Answer, Connection};

/// Lanyard with the rules of the examples, and a service.
pub(crate) struct World {
    pub(crate) lanyard: Service,
    pub(crate) upstream: Upstream,
}

/// Returns the path of an example.
pub(crate) fn example(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/forward-auth");
    folder.join(name)
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    /// Starts Lanyard with further settings.
    pub(crate) fn with(settings: &[(&str, &str)]) -> Self {
        let rules = example("rules.toml").display().to_string();
        let own = [
            ("LANYARD_AUTHZ_RULES_FILE", &*rules),
            ("LANYARD_HTTP_TRUSTED_PROXIES", "127.0.0.1"),
            // The proxies of these tests listen without TLS.
            ("LANYARD_HTTP_REQUIRE_TLS", "false"),
        ];
        let lanyard = Service::start_with(&[&own[..], settings].concat());
        Self {
            lanyard,
            upstream: Upstream::start(),
        }
    }

    /// Starts each proxy that is installed.
    pub(crate) fn proxies(&self) -> Vec<Proxy> {
        let lanyard = self.lanyard.issuer.strip_prefix("http://").unwrap();
        let service = self.upstream.address.to_string();
        let start = [Proxy::nginx, Proxy::caddy, Proxy::envoy];
        start
            .into_iter()
            .filter_map(|start| start(lanyard, &service))
            .collect()
    }
}

/// What a client receives through a proxy.
pub(crate) struct Seen {
    pub(crate) answer: Answer,
    /// What reached the service. `None` if nothing did.
    pub(crate) request: Option<Value>,
}

impl Seen {
    /// Returns the values of a header that reached the service.
    pub(crate) fn header(&self, name: &str) -> Vec<&str> {
        let request = self.request.as_ref().expect("nothing reached the service");
        let headers = request["headers"].as_array().unwrap().iter();
        headers
            .filter(|pair| pair[0].as_str().unwrap().eq_ignore_ascii_case(name))
            .map(|pair| pair[1].as_str().unwrap())
            .collect()
    }
}

/// Sends a request as it is written. `headers` are whole lines.
pub(crate) fn send(proxy: &Proxy, method: &str, target: &str, headers: &[&str]) -> Seen {
    send_body(proxy, method, target, headers, "")
}

/// Does the same with what follows the head.
pub(crate) fn send_body(
    proxy: &Proxy,
    method: &str,
    target: &str,
    headers: &[&str],
    body: &str,
) -> Seen {
    let lines: Vec<_> = headers.iter().flat_map(|line| [line, "\r\n"]).collect();
    let lines = lines.concat();
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: api.example.com\r\nConnection: close\r\n{lines}\r\n{body}"
    );
    let mut connection = Connection::open(proxy.address).unwrap();
    connection.send(request.as_bytes()).unwrap();
    let (bytes, _) = connection.rest();
    let answer = Answer::of(&bytes);
    let reached = answer.header("x-service").is_some();
    let request = reached.then(|| serde_json::from_slice(&answer.body).unwrap_or(Value::Null));
    Seen { answer, request }
}
