//! The HTTP/1.1 client of tests and benches: one connection, bytes as they are on the wire, answers
//! whose length is announced. It distinguishes what most clients hide: an answer, no answer at all,
//! and an incomplete answer.
//!
//! Well-formed requests of the API tests go through `ureq`, a client that others wrote
//! (`support/client.rs`).

// Tests and benches include this file, and none of them needs all of it.
#![allow(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods
)]

mod answer;
mod connection;

pub(crate) use answer::{Answer, Outcome};
pub(crate) use connection::Connection;

use std::io::{Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A request that has no answer after this time is reported as a hang.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Returns the bytes of a request that keeps its connection open. An empty credential or body is
/// left out.
pub(crate) fn request(method: &str, path: &str, credential: &str, body: &str) -> String {
    let credential = if credential.is_empty() {
        String::new()
    } else {
        format!("Authorization: Bearer {credential}\r\n")
    };
    let content = if body.is_empty() {
        String::new()
    } else {
        let length = body.len();
        format!("Content-Type: application/json\r\nContent-Length: {length}\r\n")
    };
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{credential}{content}\r\n{body}")
}

/// Returns the bytes of a POST of a form that keeps its connection open. An empty `authorization` is
/// left out.
pub(crate) fn form(path: &str, authorization: &str, parameters: &[(&str, &str)]) -> String {
    form_of(path, authorization, &encoded(parameters))
}

/// Returns the body of a form.
pub(crate) fn encoded(parameters: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish()
}

/// Does the same as [`form`] with the body of a form.
pub(crate) fn form_of(path: &str, authorization: &str, body: &str) -> String {
    let authorization = if authorization.is_empty() {
        String::new()
    } else {
        format!("Authorization: {authorization}\r\n")
    };
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// A client with one connection, which is kept alive, and opened again after it was closed.
#[derive(Debug)]
pub(crate) struct Client {
    address: SocketAddr,
    connection: Option<Connection>,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            connection: None,
        }
    }

    /// Sends one request. Returns the outcome.
    pub(crate) fn call(
        &mut self,
        method: &str,
        path: &str,
        credential: &str,
        body: &str,
    ) -> Outcome {
        self.send(&request(method, path, credential, body))
    }

    /// Sends the bytes of one request. Returns the outcome.
    pub(crate) fn send(&mut self, request: &str) -> Outcome {
        let connection = match self.connection.take() {
            Some(connection) => Ok(connection),
            None => Connection::open(self.address),
        };
        let mut connection = match connection {
            Ok(connection) => connection,
            Err(why) => return Outcome::Nothing(why),
        };
        let begun = Instant::now();
        if let Err(why) = connection.send(request.as_bytes()) {
            return Outcome::Nothing(why);
        }
        let mut outcome = connection.receive();
        if let Outcome::Answered(answer) = &mut outcome {
            answer.took = begun.elapsed();
            if answer.header("connection") != Some("close") {
                self.connection = Some(connection);
            }
        }
        outcome
    }
}

/// Sends one request over a stream and reads until the server closes it.
pub(crate) fn exchange(stream: impl Read + Write, request: &str) -> Answer {
    let mut connection = Connection::over(stream);
    connection.send(request.as_bytes()).unwrap();
    // A TLS server may close without a close_notify.
    let (bytes, _) = connection.rest();
    Answer::of(&bytes)
}
