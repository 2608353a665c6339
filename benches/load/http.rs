//! The client of the tests, and what only a load generator needs.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Fallible;

pub(crate) use crate::client::{Answer, Connection, request};

const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Who sends requests. This decides the type of their bodies, too.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sender<'a> {
    /// The holder of a company token. It sends JSON.
    Company(&'a str),
    /// An OAuth client, with its id and secret as a Basic credential. It sends forms.
    Client(&'a str),
    /// A proxy that needs a decision about a request for this path. It sends no bodies: the credential
    /// stands in their place.
    Proxy(&'a str),
    /// A program that signs each request, or presents many keys. It sends no bodies: what stands in
    /// their place are the headers, separated by tabs.
    Headers,
}

impl Sender<'_> {
    /// Returns the value of the header `Authorization`.
    fn authorization(&self) -> String {
        match self {
            Self::Company(token) => format!("Bearer {token}"),
            Self::Client(credential) => format!("Basic {credential}"),
            Self::Proxy(_) => "Bearer ".to_owned(),
            Self::Headers => String::new(),
        }
    }

    /// Returns the media type of the bodies.
    fn content_type(&self) -> &'static str {
        match self {
            Self::Company(_) | Self::Proxy(_) => "application/json",
            Self::Client(_) => "application/x-www-form-urlencoded",
            Self::Headers => "",
        }
    }

    /// Returns a POST with a body, up to the value of `Content-Length`; what a proxy sends, up to the
    /// credential; or a GET, up to the headers that differ.
    pub(crate) fn head(&self, path: &str) -> String {
        if matches!(self, Self::Headers) {
            return format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n");
        }
        if let Self::Proxy(original) = self {
            return format!(
                "GET {path} HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Method: GET\r\n\
                 X-Forwarded-Proto: https\r\nX-Forwarded-Host: api.example.com\r\n\
                 X-Forwarded-Uri: {original}\r\nX-Forwarded-For: 192.0.2.7\r\nAuthorization: {}",
                self.authorization()
            );
        }
        format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {}\r\n\
             Content-Type: {}\r\nContent-Length: ",
            self.authorization(),
            self.content_type()
        )
    }

    /// Returns a POST with a body; for a proxy, a request with a credential; or a GET with headers.
    pub(crate) fn post(&self, path: &str, body: &str) -> String {
        if matches!(self, Self::Headers) {
            return format!("{}{}\r\n\r\n", self.head(path), body.replace('\t', "\r\n"));
        }
        if let Self::Proxy(_) = self {
            return format!("{}{body}\r\n\r\n", self.head(path));
        }
        format!("{}{}\r\n\r\n{body}", self.head(path), body.len())
    }
}

/// Makes one call on a connection of its own.
pub(crate) fn call(
    address: SocketAddr,
    method: &str,
    path: &str,
    credential: &str,
    body: &str,
) -> io::Result<Answer> {
    Connection::open(address)?.call(&request(method, path, credential, body))
}

/// Waits until something listens on `address`. Returns an error after 30 s.
pub(crate) fn wait_until_open(address: SocketAddr) -> Fallible<()> {
    let patience = Instant::now() + ANSWER_WITHIN;
    while TcpStream::connect(address).is_err() {
        if Instant::now() > patience {
            return Err(format!("nothing listens on {address}").into());
        }
        sleep(Duration::from_millis(5));
    }
    Ok(())
}
