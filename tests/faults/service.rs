//! The real program, set up through its command line and run as a process.

use std::fs::{self, File};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::http::Client;
use crate::tempdir::{Room, room};
use crate::wait;

/// The password of every organization that is made here.
pub(crate) const PASSWORD: &str = "correct horse battery staple";

/// Longer than `http.shutdown_timeout` (10 s) and the work that may follow it.
const STOPPED_WITHIN: Duration = Duration::from_secs(20);

/// One installation: a folder, a database, settings. It can be started again and again.
#[derive(Debug)]
pub(crate) struct Installation {
    folder: TempDir,
    settings: Vec<(String, String)>,
    /// The words before the program's name on the command line.
    prefix: Vec<String>,
    _room: Room,
}

impl Installation {
    /// Makes an installation on the database at `url`, with a low bcrypt cost, without a throttle,
    /// and with further settings (`KEY` of `LANYARD_KEY`, value).
    pub(crate) fn new(url: &str, settings: &[(&str, &str)]) -> Self {
        let room = room();
        let folder = tempfile::Builder::new()
            .prefix("lanyard-faults-")
            .tempdir()
            .unwrap();
        fs::write(folder.path().join("password"), PASSWORD).unwrap();
        fs::write(folder.path().join("master.key"), "07".repeat(32)).unwrap();
        let master_key = folder.path().join("master.key").display().to_string();
        let own = [
            ("HTTP_LISTEN", "127.0.0.1:0"),
            ("DATABASE_URL", url),
            ("MASTER_KEY_FILE", &master_key),
            ("LOGIN_BCRYPT_COST", "4"),
            ("LOGIN_THROTTLE", "false"),
            // The machine is busy with many clients and several servers.
            ("FEED_LEASE", "8s"),
            ("LOG_FORMAT", "json"),
        ];
        Self {
            folder,
            settings: own
                .iter()
                .chain(settings)
                .map(|(key, value)| (format!("LANYARD_{key}"), (*value).to_owned()))
                .collect(),
            prefix: Vec::new(),
            _room: room,
        }
    }

    /// Uses another database from now on.
    pub(crate) fn move_to(&mut self, url: &str) {
        let own = self.settings.iter_mut();
        for (_, value) in own.filter(|(key, _)| key == "LANYARD_DATABASE_URL") {
            url.clone_into(value);
        }
    }

    /// Runs the program with these words before its name.
    pub(crate) fn behind(self, prefix: Vec<String>) -> Self {
        Self { prefix, ..self }
    }

    /// Returns a command of the program.
    pub(crate) fn lanyard(&self, arguments: &[&str]) -> Command {
        let program = program();
        let words = self.prefix.iter().map(String::as_str);
        let mut words = words.chain([program.as_str()]);
        let mut command = Command::new(words.next().unwrap());
        command
            .args(words)
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        for (key, _) in std::env::vars().filter(|(key, _)| key.starts_with("LANYARD_")) {
            command.env_remove(key);
        }
        command.envs(self.settings.iter().map(|(key, value)| (key, value)));
        command
    }

    /// Starts the service. Returns once it is ready.
    pub(crate) fn serve(&self) -> Service {
        let log = self.folder.path().join("log");
        let output = File::create(&log).unwrap();
        let child = self
            .lanyard(&["serve"])
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        let mut service = Service {
            child,
            address: SocketAddr::from(([0, 0, 0, 0], 0)),
            log,
        };
        wait::until("lanyard serve listens", || {
            assert!(service.exited().is_none(), "lanyard serve ended");
            service.address = listening(&service.log).unwrap_or(service.address);
            service.address.port() != 0
        });
        wait::until("lanyard serve is ready", || service.is_ready());
        service
    }

    /// Adds an organization that logs in as `login`, with one operator. Returns the operator's id.
    pub(crate) fn populate(&self, login: &str) -> i64 {
        let password = self.folder.path().join("password").display().to_string();
        let organization = self.add(&[
            "organization",
            "add",
            "--login",
            login,
            "--name",
            login,
            "--password-file",
            &password,
            "--json",
        ]);
        let organization = organization.to_string();
        self.add(&[
            "operator",
            "add",
            "--organization",
            &organization,
            "--name",
            "Ann",
            "--json",
        ])
    }

    fn add(&self, arguments: &[&str]) -> i64 {
        let output = self.lanyard(arguments).output().unwrap();
        let printed = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {printed}");
        let added: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        added["id"].as_i64().unwrap()
    }
}

/// Returns the program under test: the one just built, or another build that `LANYARD_PROGRAM`
/// names, to compare the two.
fn program() -> String {
    std::env::var("LANYARD_PROGRAM").unwrap_or_else(|_| env!("CARGO_BIN_EXE_lanyard").to_owned())
}

/// Returns the address in the log line that reports it.
pub(crate) fn listening(log: &Path) -> Option<SocketAddr> {
    let text = fs::read_to_string(log).ok()?;
    let mut lines = text.lines().filter_map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).ok()?;
        (line["message"] == "listening").then(|| line["address"].as_str()?.parse().ok())?
    });
    lines.next()
}

/// An installation that is being served. Dropping it kills the process.
#[derive(Debug)]
pub(crate) struct Service {
    child: Child,
    pub(crate) address: SocketAddr,
    log: PathBuf,
}

impl Service {
    pub(crate) fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// Returns whether `/readyz` reports ready.
    pub(crate) fn is_ready(&self) -> bool {
        self.client().call("GET", "/readyz", "", "").answer().status == 200
    }

    /// Returns whether its log contains `what`.
    pub(crate) fn has_said(&self, what: &str) -> bool {
        self.log().contains(what)
    }

    /// Returns its log so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Returns the value of a line of `/metrics` without labels.
    pub(crate) fn metric(&self, name: &str) -> u64 {
        let page = self.client().call("GET", "/metrics", "", "").answer().body;
        let page = String::from_utf8(page).unwrap();
        let mut values = page.lines().filter_map(|line| line.strip_prefix(name));
        let value = values.find_map(|value| value.strip_prefix(' '));
        value
            .unwrap_or_else(|| panic!("no {name}"))
            .parse()
            .unwrap()
    }

    /// Kills the process (`kill -9`).
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends SIGTERM.
    pub(crate) fn terminate(&self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.unwrap(), Signal::TERM).unwrap();
    }

    /// Returns the exit status; `None` if it still runs.
    pub(crate) fn exited(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// Waits until it exits by itself.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        wait::until_within(STOPPED_WITHIN, "lanyard serve ends", || {
            status = self.exited();
            status.is_some()
        });
        status.unwrap()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let lines: Vec<&str> = log.lines().collect();
            let tail = &lines[lines.len().saturating_sub(20)..];
            eprintln!("the service's log ends:\n{}", tail.join("\n"));
        }
    }
}
