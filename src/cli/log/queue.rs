//! The queue of log lines to standard error.
//!
//! The invariant: a slow reader of the log can block only the thread that writes it. The threads
//! that log wait a short time for a slow reader, so that a burst loses no lines. If the reader
//! takes nothing, or has gone, lines are dropped, and a line with their number is written when it
//! reads again.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::time::Duration;

use crate::base::clock;

/// The number of lines that may wait to be written.
const WAITING: usize = 4_096;

/// If the reader has taken nothing for this long (milliseconds), lines are dropped instead of
/// waiting.
const STUCK_AFTER: u64 = 250;

/// How long a logging thread sleeps before it checks for room again.
const ROOM: Duration = Duration::from_millis(1);

/// How long the end of the program waits for the last lines.
const LAST_LINES: Duration = Duration::from_secs(1);

enum Job {
    Line(Vec<u8>),
    Flush(Sender<()>),
}

/// The state shared by the writing thread and the threads that log.
#[derive(Default)]
struct Shared {
    /// When a line was last written, or a write last failed ([`clock::boot_millis`]).
    moved: AtomicU64,
    lost: AtomicU64,
}

/// A handle for logging threads. Each write is one line.
#[derive(Clone)]
pub(super) struct Queue {
    jobs: SyncSender<Job>,
    shared: Arc<Shared>,
}

/// When dropped, waits until the logged lines are written, at most for [`LAST_LINES`].
#[must_use]
pub(in crate::cli) struct Flush(Queue);

/// Starts the writing thread. `notice` returns the line with the number of dropped lines.
pub(super) fn start(
    to: impl Write + Send + 'static,
    notice: fn(u64) -> String,
) -> io::Result<(Queue, Flush)> {
    let (jobs, waiting) = sync_channel(WAITING);
    let queue = Queue {
        jobs,
        shared: Arc::new(Shared::default()),
    };
    queue.shared.move_on();
    let shared = Arc::clone(&queue.shared);
    std::thread::Builder::new()
        .name("log".to_owned())
        .spawn(move || write(to, &waiting, &shared, notice))?;
    Ok((queue.clone(), Flush(queue)))
}

fn write(mut to: impl Write, jobs: &Receiver<Job>, shared: &Shared, notice: fn(u64) -> String) {
    for job in jobs {
        match job {
            Job::Line(line) => {
                let lost = shared.lost.swap(0, Ordering::AcqRel);
                let written = if lost == 0 {
                    Ok(())
                } else {
                    to.write_all(notice(lost).as_bytes())
                };
                if written.and_then(|()| to.write_all(&line)).is_err() {
                    shared.lost.fetch_add(lost + 1, Ordering::AcqRel);
                }
                shared.move_on();
            }
            Job::Flush(done) => {
                // The caller may have stopped waiting.
                let _ = done.send(());
            }
        }
    }
}

impl Shared {
    fn move_on(&self) {
        self.moved.store(clock::boot_millis(), Ordering::Release);
    }

    fn is_stuck(&self) -> bool {
        clock::boot_millis().saturating_sub(self.moved.load(Ordering::Acquire)) > STUCK_AFTER
    }
}

impl Write for Queue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let mut job = Job::Line(line.to_vec());
        loop {
            match self.jobs.try_send(job) {
                Ok(()) => break,
                Err(TrySendError::Full(back)) if !self.shared.is_stuck() => {
                    job = back;
                    clock::pause(ROOM);
                }
                Err(_) => {
                    self.shared.lost.fetch_add(1, Ordering::AcqRel);
                    break;
                }
            }
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Flush {
    fn drop(&mut self) {
        let (done, end) = channel();
        if self.0.jobs.try_send(Job::Flush(done)).is_ok() {
            let _ = end.recv_timeout(LAST_LINES);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A reader that can be made to fail, and to block the writing thread.
    #[derive(Clone, Default)]
    struct Reader(Arc<Mutex<(bool, Vec<u8>)>>);

    impl Write for Reader {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            let mut state = self.0.lock().unwrap();
            if state.0 {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            state.1.extend_from_slice(line);
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn notice(lost: u64) -> String {
        format!("lost {lost}\n")
    }

    #[test]
    fn lines_arrive_in_order_and_a_gap_is_reported() {
        let reader = Reader::default();
        let (mut queue, flush) = start(reader.clone(), notice).unwrap();
        let settle = |queue: &Queue| drop(Flush(queue.clone()));
        writeln!(queue, "one").unwrap();
        settle(&queue);
        reader.0.lock().unwrap().0 = true;
        for _ in 0..3 {
            queue.write_all(b"unread\n").unwrap();
        }
        settle(&queue);
        reader.0.lock().unwrap().0 = false;
        queue.write_all(b"two\n").unwrap();
        drop(flush);
        let read = reader.0.lock().unwrap().1.clone();
        assert_eq!(String::from_utf8(read).unwrap(), "one\nlost 3\ntwo\n");
    }

    #[test]
    fn nobody_waits_for_a_reader_that_reads_nothing() {
        let reader = Reader::default();
        let held = reader.0.lock().unwrap();
        let (mut queue, flush) = start(reader.clone(), notice).unwrap();
        for _ in 0..3 * WAITING {
            queue.write_all(b"line\n").unwrap();
        }
        drop(held);
        drop(flush);
        let mut read = String::new();
        while !read.contains("lost") {
            queue.write_all(b"again\n").unwrap();
            drop(Flush(queue.clone()));
            read = String::from_utf8(reader.0.lock().unwrap().1.clone()).unwrap();
        }
        assert!(read.lines().filter(|line| *line == "line").count() >= WAITING);
    }
}
