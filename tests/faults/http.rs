//! An HTTP/1.1 client that tells apart what most hide: an answer, no answer at all, and half an answer.

use std::fmt;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// When a request without an answer counts as a hang.
const HANG: Duration = Duration::from_secs(40);

/// A whole answer.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
    /// From the first byte sent to the last one received.
    pub(crate) took: Duration,
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            head, body, took, ..
        } = self;
        write!(
            f,
            "{head:?} {:?} after {took:?}",
            String::from_utf8_lossy(body)
        )
    }
}

impl Answer {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|why| panic!("{why} in {self:?}"))
    }
}

/// What became of a request.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It was answered.
    Answered(Answer),
    /// The connection was refused, or ended before any byte of an answer.
    Nothing(io::Error),
    /// The connection ended, or fell silent, within an answer.
    Torn(String),
}

impl Outcome {
    /// The answer. Panics when there is none.
    pub(crate) fn answer(self) -> Answer {
        match self {
            Self::Answered(answer) => answer,
            Self::Nothing(why) => panic!("no answer: {why}"),
            Self::Torn(part) => panic!("half an answer: {part}"),
        }
    }
}

/// A request's bytes.
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

/// A client with one connection, kept alive and opened anew when it has ended.
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

    /// One call.
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
        let outcome = connection.receive(begun);
        if let Outcome::Answered(answer) = &outcome
            && answer.header("connection") != Some("close")
        {
            self.connection = Some(connection);
        }
        outcome
    }
}

/// A connection with what was read of it and not yet used.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(HANG))?;
        let connection = Self {
            stream,
            unread: Vec::new(),
        };
        connection.be_patient(HANG);
        Ok(connection)
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Says that nothing more will be sent.
    pub(crate) fn finish_sending(&self) {
        self.stream.shutdown(std::net::Shutdown::Write).unwrap();
    }

    /// How long [`Connection::receive`] waits; after that it may be called again for the same answer.
    pub(crate) fn be_patient(&self, patience: Duration) {
        self.stream.set_read_timeout(Some(patience)).unwrap();
    }

    /// The next answer.
    pub(crate) fn receive(&mut self, begun: Instant) -> Outcome {
        loop {
            if let Some(mut answer) = self.parse() {
                // Interim answers (100 Continue) are none.
                if answer.status >= 200 {
                    answer.took = begun.elapsed();
                    return Outcome::Answered(answer);
                }
                continue;
            }
            let mut chunk = [0; 16 * 1024];
            let why = match self.stream.read(&mut chunk) {
                Ok(0) => io::ErrorKind::UnexpectedEof.into(),
                Ok(count) => {
                    self.unread.extend_from_slice(&chunk[..count]);
                    continue;
                }
                Err(why) if why.kind() == io::ErrorKind::Interrupted => continue,
                Err(why) => why,
            };
            return if self.unread.is_empty() {
                Outcome::Nothing(why)
            } else {
                Outcome::Torn(format!(
                    "{why}: {:?}",
                    String::from_utf8_lossy(&self.unread)
                ))
            };
        }
    }

    fn parse(&mut self) -> Option<Answer> {
        let end = self
            .unread
            .windows(4)
            .position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&self.unread[..end]).into_owned();
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|text| text.parse().ok())
            .unwrap_or_else(|| panic!("not HTTP: {head}"));
        let mut answer = Answer {
            status,
            head,
            body: Vec::new(),
            took: Duration::ZERO,
        };
        let length = answer
            .header("content-length")
            .map_or(0, |text| text.parse::<usize>().unwrap());
        let whole = end + 4 + length;
        if self.unread.len() < whole {
            return None;
        }
        let rest = self.unread.split_off(whole);
        let mut bytes = std::mem::replace(&mut self.unread, rest);
        answer.body = bytes.split_off(end + 4);
        Some(answer)
    }
}
