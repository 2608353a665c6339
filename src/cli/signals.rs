//! The signals that stop the service, listened to from the start of the program.
//!
//! The first process of a container (PID 1) gets no signal that it does not listen to: without this, a SIGTERM that
//! comes while the service starts would be lost.

use std::io;
use std::sync::mpsc;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::output::Failure;

/// What has arrived.
#[derive(Clone, Copy, Default)]
struct Arrived {
    first: Option<&'static str>,
    count: u32,
}

/// A handle to the thread that listens.
#[derive(Clone)]
pub(super) struct Signals(watch::Receiver<Arrived>);

/// Name, number (to recognize one that is to be ignored), kind.
type Stopping = (&'static str, u32, fn() -> SignalKind);

const STOPPING: [Stopping; 4] = [
    (Signals::TERMINATE, 15, SignalKind::terminate),
    ("SIGINT", 2, SignalKind::interrupt),
    ("SIGHUP", 1, SignalKind::hangup),
    ("SIGQUIT", 3, SignalKind::quit),
];

impl Signals {
    /// What service managers send, and what begins a drain.
    pub(super) const TERMINATE: &'static str = "SIGTERM";

    /// Listens from now on. A SIGHUP or SIGQUIT that the program was started to ignore, as by nohup, stays ignored.
    pub(super) fn listen() -> Result<Self, Failure> {
        let (sender, receiver) = watch::channel(Arrived::default());
        let (ready, outcome) = mpsc::channel();
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(move || {
                let runtime = match Builder::new_current_thread().enable_all().build() {
                    Ok(runtime) => runtime,
                    Err(why) => return drop(ready.send(Err(why))),
                };
                runtime.block_on(async {
                    let (listening, streams) = match listen_to_all() {
                        Ok(streams) => (Ok(()), streams),
                        Err(why) => (Err(why), Vec::new()),
                    };
                    // Whoever started this waits for it.
                    let _ = ready.send(listening);
                    pass_on(streams, &sender).await;
                });
            })?;
        match outcome.recv() {
            Ok(outcome) => outcome?,
            Err(_) => return Err(Failure::new("signals cannot be listened to")),
        }
        Ok(Self(receiver))
    }

    /// Whether one has arrived.
    pub(super) fn arrived(&self) -> bool {
        self.0.borrow().first.is_some()
    }

    /// Waits for the first, and returns its name.
    pub(super) async fn first(&mut self) -> &'static str {
        match self.0.wait_for(|arrived| arrived.first.is_some()).await {
            Ok(arrived) => arrived.first.unwrap_or_default(),
            Err(_) => std::future::pending().await,
        }
    }

    /// Waits for one more than the first.
    pub(super) async fn second(&mut self) {
        if self.0.wait_for(|arrived| arrived.count > 1).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Ends the program at a signal if it is the first process, as signals would end any other.
pub(super) fn end_if_first_process() {
    if std::process::id() != 1 {
        return;
    }
    // Without the thread the program runs as before, and cannot be stopped but by SIGKILL.
    let _ = std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(|| {
            let Ok(mut signals) = Signals::listen() else {
                return;
            };
            let Ok(runtime) = Builder::new_current_thread().build() else {
                return;
            };
            let name = runtime.block_on(signals.first());
            let number = STOPPING.iter().find(|(known, ..)| *known == name);
            let number = number.map_or(0, |(_, number, _)| *number);
            std::process::exit(128 + i32::try_from(number).unwrap_or_default());
        });
}

/// SIGXFSZ (signal.h): a file, perhaps that of the log, has reached the limit of its size (`ulimit -f`). By default it ends the
/// program; with somebody who listens the write fails like one on a full disk.
const FILE_TOO_LARGE: i32 = 25;

fn listen_to_all() -> io::Result<Vec<(&'static str, Signal)>> {
    // What it listens to once it listens to for ever; nothing is to be done when it comes.
    drop(signal(SignalKind::from_raw(FILE_TOO_LARGE))?);
    let ignored = std::fs::read_to_string("/proc/self/status")
        .map(|status| ignored(&status))
        .unwrap_or_default();
    let is_wanted = |name: &str, number: u32| {
        !["SIGHUP", "SIGQUIT"].contains(&name) || ignored & (1 << (number - 1)) == 0
    };
    STOPPING
        .iter()
        .filter(|(name, number, _)| is_wanted(name, *number))
        .map(|(name, _, kind)| signal(kind()).map(|stream| (*name, stream)))
        .collect()
}

/// The mask of ignored signals in Linux's account of a process (proc(5)); 0 if it is not there.
fn ignored(status: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or_default()
}

/// Passes signals on for as long as somebody holds a handle.
async fn pass_on(mut streams: Vec<(&'static str, Signal)>, to: &watch::Sender<Arrived>) {
    loop {
        let next = std::future::poll_fn(|context| {
            let mut polled = streams
                .iter_mut()
                .map(|(name, stream)| (name, stream.poll_recv(context)));
            match polled.find(|(_, polled)| polled.is_ready()) {
                Some((name, _)) => std::task::Poll::Ready(*name),
                None => std::task::Poll::Pending,
            }
        });
        tokio::select! {
            name = next => to.send_modify(|arrived| {
                arrived.first.get_or_insert(name);
                arrived.count += 1;
            }),
            () = to.closed() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nohup_ignores_is_read() {
        assert_eq!(ignored("Name:\tx\nSigIgn:\t0000000000001001\n"), 0x1001);
        assert_eq!(ignored("Name:\tx\n"), 0);
        assert_eq!(ignored("SigIgn:\tzz\n"), 0);
    }
}
