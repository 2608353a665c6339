//! Runs clients written in other languages. Where a client has a URL for the browser, it prints
//! `OPEN` and the URL, and reads from standard input where the browser was sent in the end. Its last
//! line is a report in JSON.

use std::ffi::OsStr;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::browser::{Answer, Browser};
use crate::service::Service;

/// Returns the folder in which `.ci/run` installs the libraries of npm and `PyPI`.
fn libraries() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("oauth-clients")
}

/// Returns a path in the folder of libraries. `None`, and a line is printed, if it is not there; but
/// in CI it must be there.
pub(crate) fn library(path: &str) -> Option<PathBuf> {
    let found = libraries().join(path);
    there(found.exists(), &found.display().to_string()).then_some(found)
}

/// Returns whether an interpreter is installed. Prints a line if it is not; but in CI it must be.
pub(crate) fn interpreter(program: &str, check: &[&str]) -> bool {
    let output = Command::new(program).args(check).output();
    there(output.is_ok_and(|output| output.status.success()), program)
}

fn there(found: bool, what: &str) -> bool {
    if !found {
        let required =
            std::env::var_os("LANYARD_REQUIRE_POSTGRES").is_some_and(|value| value == "1");
        assert!(!required, "{what} is missing");
        // Not `eprintln!`: the test harness would hide that.
        let _ = writeln!(
            io::stderr(),
            "SKIPPED: {what} is missing; `bash .ci/run` installs it."
        );
    }
    found
}

/// Returns the path of a script.
pub(crate) fn path(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oauth/scripts");
    folder.join(name)
}

/// Copies a script to a folder within that of its libraries: Node.js searches them from the script's
/// own folder upwards.
pub(crate) fn beside_libraries(name: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir_in(libraries()).unwrap();
    for file in ["browser.mjs", name] {
        std::fs::copy(path(file), folder.path().join(file)).unwrap();
    }
    let script = folder.path().join(name);
    (folder, script)
}

/// Runs a client. Returns its report.
pub(crate) fn run(
    service: &Service,
    program: impl AsRef<OsStr>,
    script: &Path,
    settings: &[(&str, &str)],
) -> Value {
    let mut browser = Browser::new(service);
    let mut child = Command::new(program)
        .arg(script)
        .envs(settings.iter().copied())
        .env("ISSUER", &service.issuer)
        .env("NO_PROXY", "*")
        .env("no_proxy", "*")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut report = None;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        match line.strip_prefix("OPEN ") {
            Some(url) => writeln!(stdin, "{}", browser.open(url, Answer::Allow)).unwrap(),
            None => report = Some(serde_json::from_str(&line).unwrap()),
        }
    }
    let status = child.wait().unwrap();
    assert!(status.success(), "{}: {status}", script.display());
    report.unwrap()
}
