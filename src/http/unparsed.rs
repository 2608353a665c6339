//! Responses to bytes that never become a request: a head that is not HTTP, is too large, or does
//! not arrive in time.
//!
//! actix-http writes these itself, without a body, and has no hook for them. So each connection is
//! wrapped: when the dispatcher writes such a bare response, the wrapper writes a complete one in
//! its place, with a body and an `X-Request-Id`. All other bytes pass unchanged. A bare response is
//! recognized by its form: every response of a route has an `X-Request-Id`.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::http::StatusCode;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{ApiError, Observer, RequestId, Surface};

/// The route's name in logs and metrics.
const ROUTE: &str = "unparsed";

/// The maximum length of a bare response in bytes: a status line and three headers.
const LONGEST: usize = 256;

/// The only headers of a bare response.
const HEADERS: [&[u8]; 3] = [b"content-length: ", b"connection: ", b"date: "];

/// A connection that replaces bare responses by complete ones.
pub struct CompleteResponses<IO> {
    io: IO,
    observer: Observer,
    /// The response that replaces a bare one.
    own: Vec<u8>,
    written: usize,
}

impl<IO> CompleteResponses<IO> {
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

impl<IO: AsyncRead + Unpin> AsyncRead for CompleteResponses<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(context, buffer)
    }
}

impl<IO: AsyncWrite + Unpin> CompleteResponses<IO> {
    /// Writes the rest of the replacement.
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

impl<IO: AsyncWrite + Unpin> AsyncWrite for CompleteResponses<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_own(context))?;
        let Some((before, bare)) = Bare::at_the_end_of(bytes) else {
            return Pin::new(&mut self.io).poll_write(context, bytes);
        };
        // Responses to earlier requests on the connection are written first.
        if !before.is_empty() {
            return Pin::new(&mut self.io).poll_write(context, before);
        }
        (self.own, self.written) = (bare.whole(&self.observer), 0);
        match self.poll_own(context) {
            Poll::Ready(Err(why)) => Poll::Ready(Err(why)),
            // The rest is written when the server flushes.
            Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(bytes.len())),
        }
    }

    /// Only HTTP/2 writes this way, and it has no bare responses.
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

/// A response without a body, whose only headers are the length, the connection and the date.
#[derive(Debug, PartialEq, Eq)]
struct Bare<'a> {
    status_line: &'a str,
    status: StatusCode,
    date: &'a str,
}

impl<'a> Bare<'a> {
    /// Returns the bare response that the bytes end with, and the bytes before it.
    fn at_the_end_of(bytes: &'a [u8]) -> Option<(&'a [u8], Self)> {
        // The fast path: nearly every response ends with its body.
        if !bytes.ends_with(b"\r\n\r\n") {
            return None;
        }
        let tail = bytes.get(bytes.len().saturating_sub(LONGEST)..)?;
        let start = Self::status_line(tail.get(..tail.len() - 4)?)?;
        let head = std::str::from_utf8(tail.get(start..)?).ok()?;
        let before = bytes.get(..bytes.len() - head.len())?;
        Some((before, Self::parse(head)?))
    }

    /// Returns where the status line begins that the last lines follow. Line by line from the end,
    /// because nearly every head that comes here has another header in its last line.
    fn status_line(mut head: &[u8]) -> Option<usize> {
        loop {
            let start = head
                .iter()
                .rposition(|byte| *byte == b'\n')
                .map_or(0, |at| at + 1);
            let line = head.get(start..)?;
            if !HEADERS.iter().any(|name| line.starts_with(name)) {
                // The body of an earlier response may stand before it.
                let found = line.windows(7).rposition(|part| part == b"HTTP/1.")?;
                return Some(start + found);
            }
            head = head.get(..start.checked_sub(2)?)?;
        }
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

    /// Returns the complete response. The dispatcher closes the connection after it.
    fn whole(&self, observer: &Observer) -> Vec<u8> {
        let Self {
            status_line,
            status,
            date,
        } = self;
        let id = RequestId::fresh();
        observer.unparsed(ROUTE, status.as_u16(), &id);
        let body = Surface::Flat.body(&ApiError::unparsed(*status));
        let head = format!(
            "{status_line}\r\ncontent-length: {}\r\nconnection: close\r\ncontent-type: application/json\r\n\
             x-request-id: {}\r\ndate: {date}\r\n\r\n",
            body.len(),
            id
        );
        [head.into_bytes(), body].concat()
    }
}

#[cfg(test)]
mod tests;
