//! The client. It sends requests through ureq, or raw bytes over a socket if the request itself is
//! malformed or must come from another address.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use serde_json::Value;
use socket2::{Domain, Socket, Type};

use super::Answer;
use super::events::Events;
use super::http::{self, Connection, PATIENCE};

/// A client of one server.
pub(crate) struct Client {
    agent: ureq::Agent,
    address: SocketAddr,
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(PATIENCE))
            .build();
        Self {
            agent: config.new_agent(),
            address,
        }
    }

    /// Sends bytes as they are. Returns everything that the server sends until it closes the
    /// connection.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        self.raw_from(Ipv4Addr::LOCALHOST, bytes)
    }

    fn raw_from(&self, from: Ipv4Addr, bytes: &[u8]) -> Vec<u8> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((from, 0)).into()).unwrap();
        socket.connect(&self.address.into()).unwrap();
        let mut connection = Connection::over(TcpStream::from(socket));
        connection.set_patience(PATIENCE);
        // A server may answer and close before it has read everything.
        let sent = connection.send(bytes);
        let (answer, fault) = connection.rest();
        if let Some(why) = fault {
            assert!(!answer.is_empty(), "no answer: {why}; sending: {sent:?}");
            eprintln!("after the answer: {why}");
        }
        answer
    }
}

/// A request that is being built.
pub(crate) struct Call<'a> {
    client: &'a Client,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    from: Option<Ipv4Addr>,
}

impl<'a> Call<'a> {
    pub(crate) fn new(client: &'a Client, method: &str, path: &str) -> Self {
        Self {
            client,
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: None,
            from: None,
        }
    }

    /// Adds a header; two calls with the same name add two headers.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn bearer(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn json(self, value: &Value) -> Self {
        self.body("application/json", value.to_string())
    }

    pub(crate) fn body(self, content_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.header("content-type", content_type)
            .untyped_body(bytes)
    }

    pub(crate) fn untyped_body(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.body = Some(bytes.into());
        self
    }

    /// Makes the request come from another address of this machine.
    pub(crate) fn from(mut self, address: [u8; 4]) -> Self {
        self.from = Some(address.into());
        self
    }

    /// Sends it. Checks what must hold for every answer.
    pub(crate) fn send(self) -> Answer {
        let head = self.method == "HEAD";
        // ureq sends no body if the method gives it no meaning; a careless client does.
        let odd = self.body.is_some() && !["POST", "PUT", "PATCH"].contains(&self.method.as_str());
        let answer = match self.from {
            None if !odd => self.send_by_ureq().unwrap(),
            from => {
                let bytes = self.as_bytes();
                let from = from.unwrap_or(Ipv4Addr::LOCALHOST);
                Answer::parse(&self.client.raw_from(from, &bytes), head)
            }
        };
        answer.check(head);
        answer
    }

    /// Sends it to a server that may stop. Returns `None` if no answer arrives.
    pub(crate) fn try_send(self) -> Option<Answer> {
        let answer = self.send_by_ureq().ok()?;
        answer.check(false);
        Some(answer)
    }

    fn send_by_ureq(self) -> Result<Answer, ureq::Error> {
        let uri = format!("http://{}{}", self.client.address, self.path);
        let mut request = ureq::http::Request::builder()
            .method(self.method.as_str())
            .uri(uri);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let agent = &self.client.agent;
        let sent = match self.body {
            Some(body) => agent.run(request.body(body).unwrap()),
            None => agent.run(request.body(()).unwrap()),
        };
        Answer::read(sent?)
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.client.address
    }

    /// Returns the request as it is sent, on a connection of its own.
    pub(crate) fn as_bytes(&self) -> Vec<u8> {
        let mut text = format!(
            "{} {} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n",
            self.method, self.path, self.client.address
        );
        for (name, value) in &self.headers {
            let _ = write!(text, "{name}: {value}\r\n");
        }
        let body = self.body.as_deref().unwrap_or_default();
        let _ = write!(text, "content-length: {}\r\n\r\n", body.len());
        [text.as_bytes(), body].concat()
    }

    /// Sends the request and opens the stream of server-sent events that answers it.
    pub(crate) fn events(self) -> Events {
        let call = self.header("accept", "text/event-stream");
        Events::open(call.address(), &call.as_bytes())
    }

    /// Writes the request to a connection of its own, without ureq. Returns the answer.
    pub(crate) fn send_by_hand(mut self) -> Answer {
        self.from = Some(Ipv4Addr::LOCALHOST);
        self.send()
    }
}

impl Client {
    /// Sends bytes that are not a whole request, and closes the sending half. Returns the status;
    /// `None` if the server closed the connection without an answer.
    pub(crate) fn offer(&self, bytes: &[u8]) -> Option<u16> {
        let answer = self.exchange(bytes);
        (!answer.is_empty()).then(|| http::Answer::of(&answer).status)
    }

    /// Sends bytes, closes the sending half, and reads until the server closes the connection.
    pub(crate) fn exchange(&self, bytes: &[u8]) -> Vec<u8> {
        let mut connection = Connection::open(self.address).unwrap();
        // The server may close the connection at any time here.
        let _ = connection.send(bytes);
        let _ = connection.finish_sending();
        connection.rest().0
    }

    /// Sends the raw bytes of a request with `Connection: close`. Returns the answer.
    pub(crate) fn answer_to(&self, bytes: &[u8]) -> Answer {
        Answer::parse(&self.raw(bytes), false)
    }

    /// Like [`Client::answer_to`], from another address of this machine.
    pub(crate) fn answer_from(&self, from: [u8; 4], bytes: &[u8]) -> Answer {
        Answer::parse(&self.raw_from(from.into(), bytes), false)
    }

    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }
}
