//! Handles the signals that stop the service, from the start of the program.
//!
//! The first process of a container (PID 1) receives only signals that it handles. Without this, a
//! SIGTERM during the start would be lost.

use std::io;
use std::sync::mpsc;

use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::output::Failure;

/// The signals received so far.
#[derive(Clone, Copy, Default)]
struct Arrived {
    first: Option<&'static str>,
    count: u32,
}

/// A handle to the thread that receives signals.
#[derive(Clone)]
pub(super) struct Signals(watch::Receiver<Arrived>);

/// Name, number (to recognize a signal that is to be ignored), kind.
type Stopping = (&'static str, u32, fn() -> SignalKind);

const STOPPING: [Stopping; 4] = [
    (Signals::TERMINATE, 15, SignalKind::terminate),
    ("SIGINT", 2, SignalKind::interrupt),
    ("SIGHUP", 1, SignalKind::hangup),
    ("SIGQUIT", 3, SignalKind::quit),
];

impl Signals {
    /// The signal that service managers send. It starts a drain.
    pub(super) const TERMINATE: &'static str = "SIGTERM";

    /// Starts to handle signals. A SIGHUP or SIGQUIT that was ignored when the program started (as
    /// by nohup) stays ignored.
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
                    // The caller is waiting for this message.
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

    /// Returns whether a signal has arrived.
    pub(super) fn arrived(&self) -> bool {
        self.0.borrow().first.is_some()
    }

    /// Waits for the first signal and returns its name.
    pub(super) async fn first(&mut self) -> &'static str {
        match self.0.wait_for(|arrived| arrived.first.is_some()).await {
            Ok(arrived) => arrived.first.unwrap_or_default(),
            Err(_) => std::future::pending().await,
        }
    }

    /// Waits for a second signal.
    pub(super) async fn second(&mut self) {
        if self.0.wait_for(|arrived| arrived.count > 1).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Ends the program at a signal if it is PID 1, as the default action does for other processes.
pub(super) fn end_if_first_process() {
    if std::process::id() != 1 {
        return;
    }
    // Without the thread the program still runs, but only SIGKILL can stop it.
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

/// SIGXFSZ (signal.h): a file, perhaps the log's, has reached the size limit (`ulimit -f`). The
/// default action ends the program. With a handler, the write fails instead, like one on a full
/// disk.
const FILE_TOO_LARGE: i32 = 25;

fn listen_to_all() -> io::Result<Vec<(&'static str, Signal)>> {
    // tokio keeps a handler once it is installed. Nothing has to be done when the signal arrives.
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

/// Returns the mask of ignored signals from Linux's process status (proc(5)); 0 if it cannot be
/// read.
fn ignored(status: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or_default()
}

/// Passes signals on until all handles are dropped.
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
