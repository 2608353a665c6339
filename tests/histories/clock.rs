//! A node's wall clock, which a history sets forth and back: Debian's `libfaketime`, preloaded, reads how far it is off from a file.
//! Clocks that only measure spans (`CLOCK_MONOTONIC`, `CLOCK_BOOTTIME`) stay as they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Set to `1`, it turns a missing library from a skip into a failure.
const REQUIRED: &str = "LANYARD_REQUIRE_POSTGRES";

/// Where Debian and its relatives, Fedora and Arch put the library.
const FOLDERS: [&str; 5] = [
    "/usr/lib/x86_64-linux-gnu/faketime",
    "/usr/lib/aarch64-linux-gnu/faketime",
    "/usr/lib64/faketime",
    "/usr/lib/faketime",
    "/usr/local/lib/faketime",
];

/// A wall clock that can be set.
#[derive(Debug)]
pub(crate) struct WallClock(PathBuf);

impl WallClock {
    /// A clock that is right, and keeps how far it is off in `file`.
    pub(crate) fn right(file: PathBuf) -> Self {
        let clock = Self(file);
        clock.set(0);
        clock
    }

    /// Sets it, in seconds ahead of the machine's.
    pub(crate) fn set(&self, seconds: i64) {
        // Renamed into place: a reader finds the old text or the new one.
        let draft = self.0.with_extension("draft");
        fs::write(&draft, format!("{seconds:+}")).unwrap();
        fs::rename(draft, &self.0).unwrap();
    }

    /// Lets a program that is about to start go by this clock.
    pub(crate) fn show(&self, command: &mut Command) {
        if let Some(library) = library() {
            preload(command, library, "FAKETIME_TIMESTAMP_FILE", &self.0);
        }
    }
}

/// Lets a program that is about to start go by a clock that is so many seconds ahead.
pub(crate) fn set_ahead(command: &mut Command, seconds: i64) {
    if let Some(library) = library() {
        preload(
            command,
            library,
            "FAKETIME",
            Path::new(&format!("{seconds:+}")),
        );
    }
}

fn preload(command: &mut Command, library: &Path, name: &str, value: &Path) {
    command
        .env("LD_PRELOAD", library)
        .env(name, value)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("NO_FAKE_STAT", "1");
}

/// Whether clocks can be set here.
pub(crate) fn can_be_set() -> bool {
    library().is_some()
}

fn library() -> Option<&'static Path> {
    static LIBRARY: OnceLock<Option<PathBuf>> = OnceLock::new();
    let library = LIBRARY.get_or_init(|| {
        let mut places = FOLDERS
            .iter()
            .map(|folder| Path::new(folder).join("libfaketimeMT.so.1"));
        let found = places.find(|place| place.exists());
        if found.is_none() {
            let missing = "libfaketime is not installed (Debian: apt-get install libfaketime)";
            assert!(
                std::env::var_os(REQUIRED).is_none_or(|value| value != "1"),
                "{REQUIRED}=1, but {missing}"
            );
            eprintln!("wrong clocks are SKIPPED: {missing}");
        }
        found
    });
    library.as_deref()
}
