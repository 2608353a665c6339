//! Runs the program.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use serde_json::Value;
use tempfile::TempDir;

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// Waits until a condition holds.
pub(crate) fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < end, "timed out before {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Returns whether a program is installed on this machine.
pub(crate) fn have(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

/// A folder in which a test works.
pub(crate) struct Folder(TempDir);

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ended {
    /// Returns what it printed. Panics if it failed.
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }

    /// Returns what it printed on standard error. Panics if it succeeded.
    pub(crate) fn refused(self) -> String {
        assert_eq!(self.code, 1, "{self:?}");
        self.err
    }

    pub(crate) fn json(self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|why| panic!("{why}: {self:?}"))
    }
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Returns a command without any of our settings except a cheap password hash.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lanyard"));
        let ours = std::env::vars_os()
            .map(|(name, _)| name)
            .filter(|name| name.to_string_lossy().starts_with("LANYARD_"));
        ours.for_each(|name| {
            command.env_remove(name);
        });
        command
            .env_remove("COLUMNS")
            .env("LANYARD_LOGIN_BCRYPT_COST", "4")
            .current_dir(self.path())
            .stdin(Stdio::null())
            .args(arguments);
        command
    }

    /// Adds an organization, `a` with the password `secret`, and an operator. Returns the company
    /// token.
    pub(crate) fn populate(&self, service: &Service) -> String {
        let add = [
            "organization",
            "add",
            "--login",
            "a",
            "--name",
            "A",
            "--password-file",
            "-",
        ];
        self.run_piped(&add, "secret").ok();
        self.run(&["operator", "add", "--organization", "1", "--name", "Lan"])
            .ok();
        service.log_in("a", "secret").string()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, &[])
    }

    /// Runs a command of the first organization.
    pub(crate) fn run_of_organization(&self, command: &[&str], more: &[&str]) -> Ended {
        self.run(&[command, &["--organization", "1"], more].concat())
    }

    pub(crate) fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
        self.command(arguments)
            .envs(environment.iter().copied())
            .output()
            .unwrap()
            .into()
    }

    pub(crate) fn run_piped(&self, arguments: &[&str], input: &str) -> Ended {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).unwrap();
        drop(stdin);
        child.wait_with_output().unwrap().into()
    }

    /// Starts the service on a port that the machine chooses. Returns once it listens.
    pub(crate) fn serve(&self, environment: &[(&str, &str)]) -> Service {
        let mut command = self.command(&["serve"]);
        command
            .env("LANYARD_HTTP_LISTEN", "127.0.0.1:0")
            .envs(environment.iter().copied());
        Service::start(command, "listening address=", |line| {
            let (_, rest) = line.split_once("address=")?;
            rest.split_whitespace().next()?.parse().ok()
        })
    }
}

/// A service that runs until it is dropped.
pub(crate) struct Service {
    child: Child,
    pub(crate) port: u16,
    text: Arc<Mutex<String>>,
}

impl Service {
    /// Starts a command and waits for a line that contains `sign` and reports the address.
    pub(crate) fn start(
        mut command: Command,
        sign: &str,
        address: impl Fn(&str) -> Option<std::net::SocketAddr>,
    ) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let text = Arc::new(Mutex::new(String::new()));
        gather(child.stdout.take().unwrap(), &text);
        gather(child.stderr.take().unwrap(), &text);
        let mut service = Self {
            child,
            port: 0,
            text,
        };
        until("the service listens", || {
            let text = service.text();
            if let Some(status) = service.child.try_wait().unwrap() {
                panic!("it ended with {status}: {text}");
            }
            let line = text.lines().find(|line| line.contains(sign));
            let found = line.map(|line| address(line).unwrap());
            service.port = found.map_or(0, |address| address.port());
            found.is_some()
        });
        service
    }

    /// Returns everything that it has printed so far.
    pub(crate) fn text(&self) -> String {
        self.text.lock().unwrap().clone()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        rustix::process::kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Stops it as a service manager does. Returns what it has printed.
    pub(crate) fn stop(mut self) -> String {
        self.signal(Signal::TERM);
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}: {}", self.text());
        self.text()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn gather(from: impl Read + Send + 'static, text: &Arc<Mutex<String>>) {
    let text = Arc::clone(text);
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            let mut text = text.lock().unwrap();
            text.push_str(&line);
            text.push('\n');
        }
    });
}
