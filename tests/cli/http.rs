//! Asking the service, over whatever stream.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::harness::Service;

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|why| panic!("{why}: {self:?}"))
    }

    /// A body that is one JSON string.
    pub(crate) fn text(&self) -> String {
        assert_eq!(self.status, 200, "{self:?}");
        self.json().as_str().unwrap().to_owned()
    }
}

/// Sends one request and reads to the end.
pub(crate) fn exchange(mut stream: impl Read + Write, request: &str) -> Answer {
    stream.write_all(request.as_bytes()).unwrap();
    stream.flush().unwrap();
    let mut bytes = Vec::new();
    // A TLS server may close without a farewell.
    let _ = stream.read_to_end(&mut bytes);
    read(&String::from_utf8(bytes).unwrap())
}

pub(crate) fn read(text: &str) -> Answer {
    let (head, body) = text
        .split_once("\r\n\r\n")
        .unwrap_or_else(|| panic!("no answer: {text:?}"));
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        body: body.to_owned(),
    }
}

pub(crate) fn get(path: &str, headers: &[(&str, &str)]) -> String {
    request("GET", path, headers, None)
}

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
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let patience = Some(Duration::from_mins(1));
        stream.set_read_timeout(patience).unwrap();
        stream
    }

    pub(crate) fn ask(&self, request: &str) -> Answer {
        exchange(self.connect(), request)
    }

    /// Asks with a token.
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
