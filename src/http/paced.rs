//! Bounds what a connection's bytes cost a request thread, which serves many connections.
//!
//! - A connection that always has more to read gives others a turn after each [`PIECE`].
//! - After a response that closes the connection, the server reads and discards what still arrives
//!   for a while, so that the client can read the response (RFC 9112, section 9.6). All such
//!   connections of a thread together discard at most [`DISCARDED`] per [`PERIOD`]. So a flood of
//!   bodies that were refused does not occupy the thread, and a single client with the largest body
//!   is not slower than on a fast network.

use std::cell::Cell;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use memchr::memmem;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::base::clock;

/// How many bytes a connection reads before others get a turn.
const PIECE: usize = 32 * 1024;

/// How many bytes the connections of one thread discard in a [`PERIOD`].
const DISCARDED: usize = 256 * 1024;
const PERIOD: Duration = Duration::from_millis(10);

/// Every response that closes its connection has this header, as the server writes it.
const CLOSES: &[u8] = b"\r\nconnection: close\r\n";

/// The end of what is written, in which that header is looked for: no error is longer.
const ERROR: usize = 2 * 1024;

thread_local! {
    /// The end of this thread's present period, and the bytes that may be discarded until then.
    static ALLOWANCE: Cell<(Duration, usize)> = const { Cell::new((Duration::ZERO, 0)) };
}

/// A connection whose bytes are read at a bounded pace.
pub struct Paced<IO> {
    io: IO,
    /// The bytes read since others last had a turn.
    read: usize,
    /// Whether a response was written that closes the connection: what is read is discarded.
    closes: bool,
    /// Until the thread may discard more.
    pause: Option<Pin<Box<Sleep>>>,
}

impl<IO> Paced<IO> {
    /// Wraps a connection.
    pub const fn new(io: IO) -> Self {
        Self {
            io,
            read: 0,
            closes: false,
            pause: None,
        }
    }

    /// Notes the bytes that were written.
    fn wrote(&mut self, bytes: &[u8]) {
        let end = bytes.get(bytes.len().saturating_sub(ERROR)..);
        self.closes |= end.is_some_and(|end| memmem::find(end, CLOSES).is_some());
    }

    /// Waits until the thread may discard more.
    fn poll_allowance(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(context));
                self.pause = None;
            }
            let now = clock::boot_time();
            let (end, left) = ALLOWANCE.get();
            if now >= end {
                ALLOWANCE.set((now + PERIOD, DISCARDED));
            } else if left == 0 {
                self.pause = Some(Box::pin(sleep(end - now)));
                continue;
            }
            return Poll::Ready(());
        }
    }
}

impl<IO: AsyncRead + Unpin> AsyncRead for Paced<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read >= PIECE {
            self.read = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.closes {
            ready!(self.poll_allowance(context));
        }
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.io).poll_read(context, buffer);
        let count = buffer.filled().len() - before;
        if outcome.is_pending() {
            self.read = 0;
        } else {
            self.read += count;
        }
        if self.closes {
            let (end, left) = ALLOWANCE.get();
            ALLOWANCE.set((end, left.saturating_sub(count)));
        }
        outcome
    }
}

impl<IO: AsyncWrite + Unpin> AsyncWrite for Paced<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.wrote(bytes);
        Pin::new(&mut self.io).poll_write(context, bytes)
    }

    /// Only HTTP/2 writes this way, and it has no such header.
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}
