//! A node: the program as a process, with a proxy between it and the database, and the faults that
//! a history can inject.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Child;
use std::sync::{Mutex, MutexGuard};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::clock::WallClock;
use crate::http::{Client, Outcome};
use crate::oauth::ISSUER;
use crate::proxy::Proxy;
use crate::service::{Installation, listening};
use crate::world::rules;

/// A node. Dropping it kills the process.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) number: usize,
    pub(crate) proxy: Proxy,
    pub(crate) installation: Installation,
    pub(crate) clock: WallClock,
    folder: PathBuf,
    running: Mutex<Running>,
}

#[derive(Debug, Default)]
struct Running {
    child: Option<Child>,
    address: Option<SocketAddr>,
    starts: usize,
}

impl Node {
    /// Makes a node on the database at `url`. It is not started yet.
    pub(crate) fn new(number: usize, url: &str, lease: Duration, folder: PathBuf) -> Self {
        let proxy = Proxy::before(url);
        let lease = format!("{}ms", lease.as_millis());
        let rules = rules(&folder).display().to_string();
        let settings = [
            ("FEED_LEASE", lease.as_str()),
            ("FEED_POLL", "100ms"),
            ("HTTP_SHUTDOWN_TIMEOUT", "2s"),
            ("HTTP_DRAIN_TIMEOUT", "0s"),
            ("DATABASE_POOL_SIZE", "6"),
            ISSUER,
            ("AUTHZ_RULES_FILE", &rules),
            // The clients ask about requests as a proxy does.
            ("HTTP_TRUSTED_PROXIES", "127.0.0.1"),
        ];
        Self {
            number,
            installation: Installation::new(&proxy.url(url), &settings),
            proxy,
            clock: WallClock::right(folder.join(format!("clock-{number}"))),
            folder,
            running: Mutex::default(),
        }
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap()
    }

    /// Returns the address on which it listens; `None` while it does not run.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        self.running().address
    }

    /// Starts it, repeatedly if necessary, until it listens or `patience` has passed: it cannot
    /// start while the database is unreachable. Returns whether it listens.
    pub(crate) fn start(&self, patience: Duration) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < patience {
            if self.try_start(begun, patience) {
                return true;
            }
            sleep(Duration::from_millis(50));
        }
        false
    }

    fn try_start(&self, begun: Instant, patience: Duration) -> bool {
        let log = {
            let mut running = self.running();
            running.starts += 1;
            self.log(running.starts)
        };
        let output = File::create(&log).unwrap();
        let mut command = self.installation.lanyard(&["serve"]);
        self.clock.show(&mut command);
        let child = command
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        self.running().child = Some(child);
        while begun.elapsed() < patience {
            let address = listening(&log);
            if address.is_some() {
                self.running().address = address;
                return true;
            }
            if self.has_ended() {
                return false;
            }
            sleep(Duration::from_millis(5));
        }
        self.kill();
        false
    }

    fn log(&self, start: usize) -> PathBuf {
        self.folder
            .join(format!("node-{}-{start}.log", self.number))
    }

    /// Returns whether the process has exited although no test stopped it: once it listens, no
    /// fault may end it.
    pub(crate) fn has_died(&self) -> bool {
        let mut running = self.running();
        let Running { child, address, .. } = &mut *running;
        address.is_some()
            && child
                .as_mut()
                .is_some_and(|child| child.try_wait().unwrap().is_some())
    }

    /// Returns whether the process has exited.
    pub(crate) fn has_ended(&self) -> bool {
        let mut running = self.running();
        running
            .child
            .as_mut()
            .is_none_or(|child| child.try_wait().unwrap().is_some())
    }

    /// Kills the process (`kill -9`).
    pub(crate) fn kill(&self) {
        let mut running = self.running();
        running.address = None;
        if let Some(mut child) = running.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Shuts it down in an orderly way; it is killed if that takes longer than `patience`.
    pub(crate) fn leave(&self, patience: Duration) {
        self.signal(Signal::TERM);
        let begun = Instant::now();
        while !self.has_ended() && begun.elapsed() < patience {
            sleep(Duration::from_millis(5));
        }
        self.kill();
    }

    /// Sends it a signal, if it runs.
    pub(crate) fn signal(&self, signal: Signal) {
        let running = self.running();
        let pid = running.child.as_ref().map(Child::id);
        let pid = pid.and_then(|pid| Pid::from_raw(i32::try_from(pid).unwrap()));
        if let Some(pid) = pid {
            let _ = kill_process(pid, signal);
        }
    }

    /// Returns the outcome of `/readyz`; `None` while it does not run.
    pub(crate) fn readiness(&self) -> Option<Outcome> {
        let mut client = Client::new(self.address()?);
        Some(client.call("GET", "/readyz", "", ""))
    }

    /// Returns whether `/readyz` reports ready.
    pub(crate) fn is_ready(&self) -> bool {
        matches!(self.readiness(), Some(Outcome::Answered(answer)) if answer.status == 200)
    }

    /// Returns the last lines of its log.
    pub(crate) fn last_words(&self, lines: usize) -> Vec<String> {
        let log = self.log(self.running().starts);
        let log = fs::read_to_string(log).unwrap_or_default();
        let mut words: Vec<_> = log.lines().rev().take(lines).map(str::to_owned).collect();
        words.reverse();
        words
    }

    /// Returns the messages of level `WARN` and above of all its runs, with their counts.
    pub(crate) fn complaints(&self) -> BTreeMap<String, usize> {
        let mut complaints = BTreeMap::new();
        for start in 1..=self.running().starts {
            let log = fs::read_to_string(self.log(start)).unwrap_or_default();
            for line in log.lines() {
                let line: Value = serde_json::from_str(line).unwrap_or_default();
                if line["level"] == "WARN" || line["level"] == "ERROR" {
                    let complaint =
                        format!("{} {} {}", line["level"], line["message"], line["why"]);
                    *complaints.entry(complaint).or_default() += 1;
                }
            }
        }
        complaints
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}
