//! What the server refuses before there is a request: a head that is no HTTP, is too large, or does not arrive in time.
//!
//! actix-http answers these itself, with a bare status line, and has no hook for it. So the connection is wrapped: when the
//! server writes such an answer, the wrapper writes a whole one in its place, with a body and an `X-Request-Id`. Everything else
//! passes as it is. A bare answer is told by its form, which no answer of a route has: those carry an `X-Request-Id`.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{ApiError, Observer, RequestId};

/// The route's name in logs and metrics.
const ROUTE: &str = "unparsed";

/// The longest bare answer: a status line and three headers.
const LONGEST: usize = 256;

/// A connection whose bare refusals are made whole.
pub struct Whole<IO> {
    io: IO,
    observer: Observer,
    /// An answer that takes the place of a bare one.
    own: Vec<u8>,
    written: usize,
}

impl<IO> Whole<IO> {
    /// Wraps a connection.
    pub const fn new(io: IO, observer: Observer) -> Self {
        Self {
            io,
            observer,
            own: Vec::new(),
            written: 0,
        }
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Whole<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl<IO: AsyncWrite + Unpin> Whole<IO> {
    /// Writes what is left of the answer of our own.
    fn poll_own(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.own.get(self.written..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.io).poll_write(context, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.written += count,
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Whole<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_own(context))?;
        let Some((before, bare)) = Bare::at_the_end_of(bytes) else {
            return Pin::new(&mut self.io).poll_write(context, bytes);
        };
        // Answers to earlier requests on the connection go first.
        if !before.is_empty() {
            return Pin::new(&mut self.io).poll_write(context, before);
        }
        (self.own, self.written) = (bare.whole(&self.observer), 0);
        match self.poll_own(context) {
            Poll::Ready(Err(why)) => Poll::Ready(Err(why)),
            // What is not written yet is written when the server flushes.
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(bytes.len())),
        }
    }

    /// HTTP/2 writes so, and has no bare answers.
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_own(context))?;
        Pin::new(&mut self.io).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_own(context))?;
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_own(context))?;
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

/// An answer without a body and without a header that says anything.
#[derive(Debug, PartialEq, Eq)]
struct Bare<'a> {
    status_line: &'a str,
    status: StatusCode,
    date: &'a str,
}

impl<'a> Bare<'a> {
    /// The bare answer that the bytes end with, and what comes before it.
    fn at_the_end_of(bytes: &'a [u8]) -> Option<(&'a [u8], Self)> {
        // Nearly every answer ends with its body, so this is where nearly every call ends.
        if !bytes.ends_with(b"\r\n\r\n") {
            return None;
        }
        let tail = bytes.get(bytes.len().saturating_sub(LONGEST)..)?;
        let start = tail.windows(7).rposition(|part| part == b"HTTP/1.")?;
        let head = std::str::from_utf8(tail.get(start..)?).ok()?;
        let before = bytes.get(..bytes.len() - head.len())?;
        Some((before, Self::parse(head)?))
    }

    fn parse(head: &'a str) -> Option<Self> {
        let mut lines = head.strip_suffix("\r\n\r\n")?.split("\r\n");
        let status_line = lines.next()?;
        let status: StatusCode = status_line.split(' ').nth(1)?.parse().ok()?;
        if !(status.is_client_error() || status.is_server_error()) {
            return None;
        }
        let (mut empty, mut date) = (false, None);
        for line in lines {
            match line.split_once(": ")? {
                ("content-length", "0") => empty = true,
                ("connection", _) => {}
                ("date", value) => date = Some(value),
                _ => return None,
            }
        }
        Some(Self {
            status_line,
            status,
            date: date.filter(|_| empty)?,
        })
    }

    /// The answer in its place. The server closes the connection after it.
    fn whole(&self, observer: &Observer) -> Vec<u8> {
        let Self {
            status_line,
            status,
            date,
        } = self;
        let id = RequestId::fresh();
        observer.unparsed(ROUTE, status.as_u16(), &id);
        let body = ApiError::unparsed(*status).body();
        let head = format!(
            "{status_line}\r\ncontent-length: {}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             x-request-id: {}\r\ndate: {date}\r\n\r\n",
            body.len(),
            id.0
        );
        [head.into_bytes(), body].concat()
    }
}

#[cfg(test)]
mod tests;
