//! The HTTP/1.1 client of tests and benches: one connection, bytes as they are on the wire, answers
//! whose length is announced. It distinguishes what most clients hide: an answer, no answer at all,
//! and an incomplete answer.
//!
//! Well-formed requests of the API tests go through `ureq`, a client that others wrote
//! (`support/client.rs`).

// Tests and benches include this file, and none of them needs all of it.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods
)]

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// A request that has no answer after this time counts as a hang.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A complete answer.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The status line and the headers, without the empty line.
    head: String,
    pub(crate) body: Vec<u8>,
    /// The time from the first byte sent to the last byte received. Only [`Client`] measures it.
    pub(crate) took: Duration,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { head, took, .. } = self;
        write!(f, "{head:?} {:?} after {took:?}", self.text())
    }
}

impl Answer {
    /// Returns the answer in `bytes`, which are everything that was received before the server
    /// closed the connection. Panics if they are not HTTP.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let (answer, end) = Self::begin(bytes)
            .unwrap_or_else(|| panic!("not HTTP: {:?}", String::from_utf8_lossy(bytes)));
        Self {
            body: bytes[end..].to_vec(),
            ..answer
        }
    }

    /// Returns an answer without its body, and the position at which the body begins. `None` if the
    /// head is incomplete.
    fn begin(bytes: &[u8]) -> Option<(Self, usize)> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.split(' ').nth(1).and_then(|text| text.parse().ok());
        let status = status.unwrap_or_else(|| panic!("not HTTP: {head}"));
        let answer = Self {
            status,
            head,
            body: Vec::new(),
            took: Duration::ZERO,
        };
        Some((answer, end + 4))
    }

    /// Returns the names and values of the headers, as they were sent.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.head.lines().skip(1);
        lines.filter_map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name, value.trim()))
        })
    }

    /// Returns the value of the first header of that name, in any case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers()
            .find(|(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Returns the number of bytes on the wire, head included.
    pub(crate) fn wire_length(&self) -> usize {
        self.head.len() + 4 + self.body.len()
    }

    /// Returns the body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|why| panic!("{why} in {self:?}"))
    }

    /// Returns the body of a 200 that is one JSON string, such as a token.
    pub(crate) fn string(&self) -> String {
        assert_eq!(self.status, 200, "{self:?}");
        self.json().as_str().unwrap().to_owned()
    }

    /// Returns the answer if its status is 200. Returns an error that quotes it otherwise.
    pub(crate) fn ok(self) -> Result<Self, String> {
        if self.status == 200 {
            Ok(self)
        } else {
            Err(format!("{}: {}", self.status, self.text()))
        }
    }
}

/// The outcome of a request.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It was answered.
    Answered(Answer),
    /// The connection was refused, or closed before any byte of an answer.
    Nothing(io::Error),
    /// The connection was closed, or no more bytes arrived, within an answer.
    Torn(String),
}

impl Outcome {
    /// Returns the answer. Panics if there is none.
    pub(crate) fn answer(self) -> Answer {
        self.ok().unwrap_or_else(|why| panic!("no answer: {why}"))
    }

