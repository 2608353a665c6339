//! Signed requests (RFC 9421, RFC 9530) as credentials.

mod bodies;
mod confusion;
mod credential;
mod ends;
mod forward_auth;
mod keys;
mod meanwhile;
mod once;
mod order;
mod parameters;
mod trailers;

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use lanyard::authn::signature::{Fields, Message, Signer, digest_of, sign};
use lanyard::base::Timestamp;
use serde_json::{Value, json};

use crate::support::{Answer, Organization, Server};

/// Makes a key that signs. Returns its record with its secrets.
fn make(acme: &Organization<'_>, members: &Value) -> Value {
    let mut body = json!({"name": "till", "scopes": ["read", "keys:verify"], "signing": true});
    let given = members.as_object().unwrap().clone();
    body.as_object_mut().unwrap().extend(given);
    let made = acme.post("/api/v1/api-keys").json(&body).send();
    made.with_status(201);
    made.json()
}

fn text<'a>(record: &'a Value, member: &str) -> &'a str {
    record[member].as_str().unwrap()
}

/// The path of a key, and of what is done to it.
fn path(key: &Value, what: &str) -> String {
    format!("/api/v1/api-keys/{}{what}", text(key, "id"))
}

/// A request whose every byte a test decides about. It is signed as it is made, and changed
/// afterwards.
#[derive(Clone)]
struct Request<'a> {
    server: &'a Server,
    method: String,
    /// The scheme that is signed.
    scheme: &'static str,
    target: String,
    host: String,
    headers: Vec<(String, String)>,
    body: String,
}

struct Lines<'a>(&'a [(String, String)]);

impl Fields for Lines<'_> {
    fn lines(&self, name: &str) -> Vec<&[u8]> {
        let named = self
            .0
            .iter()
            .filter(|(own, _)| own.eq_ignore_ascii_case(name));
        named.map(|(_, line)| line.as_bytes()).collect()
    }
}

/// Returns a nonce that no other test uses.
fn nonce() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("nonce-{:016}", NEXT.fetch_add(1, Ordering::Relaxed))
}

impl<'a> Request<'a> {
    /// A request without a signature, with a digest if it has a body or is a POST.
    fn new(server: &'a Server, method: &str, target: &str, body: &str) -> Self {
        let mut headers = Vec::new();
        if method == "POST" || !body.is_empty() {
            headers.push(("Content-Digest".to_owned(), digest_of(body.as_bytes())));
        }
        if !body.is_empty() {
            headers.push(("Content-Type".to_owned(), "application/json".to_owned()));
        }
        Self {
            server,
            method: method.to_owned(),
            scheme: "http",
            target: target.to_owned(),
            host: server.client().address().to_string(),
            headers,
            body: body.to_owned(),
        }
    }

    /// Signs it with a key, at the time of the server.
    fn signed(self, key: &Value) -> Self {
        let now = self.server.app.clock.now();
        self.signed_at(key, now)
    }

    fn signed_at(self, key: &Value, now: Timestamp) -> Self {
        let (id, secret) = (text(key, "id"), text(key, "signing_secret"));
        self.signed_with(id, secret, now)
    }

    fn signed_with(self, id: &str, secret: &str, now: Timestamp) -> Self {
        self.signed_by(id, secret, now, &nonce())
    }

    fn signed_at_with(self, key: &Value, now: Timestamp, nonce: &str) -> Self {
        self.signed_by(text(key, "id"), text(key, "signing_secret"), now, nonce)
    }

    fn signed_by(mut self, key: &str, secret: &str, now: Timestamp, nonce: &str) -> Self {
        let fields = Lines(&self.headers);
        let message = Message {
            method: &self.method,
            scheme: self.scheme,
            authority: Some(&self.host),
            path_and_query: &self.target,
            request_target: &self.target,
            fields: &fields,
            has_body: !self.body.is_empty(),
        };
        let by = Signer {
            key,
            secret,
            now,
            nonce,
        };
        let (input, signature) = sign(&message, &by).unwrap();
        self.headers.push(("Signature-Input".to_owned(), input));
        self.headers.push(("Signature".to_owned(), signature));
        self
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Replaces the value of a header.
    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(own, _)| own != name);
        self.header(name, value)
    }

    fn value(&self, name: &str) -> &str {
        let mut headers = self.headers.iter();
        &headers.find(|(own, _)| own == name).unwrap().1
    }

    fn to(mut self, server: &'a Server) -> Self {
        self.server = server;
        self
    }

    /// Returns the head, without the header that says how long the body is.
    fn head(&self) -> String {
        let mut head = format!(
            "{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n",
            self.method, self.target, self.host
        );
        for (name, value) in &self.headers {
            let _ = write!(head, "{name}: {value}\r\n");
        }
        head
    }

    fn send(&self) -> Answer {
        let (head, body) = (self.head(), &self.body);
        let length = if body.is_empty() {
            String::new()
        } else {
            format!("Content-Length: {}\r\n", body.len())
        };
        let whole = format!("{head}{length}\r\n{body}");
        self.server.client().answer_to(whole.as_bytes())
    }

    /// Sends the body in pieces of three bytes.
    fn send_chunked(&self) -> Answer {
        self.send_with_trailer("")
    }

    /// Sends the body in pieces of three bytes, and then these lines.
    fn send_with_trailer(&self, lines: &str) -> Answer {
        let mut whole = self.head() + "Transfer-Encoding: chunked\r\n\r\n";
        for piece in self.body.as_bytes().chunks(3) {
            let text = std::str::from_utf8(piece).unwrap();
            let _ = write!(whole, "{:x}\r\n{text}\r\n", piece.len());
        }
        let _ = write!(whole, "0\r\n{lines}\r\n");
        self.server.client().answer_to(whole.as_bytes())
    }
}

/// A signed request for the profile of a key.
fn profile<'a>(server: &'a Server, key: &Value) -> Request<'a> {
    Request::new(server, "GET", "/v1/profile", "").signed(key)
}

/// A signed request that verifies a key.
fn verify<'a>(server: &'a Server, key: &Value, wanted: &str) -> Request<'a> {
    let body = json!({"key": wanted}).to_string();
    Request::new(server, "POST", "/api/v1/api-keys/verify", &body).signed(key)
}
