//! Requests to the service, each on a connection of its own.

use std::net::TcpStream;

use serde_json::Value;

use crate::client::{Answer, PATIENCE, exchange};
use crate::harness::Service;

/// Returns a GET request that closes its connection.
pub(crate) fn get(path: &str, headers: &[(&str, &str)]) -> String {
    request("GET", path, headers, None)
}

/// Returns a POST request that closes its connection.
pub(crate) fn post(path: &str, headers: &[(&str, &str)], body: &Value) -> String {
    request("POST", path, headers, Some(body))
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> String {
    let body = body.map(Value::to_string);
    let mut lines = vec![
        format!("{method} {path} HTTP/1.1"),
        "Host: localhost".to_owned(),
        "Connection: close".to_owned(),
    ];
    if let Some(body) = &body {
        lines.push("Content-Type: application/json".to_owned());
        lines.push(format!("Content-Length: {}", body.len()));
    }
    lines.extend(
        headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}")),
    );
    format!("{}\r\n\r\n{}", lines.join("\r\n"), body.unwrap_or_default())
}

impl Service {
    /// Opens a connection to the service.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Sends a request that closes its connection. Returns the answer.
    pub(crate) fn ask(&self, request: &str) -> Answer {
        exchange(self.connect(), request)
    }

    /// Sends a JSON body with a token. Returns the answer.
    pub(crate) fn post_as(&self, token: &str, path: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {token}");
        self.ask(&post(path, &[("Authorization", &bearer)], body))
    }

    pub(crate) fn get_as(&self, token: &str, path: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        self.ask(&get(path, &[("Authorization", &bearer)]))
    }

    pub(crate) fn log_in(&self, login: &str, password: &str) -> Answer {
        let body = serde_json::json!({"login": login, "password": password});
        self.ask(&post("/api/company/get-token", &[], &body))
    }
}