    /// Returns the answer, or an error that says why there is none.
    pub(crate) fn ok(self) -> io::Result<Answer> {
        match self {
            Self::Answered(answer) => Ok(answer),
            Self::Nothing(why) => Err(why),
            Self::Torn(part) => Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("half an answer: {part}"),
            )),
        }
    }
}

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
        let connection = match self.connection.take() {
            Some(connection) => Ok(connection),
            None => Connection::open(self.address),
        };
        let mut connection = match connection {
            Ok(connection) => connection,
            Err(why) => return Outcome::Nothing(why),
        };
        let begun = Instant::now();
        if let Err(why) = connection.send(request(method, path, credential, body).as_bytes()) {
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

/// A connection, over TCP unless a test uses another stream, with the bytes that were read from it
/// and not yet used.
#[derive(Debug)]
pub(crate) struct Connection<S = TcpStream> {
    stream: S,
    unread: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let connection = Self::over(stream);
        connection.set_patience(PATIENCE);
        Ok(connection)
    }

    /// Closes the sending half: the server reads the end of the stream.
    pub(crate) fn finish_sending(&self) -> io::Result<()> {
        self.stream.shutdown(Shutdown::Write)
    }

    /// Sets how long [`Connection::receive`] waits. After that it may be called again for the same
    /// answer.
    pub(crate) fn set_patience(&self, patience: Duration) {
        self.stream.set_read_timeout(Some(patience)).unwrap();
    }

    /// Returns whether no byte of the next answer has arrived yet.
    pub(crate) fn is_silent(&self) -> bool {
        self.stream.set_nonblocking(true).unwrap();
        let silent = self.unread.is_empty() && self.stream.peek(&mut [0]).is_err();
        self.stream.set_nonblocking(false).unwrap();
        silent
    }

    /// Returns the stream, for an answer that has no announced length. No byte of the answer may
    /// have been read.
    pub(crate) fn into_stream(self) -> TcpStream {
        assert!(self.unread.is_empty(), "part of an answer was read");
        self.stream
    }
}

impl<S: Read + Write> Connection<S> {
    /// A connection over a stream that is open.
    pub(crate) fn over(stream: S) -> Self {
        Self {
            stream,
            unread: Vec::with_capacity(CHUNK),
        }
    }

    /// Sends bytes: a request, a part of one, or several in a row whose answers are then received
    /// one after the other.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)?;
        self.stream.flush()
    }

    /// Sends one request and receives its answer.
    pub(crate) fn call(&mut self, request: &str) -> io::Result<Answer> {
        self.send(request.as_bytes())?;
        self.receive().ok()
    }

    /// Receives the next answer. Interim answers (100 Continue) are skipped.
    pub(crate) fn receive(&mut self) -> Outcome {
        loop {
            if let Some(answer) = self.parse() {
                if answer.status >= 200 {
                    return Outcome::Answered(answer);
                }
                continue;
            }
            let why = match self.read() {
                Ok(true) => continue,
                Ok(false) => io::ErrorKind::UnexpectedEof.into(),
                Err(why) => why,
            };
            return if self.unread.is_empty() {
                Outcome::Nothing(why)
            } else {
                let part = String::from_utf8_lossy(&self.unread);
                Outcome::Torn(format!("{why}: {part:?}"))
            };
        }
    }

    /// Reads until the server closes the connection. Returns everything that was not received
    /// before, and the error that ended it, if it was not an orderly close.
    pub(crate) fn rest(&mut self) -> (Vec<u8>, Option<io::Error>) {
        let fault = loop {
            match self.read() {
                Ok(true) => {}
                Ok(false) => break None,
                Err(why) => break Some(why),
            }
        };
        (std::mem::take(&mut self.unread), fault)
    }

    /// Reads some bytes. Returns `false` at the end of the stream.
    fn read(&mut self) -> io::Result<bool> {
        let mut chunk = [0; CHUNK];
        loop {
            match self.stream.read(&mut chunk) {
                Ok(count) => {
                    self.unread.extend_from_slice(&chunk[..count]);
                    return Ok(count > 0);
                }
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(why) => return Err(why),
            }
        }
    }

    fn parse(&mut self) -> Option<Answer> {
        let (mut answer, begin) = Answer::begin(&self.unread)?;
        let length = answer.header("content-length");
        let end = begin + length.map_or(0, |text| text.parse::<usize>().unwrap());
        if self.unread.len() < end {
            return None;
        }
        let rest = self.unread.split_off(end);
        let mut bytes = std::mem::replace(&mut self.unread, rest);
        answer.body = bytes.split_off(begin);
        Some(answer)
    }
}

/// The number of bytes that are read at once.
const CHUNK: usize = 8192;

/// Sends one request over a stream and reads until the server closes it.
pub(crate) fn exchange(stream: impl Read + Write, request: &str) -> Answer {
    let mut connection = Connection::over(stream);
    connection.send(request.as_bytes()).unwrap();
    // A TLS server may close without a close_notify.
    let (bytes, _) = connection.rest();
    Answer::of(&bytes)
}
