//! One connection, with the bytes as they are on the wire.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use super::{Answer, Outcome, PATIENCE};

/// The number of bytes that are read at once.
const CHUNK: usize = 8192;

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
