//! Notices at once that a file next to the database was written, on systems that report this.

use std::path::Path;
use std::time::Duration;

/// Waits for writes to the files of a folder.
pub(super) struct Watch(#[cfg(target_os = "linux")] std::os::fd::OwnedFd);

#[cfg(target_os = "linux")]
impl Watch {
    /// Watches the folder of a database with inotify(7). `None` if that is not possible; then the
    /// caller must look from time to time.
    pub(super) fn of(database: &Path) -> Option<Self> {
        use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};

        let watched = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok()?;
        let folder = match database.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        add_watch(&watched, folder, WatchFlags::MODIFY).ok()?;
        Some(Self(watched))
    }

    /// Waits until a file is written, at most for `most`. It may also return early for another
    /// reason.
    pub(super) fn wait(&self, most: Duration) {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};

        let timeout = Timespec::try_from(most).unwrap_or_default();
        let written = poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&timeout));
        if written.is_ok_and(|ready| ready > 0) {
            // Which files they were does not matter. What does not fit is read the next time.
            let _ = rustix::io::read(&self.0, &mut [0_u8; 4096]);
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl Watch {
    /// Returns `None`: the caller must look from time to time.
    pub(super) const fn of(_: &Path) -> Option<Self> {
        None
    }

    /// Is never called.
    pub(super) const fn wait(&self, _: Duration) {}
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::base::clock;

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn a_write_ends_the_wait() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("l.db");
        std::fs::write(&database, "a").unwrap();
        let watch = Watch::of(&database).unwrap();
        watch.wait(Duration::ZERO);
        std::fs::write(folder.path().join("l.db-wal"), "b").unwrap();
        let began = clock::boot_time();
        watch.wait(LONG);
        assert!(clock::boot_time().saturating_sub(began) < LONG);
    }

    #[test]
    fn a_folder_that_is_not_there_is_not_watched() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Watch::of(&folder.path().join("gone/l.db")).is_none());
        assert!(Watch::of(Path::new("l.db")).is_some());
    }
}
