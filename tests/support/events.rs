//! A stream of server-sent events, read as a browser does (WHATWG HTML, section 9.2.6).

// Several test binaries include this file, and none of them needs all of it.
#![allow(dead_code)]

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use super::http::Connection;

/// An event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) id: i64,
    pub(crate) data: Value,
    /// The comments since the last event.
    pub(crate) comments: Vec<String>,
}

/// A stream that is open.
pub(crate) struct Events {
    /// The headers; names are in lower case.
    pub(crate) headers: Vec<(String, String)>,
    lines: BufReader<Chunks>,
    pub(crate) retry: Option<String>,
}

/// The body of a chunked answer (RFC 9112, section 7.1).
struct Chunks {
    from: BufReader<TcpStream>,
    left: usize,
    over: bool,
}

impl Read for Chunks {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 && !self.over {
            let mut line = String::new();
            self.from.read_line(&mut line)?;
            let size = line.trim();
            self.left = usize::from_str_radix(size, 16).unwrap_or_default();
            self.over = self.left == 0;
        }
        if self.over {
            return Ok(0);
        }
        let most = into.len().min(self.left);
        let read = self.from.read(&mut into[..most])?;
        assert!(read > 0, "the stream broke off within a chunk");
        self.left -= read;
        if self.left == 0 {
            self.from.read_exact(&mut [0; 2])?;
        }
        Ok(read)
    }
}

impl Events {
    /// Opens the stream for a request.
    pub(crate) fn open(address: SocketAddr, request: &[u8]) -> Self {
        let mut connection = Connection::open(address).unwrap();
        connection.send(request).unwrap();
        let mut from = BufReader::new(connection.into_stream());
        let mut line = || {
            let mut line = String::new();
            from.read_line(&mut line).unwrap();
            line.trim_end().to_owned()
        };
        let status = line();
        assert_eq!(status, "HTTP/1.1 200 OK");
        let headers = std::iter::from_fn(|| {
            let line = line();
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        });
        Self {
            headers: headers.collect(),
            lines: BufReader::new(Chunks {
                from,
                left: 0,
                over: false,
            }),
            retry: None,
        }
    }

    /// Returns the next event; `None` if the stream has ended.
    pub(crate) fn next(&mut self) -> Option<Event> {
        let mut event = Event {
            name: "message".to_owned(),
            id: -1,
            data: Value::Null,
            comments: Vec::new(),
        };
        let mut text = String::new();
        loop {
            let mut line = String::new();
            if self.lines.read_line(&mut line).unwrap() == 0 {
                return None;
            }
            let line = line.strip_suffix('\n').unwrap();
            if line.is_empty() && !text.is_empty() {
                event.data = serde_json::from_str(&text).unwrap();
                return Some(event);
            }
            let (field, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
            match field {
                "" if !line.is_empty() => event.comments.push(value),
                "event" => event.name = value,
                "id" => event.id = value.parse().unwrap(),
                "data" => text = value,
                "retry" => self.retry = Some(value),
                _ => assert_eq!(line, ""),
            }
        }
    }

    /// Returns the revocations up to the next head, and the head.
    pub(crate) fn until_head(&mut self) -> (Vec<Value>, Event) {
        let mut rows = Vec::new();
        loop {
            let event = self.next().expect("the stream continues");
            match event.name.as_str() {
                "revocation" => {
                    assert_eq!(event.data["seq"], event.id);
                    rows.push(event.data);
                }
                "head" => {
                    assert_eq!(event.data["seq"], event.id);
                    return (rows, event);
                }
                name => panic!("an event {name}"),
            }
        }
    }

    /// Returns the next revocation; heads before it are skipped.
    pub(crate) fn revocation(&mut self) -> Value {
        loop {
            let event = self.next().expect("the stream continues");
            if event.name == "revocation" {
                return event.data;
            }
        }
    }

    /// Returns the revocations until the stream ends.
    pub(crate) fn until_end(&mut self) -> Vec<Value> {
        let events = std::iter::from_fn(|| self.next());
        events
            .filter(|event| event.name == "revocation")
            .map(|event| event.data)
            .collect()
    }
}
