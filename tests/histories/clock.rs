//! The wall clock of a node, which a history sets forward and back: Debian's `libfaketime`,
//! preloaded, reads the offset from a file. Clocks that only measure spans (`CLOCK_MONOTONIC`,
//! `CLOCK_BOOTTIME`) do not change.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// If it is `1`, a missing library is a failure and not a skip.
const REQUIRED: &str = "LANYARD_REQUIRE_POSTGRES";

/// The folders into which Debian and its derivatives, Fedora and Arch install the library.
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
    /// Returns a clock that is right, and whose offset is in `file`.
    pub(crate) fn right(file: PathBuf) -> Self {
        let clock = Self(file);
        clock.set(0);
        clock
    }

    /// Sets the offset, in seconds ahead of the machine's clock.
    pub(crate) fn set(&self, seconds: i64) {
        // The file is renamed into place: a reader finds the old text or the new one.
        let draft = self.0.with_extension("draft");
        fs::write(&draft, format!("{seconds:+}")).unwrap();
        fs::rename(draft, &self.0).unwrap();
    }

    /// Makes a program that is about to start use this clock.
    pub(crate) fn show(&self, command: &mut Command) {
        if let Some(library) = library() {
            preload(command, library, "FAKETIME_TIMESTAMP_FILE", &self.0);
        }
    }
}

/// Makes a program that is about to start use a clock that is `seconds` ahead.
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

/// Returns whether clocks can be set on this machine.
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
