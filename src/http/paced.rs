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
use std::sync::LazyLock;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use memchr::memmem::Finder;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

use crate::base::clock;

/// How many bytes a connection reads before others get a turn.
const PIECE: usize = 32 * 1024;

/// How many bytes the connections of one thread discard in a [`PERIOD`].
const DISCARDED: usize = 256 * 1024;
const PERIOD: Duration = Duration::from_millis(10);

/// Every response that closes its connection has this header, as the server writes it.
static CLOSES: LazyLock<Finder<'static>> =
    LazyLock::new(|| Finder::new(b"\r\nconnection: close\r\n"));

/// The end of what is written, in which that header is looked for: no error, as JSON or as a
/// page, is longer.
const ERROR: usize = 2 * 1024;

thread_local! {
    /// What this thread may discard.
    static ALLOWANCE: Cell<Allowance> = const {
        Cell::new(Allowance {
            end: Duration::ZERO,
            left: 0,
        })
    };
}

/// What may be discarded in the present period.
#[derive(Debug, Clone, Copy)]
struct Allowance {
    /// The end of the period ([`clock::boot_time`]).
    end: Duration,
    /// In bytes.
    left: usize,
}

impl Allowance {
    /// Returns the allowance at `now`, and how long until anything may be discarded; `None` if
    /// something may be now.
    fn at(self, now: Duration) -> (Self, Option<Duration>) {
        if now >= self.end {
            let next = Self {
                end: now + PERIOD,
                left: DISCARDED,
            };
            return (next, None);
        }
        (self, (self.left == 0).then(|| self.end.saturating_sub(now)))
    }

    fn used(self, bytes: usize) -> Self {
        Self {
            left: self.left.saturating_sub(bytes),
            ..self
        }
    }
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
        self.closes |= end.is_some_and(|end| CLOSES.find(end).is_some());
    }

    /// Waits until the thread may discard more.
    fn poll_allowance(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(context));
                self.pause = None;
            }
            let (allowance, wait) = ALLOWANCE.get().at(clock::boot_time());
            ALLOWANCE.set(allowance);
            match wait {
                None => return Poll::Ready(()),
                Some(wait) => self.pause = Some(Box::pin(sleep(wait))),
            }
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
            ALLOWANCE.set(ALLOWANCE.get().used(count));
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use proptest::prelude::*;

    use super::*;

    /// A client that always has more to send.
    struct Endless;

    impl AsyncRead for Endless {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let room = buffer.remaining();
            buffer.put_slice(&vec![b' '; room]);
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncWrite for Endless {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Ok(bytes.len()))
        }
        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[derive(Default)]
    struct Wakes(AtomicUsize);

    impl Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    #[test]
    fn a_connection_that_has_more_gives_others_a_turn() {
        let (mut paced, wakes) = (Paced::new(Endless), Arc::new(Wakes::default()));
        let notified = Arc::clone(&wakes).into();
        let mut context = Context::from_waker(&notified);
        for turn in 1..4 {
            let mut space = vec![0; 8 * PIECE];
            let mut read = 0;
            for piece in space.chunks_mut(5_000) {
                let mut buffer = ReadBuf::new(piece);
                let outcome = Pin::new(&mut paced).poll_read(&mut context, &mut buffer);
                read += buffer.filled().len();
                if outcome.is_pending() {
                    break;
                }
            }
            assert!((PIECE..PIECE + 5_000).contains(&read), "{read}");
            assert_eq!(wakes.0.load(Ordering::Relaxed), turn);
        }
    }

    #[test]
    fn a_response_that_closes_is_recognized() {
        let head = |header: &str| {
            format!("HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n{header}date: x\r\n\r\n{{}}")
        };
        let closes = |bytes: &str| {
            let mut paced = Paced::new(Endless);
            paced.wrote(bytes.as_bytes());
            paced.closes
        };
        let close = head("connection: close\r\n");
        assert!(closes(&close));
        assert!(closes(&[head(""), close].concat()), "the last of several");
        assert!(!closes(&head("")));
        assert!(!closes(&head("connection: keep-alive\r\n")));
    }

    proptest! {
        /// However many connections want to discard, and however large their reads are.
        #[test]
        fn little_is_discarded(reads in prop::collection::vec((0u64..3_000, 1usize..65_536), 1..500)) {
            let mut allowance = Allowance { end: Duration::ZERO, left: 0 };
            let (mut now, mut discarded) = (Duration::ZERO, 0);
            for (later, bytes) in reads {
                now += Duration::from_micros(later);
                let (at, wait) = allowance.at(now);
                allowance = at;
                if let Some(wait) = wait {
                    prop_assert!(wait <= PERIOD && !wait.is_zero());
                } else {
                    allowance = allowance.used(bytes);
                    discarded += bytes;
                }
                let periods = usize::try_from(now.as_micros() / PERIOD.as_micros()).unwrap() + 1;
                prop_assert!(discarded <= periods * (DISCARDED + 65_536));
            }
        }
    }
}
