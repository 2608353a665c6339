//! As much of an HTTP/1.1 client as a load generator needs: keep-alive, pipelining, bodies of known length.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Fallible;

const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// One request in the bytes that go over the wire.
pub(crate) fn request(method: &str, path: &str, credential: &str, body: &str) -> String {
    format!(
        "{}{}\r\n\r\n{body}",
        head(method, path, credential),
        body.len()
    )
}

/// A request up to the value of `Content-Length`.
pub(crate) fn head(method: &str, path: &str, credential: &str) -> String {
    let credential = if credential.is_empty() {
        String::new()
    } else {
        format!("Authorization: Bearer {credential}\r\n")
    };
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{credential}Content-Type: application/json\r\nContent-Length: "
    )
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
    /// Bytes on the wire, head included.
    pub(crate) length: usize,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body of a 200; anything else is an error that quotes it.
    pub(crate) fn ok(self) -> Fallible<Self> {
        if self.status == 200 {
            Ok(self)
        } else {
            Err(format!("{}: {}", self.status, self.text()).into())
        }
    }
}

#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER_WITHIN))?;
        Ok(Self {
            stream,
            unread: Vec::with_capacity(8192),
        })
    }

    pub(crate) fn call(&mut self, request: &str) -> io::Result<Answer> {
        self.send(request)?;
        self.receive()
    }

    /// Sends one request, or several in a row whose answers are then received in turn.
    pub(crate) fn send(&mut self, requests: &str) -> io::Result<()> {
        self.stream.write_all(requests.as_bytes())
    }

    pub(crate) fn receive(&mut self) -> io::Result<Answer> {
        loop {
            if let Some(answer) = self.parse()? {
                return Ok(answer);
            }
            let mut chunk = [0; 8192];
            let count = match self.stream.read(&mut chunk) {
                Err(why) if why.kind() == ErrorKind::Interrupted => continue,
                read => read?,
            };
            if count == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            self.unread.extend(chunk.iter().take(count));
        }
    }

    fn parse(&mut self) -> io::Result<Option<Answer>> {
        let Some(end) = self
            .unread
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
        else {
            return Ok(None);
        };
        let head = String::from_utf8_lossy(self.unread.get(..end).unwrap_or_default())
            .to_ascii_lowercase();
        let status = head.split(' ').nth(1).and_then(|text| text.parse().ok());
        let body = head.lines().find_map(|line| {
            line.strip_prefix("content-length:")?
                .trim()
                .parse::<usize>()
                .ok()
        });
        let Some(status) = status else {
            return Err(io::Error::new(
                ErrorKind::InvalidData,
                format!("not an answer: {head}"),
            ));
        };
        let length = end + 4 + body.unwrap_or(0);
        if self.unread.len() < length {
            return Ok(None);
        }
        let rest = self.unread.split_off(length);
        let mut answer = std::mem::replace(&mut self.unread, rest);
        Ok(Some(Answer {
            status,
            body: answer.split_off(end + 4),
            length,
        }))
    }
}

/// One call on a connection of its own.
pub(crate) fn call(
    address: SocketAddr,
    method: &str,
    path: &str,
    credential: &str,
    body: &str,
) -> io::Result<Answer> {
    Connection::open(address)?.call(&request(method, path, credential, body))
}

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
