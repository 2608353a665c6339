//! Answers, and what else can come of a request.

use std::fmt;
use std::io;
use std::time::Duration;

/// A complete answer.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The status line and the headers, without the empty line.
    head: String,
    pub(crate) body: Vec<u8>,
    /// The time from the first byte sent to the last byte received. Only [`super::Client`] measures
    /// it.
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
    pub(super) fn begin(bytes: &[u8]) -> Option<(Self, usize)> {
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
