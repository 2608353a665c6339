//! The process and its environment: a log that nobody reads, signals, limits.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal};

use crate::client::{Connection, exchange};
use crate::harness::{Ended, Folder, until};
use crate::http::get;

/// A service whose log this test reads itself, or does not read.
struct Unread {
    child: Child,
    address: SocketAddr,
}

impl Unread {
    /// Starts it, and reads its log up to the line that reports the address.
    fn start(folder: &Folder, settings: &[(&str, &str)]) -> (Self, BufReader<impl Read + use<>>) {
        let mut command = folder.command(&["serve"]);
        command
            .env("LANYARD_HTTP_LISTEN", "127.0.0.1:0")
            .envs(settings.iter().copied());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        while !line.contains("listening address=") {
            line.clear();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "it ended");
        }
        let (_, rest) = line.split_once("address=").unwrap();
        let address = rest.split(' ').next().unwrap().parse().unwrap();
        (Self { child, address }, log)
    }

    fn ready(&self) -> u16 {
        let stream = TcpStream::connect(self.address).unwrap();
        exchange(stream, &get("/readyz", &[])).status
    }

    fn ends_in_order(mut self, signal: Signal) {
        rustix::process::kill_process(Pid::from_child(&self.child), signal).unwrap();
        let mut status = None;
        until("it ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        assert!(status.unwrap().success(), "{status:?}");
    }
}

impl Drop for Unread {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_log_whose_reader_has_gone_ends_nothing() {
    let folder = Folder::new();
    let (service, log) = Unread::start(&folder, &[("LANYARD_LOG_REQUESTS", "all")]);
    drop(log);
    for _ in 0..10 {
        assert_eq!(service.ready(), 200);
    }
    service.ends_in_order(Signal::TERM);
}

#[test]
fn a_log_that_is_not_read_holds_up_nobody() {
    const REQUESTS: usize = 1_000;
    let folder = Folder::new();
    let (service, log) = Unread::start(&folder, &[("LANYARD_LOG_REQUESTS", "all")]);
    // More than a pipe can hold.
    let mut connection = Connection::open(service.address).unwrap();
    let ask = "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n".repeat(REQUESTS);
    connection.send(ask.as_bytes()).unwrap();
    for _ in 0..REQUESTS {
        assert_eq!(connection.receive().answer().status, 200);
    }
    service.ends_in_order(Signal::TERM);
    drop(log);
}

#[test]
fn a_log_on_a_full_disk_ends_nothing() {
    let full = || {
        Stdio::from(
            std::fs::File::options()
                .write(true)
                .open("/dev/full")
                .unwrap(),
        )
    };
    let folder = Folder::new();
    let mut command = folder.command(&["serve"]);
    command
        .env("LANYARD_HTTP_LISTEN", "unix:socket")
        .stderr(full());
    let mut child = command.spawn().unwrap();
    until("it is ready", || {
        assert_eq!(child.try_wait().unwrap(), None);
        folder
            .run_with(&["health"], &[("LANYARD_HTTP_LISTEN", "unix:socket")])
            .code
            == 0
    });
    rustix::process::kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());
    let status = folder
        .command(&["serve", "--set", "http.workers=x"])
        .stderr(full())
        .status()
        .unwrap();
    assert_eq!(status.code(), Some(1));
}

#[test]
fn a_limit_of_file_sizes_is_a_full_disk() {
    let folder = Folder::new();
    let lanyard = folder.command(&["serve"]);
    let output = Command::new("sh")
        .args(["-c", "ulimit -f 0; exec \"$0\" serve"])
        .arg(lanyard.get_program())
        .current_dir(folder.path())
        .output()
        .unwrap();
    let printed = Ended::from(output).refused();
    assert!(printed.contains("the database"), "{printed}");
}

#[test]
fn every_signal_that_ends_a_program_ends_it_in_order() {
    for signal in [Signal::HUP, Signal::QUIT, Signal::INT, Signal::TERM] {
        if signal == Signal::HUP && is_ignored_here(signal) {
            println!("skipped: these tests run under nohup, so the program must ignore SIGHUP");
            continue;
        }
        let folder = Folder::new();
        let service = folder.serve(&[]);
        service.signal(signal);
        let mut service = service;
        until("it ends", || service.ended().is_some());
        assert!(
            service.ended().unwrap().success(),
            "{signal:?}: {}",
            service.text()
        );
        assert!(
            service.text().trim_end().ends_with("stopped"),
            "{}",
            service.text()
        );
        // It is no longer in the registry, so no revoke waits for it.
        let rotated = folder.run(&["key", "rotate", "--json"]).json();
        assert_eq!(rotated["spread"]["nodes"], 0, "{signal:?}: {rotated}");
    }
}

/// Whether this process ignores a signal. Its children inherit that.
fn is_ignored_here(signal: Signal) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (signal.as_raw() - 1)) != 0)
}

#[test]
fn what_nohup_ignores_stays_ignored() {
    let folder = Folder::new();
    let mut command = Command::new("nohup");
    let lanyard = folder.command(&["serve"]);
    command
        .arg(lanyard.get_program())
        .args(lanyard.get_args())
        .current_dir(folder.path())
        .env("LANYARD_HTTP_LISTEN", "127.0.0.1:0")
        .stdin(Stdio::null());
    let mut service = crate::harness::Service::start(command, "listening address=", |line| {
        line.split_once("address=")?
            .1
            .split(' ')
            .next()?
            .parse()
            .ok()
    });
    service.signal(Signal::HUP);
    assert_eq!(service.ask(&get("/readyz", &[])).status, 200);
    assert!(service.ended().is_none());
    service.stop();
}

#[test]
fn too_few_descriptors_are_reported_and_no_panic() {
    let folder = Folder::new();
    let lanyard = folder.command(&["serve"]);
    for limit in (8..=64).step_by(8) {
        let output = Command::new("sh")
            .args(["-c", &format!("ulimit -n {limit}; exec \"$0\" serve")])
            .arg(lanyard.get_program())
            .current_dir(folder.path())
            .env("LANYARD_HTTP_LISTEN", "192.0.2.1:1")
            .output()
            .unwrap();
        let ended = Ended::from(output);
        assert!(!ended.err.contains("panicked"), "{limit}: {ended:?}");
        let printed = ended.refused();
        assert!(
            ["LimitNOFILE", "192.0.2.1", "Too many open files"]
                .iter()
                .any(|why| printed.contains(why)),
            "{limit}: {printed}"
        );
    }
}
