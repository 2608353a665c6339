//! A full disk under SQLite: writes are refused with 503, nothing is lost, no change is half done,
//! and free space alone makes the service recover.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use diesel::sql_types::Text;
use diesel::{Connection, QueryableByName, RunQueryDsl, SqliteConnection};
use tempfile::TempDir;

use crate::call::Verdict;
use crate::crowd::{Crowd, Errand, STORED, is_unavailable};
use crate::dice::Dice;
use crate::outage::kept;
use crate::service::Installation;
use crate::wait;

/// Space for SQLite's write-ahead log at its full length, and for a few thousand lines of the
/// ledger.
const SIZE: &str = "16m";

/// Every answer must arrive within this time.
const ANSWERED_WITHIN: Duration = Duration::from_secs(10);

#[test]
fn a_full_disk_refuses_loses_nothing_and_recovers() {
    let Some(disk) = Disk::mount() else { return };
    let url = format!("sqlite:{}", disk.folder.path().join("lanyard.db").display());
    let installation = Installation::new(&url, &[]).behind(disk.enter());
    let mut service = installation.serve();
    let operator = installation.populate("acme");
    let crowd = Crowd::new(&service, operator, &Dice::roll("disk"));
    let company = crowd.company().to_owned();

    let promises = crowd.run(|crowd| {
        crowd.until_done(&STORED, 20);
        disk.fill();
        crowd.until_refused(&STORED, 50);
        crowd.until_done(&[Errand::Validate], 200);
        disk.empty();
        crowd.until_done(&STORED, 20);
    });

    assert!(promises.wrong.is_empty(), "{:#?}", promises.wrong);
    assert!(promises.slowest < ANSWERED_WITHIN, "{:?}", promises.slowest);
    let before = kept(&service, &company, &promises);
    service.kill();
    disk.must_be_sound();
    service = installation.serve();
    assert_eq!(
        before,
        kept(&service, &company, &promises),
        "after a restart"
    );
    service.terminate();
    assert!(service.wait().success());
    disk.must_be_sound();
}

#[test]
fn a_revocation_that_finds_no_room_is_not_in_force() {
    let Some(disk) = Disk::mount() else { return };
    let url = format!("sqlite:{}", disk.folder.path().join("lanyard.db").display());
    let installation = Installation::new(&url, &[]).behind(disk.enter());
    let mut service = installation.serve();
    let operator = installation.populate("acme");
    let mut client = service.client();
    let company = client.login("acme");
    let token = client.issue(&company, operator);

    disk.fill();
    // The space that SQLite has reserved must be filled as well.
    wait::until("the disk is full", || {
        is_unavailable(&client.try_issue(&company, operator).answer())
    });
    let answer = client.try_revoke(&company, &token).answer();
    assert!(is_unavailable(&answer), "{answer:?}");
    assert_eq!(client.validate(&company, &token), Verdict::Valid);

    disk.empty();
    service.kill();
    service = installation.serve();
    let mut client = service.client();
    assert_eq!(client.validate(&company, &token), Verdict::Valid);
    assert_eq!(client.try_revoke(&company, &token).answer().status, 204);
    assert_eq!(client.validate(&company, &token), Verdict::revoked());
}

/// A small file system that is visible only to the processes in its mount namespace, and that is
/// removed with the last of them.
#[derive(Debug)]
struct Disk {
    folder: TempDir,
    keeper: Child,
    leave: Option<ChildStdin>,
    is_root: bool,
}

impl Disk {
    /// Returns `None`, and prints a line that says so, if this machine does not permit the mount.
    fn mount() -> Option<Self> {
        let folder = tempfile::Builder::new()
            .prefix("lanyard-disk-")
            .tempdir()
            .unwrap();
        let is_root = rustix::process::geteuid().is_root();
        let mut command = Command::new("unshare");
        if !is_root {
            command.args(["--user", "--map-root-user"]);
        }
        let script = format!(
            "mount -t tmpfs -o size={SIZE} tmpfs '{}' && echo mounted && exec cat",
            folder.path().display()
        );
        let keeper = command
            .args(["--mount", "sh", "-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut promises = String::new();
        if let Ok(mut keeper) = keeper {
            let output = keeper.stdout.take().unwrap();
            BufReader::new(output).read_line(&mut promises).unwrap();
            if promises == "mounted\n" {
                return Some(Self {
                    folder,
                    leave: keeper.stdin.take(),
                    keeper,
                    is_root,
                });
            }
            let _ = keeper.wait();
        }
        // Not `eprintln!`: the test harness would hide that.
        let _ = writeln!(
            std::io::stderr(),
            "The full disk is SKIPPED: this machine does not let `unshare --mount` mount a tmpfs."
        );
        None
    }

    /// Returns the words that run a program in the namespace of the disk.
    fn enter(&self) -> Vec<String> {
        let target = self.keeper.id().to_string();
        let mut words = vec!["nsenter", "--target", &target, "--mount"];
        if !self.is_root {
            words.extend(["--user", "--preserve-credentials"]);
        }
        words.into_iter().map(str::to_owned).collect()
    }

    /// Returns the path of a file on the disk, as this process sees it.
    fn path(&self, name: &str) -> PathBuf {
        let inside = self.folder.path().strip_prefix("/").unwrap();
        PathBuf::from(format!("/proc/{}/root", self.keeper.id()))
            .join(inside)
            .join(name)
    }

    fn fill(&self) {
        let mut file = File::create(self.path("ballast")).unwrap();
        while file.write_all(&[7; 4096]).is_ok() {}
    }

    fn empty(&self) {
        fs::remove_file(self.path("ballast")).unwrap();
    }

    /// Panics unless SQLite finds the database intact. It checks a copy, because SQLite cannot open
    /// a path in another namespace.
    fn must_be_sound(&self) {
        #[derive(QueryableByName)]
        struct Line {
            #[diesel(sql_type = Text)]
            integrity_check: String,
        }
        let copy = TempDir::new().unwrap();
        for name in ["lanyard.db", "lanyard.db-wal"] {
            if self.path(name).exists() {
                fs::copy(self.path(name), copy.path().join(name)).unwrap();
            }
        }
        let path = copy.path().join("lanyard.db");
        let mut conn = SqliteConnection::establish(&path.to_string_lossy()).unwrap();
        let lines: Vec<Line> = diesel::sql_query("PRAGMA integrity_check")
            .load(&mut conn)
            .unwrap();
        let promises: Vec<String> = lines.into_iter().map(|line| line.integrity_check).collect();
        assert_eq!(promises, ["ok"]);
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.leave.take();
        let _ = self.keeper.wait();
    }
}
