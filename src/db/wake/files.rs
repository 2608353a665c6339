//! Notices at once that a database was written, on systems that report this.

use std::path::Path;
use std::time::Duration;

#[cfg(target_os = "linux")]
use crate::base::clock;

/// Waits for writes to a database.
pub(super) struct Watch {
    #[cfg(target_os = "linux")]
    events: std::os::fd::OwnedFd,
    /// The file to which every commit writes first.
    #[cfg(target_os = "linux")]
    log: std::ffi::CString,
}

#[cfg(target_os = "linux")]
impl Watch {
    /// Watches the folder of a database with inotify(7). `None` if that is not possible; then the
    /// caller must look from time to time.
    pub(super) fn of(database: &Path) -> Option<Self> {
        use std::os::unix::ffi::OsStrExt;

        use rustix::fs::inotify::{CreateFlags, WatchFlags, add_watch, init};

        // SQLite has the log beside the file that a link leads to. A file that is not there yet is no
        // link.
        let real = database.canonicalize();
        let database = real.as_deref().unwrap_or(database);
        let mut log = database.file_name()?.to_owned();
        log.push("-wal");
        let events = init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok()?;
        let folder = match database.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        add_watch(&events, folder, WatchFlags::MODIFY).ok()?;
        let log = std::ffi::CString::new(log.as_bytes()).ok()?;
        Some(Self { events, log })
    }

    /// Waits until the database is written, at most for `most`. It may also return early for another
    /// reason.
    pub(super) fn wait(&self, most: Duration) {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};

        let until = clock::boot_time().saturating_add(most);
        let mut left = most;
        loop {
            let timeout = Timespec::try_from(left).unwrap_or_default();
            let mut events = [PollFd::new(&self.events, PollFlags::IN)];
            let any = poll(&mut events, Some(&timeout)).is_ok_and(|ready| ready > 0);
            left = until.saturating_sub(clock::boot_time());
            if !any || self.is_written() || left.is_zero() {
                return;
            }
        }
    }

    /// Whether one of the events that happened concerns the database: other files may be in its
    /// folder.
    fn is_written(&self) -> bool {
        use rustix::fs::inotify::{ReadFlags, Reader};

        let mut space = [std::mem::MaybeUninit::uninit(); 4096];
        let mut events = Reader::new(&self.events, &mut space);
        let mut written = false;
        while let Ok(event) = events.next() {
            // What was lost may have been a write.
            let lost = event.events().contains(ReadFlags::QUEUE_OVERFLOW);
            written |= lost || event.file_name() == Some(&*self.log);
        }
        written
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
    fn a_write_to_another_file_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("l.db");
        let watch = Watch::of(&database).unwrap();
        std::fs::write(folder.path().join("log"), "a").unwrap();
        assert!(!watch.is_written());
        std::fs::write(folder.path().join("l.db-wal"), "b").unwrap();
        std::fs::write(folder.path().join("log"), "c").unwrap();
        assert!(watch.is_written());
        assert!(!watch.is_written());
    }

    #[test]
    fn the_log_of_a_link_is_beside_its_file() {
        let (folder, of_link) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let database = folder.path().join("l.db");
        std::fs::write(&database, "a").unwrap();
        let link = of_link.path().join("link.db");
        std::os::unix::fs::symlink(&database, &link).unwrap();
        let watch = Watch::of(&link).unwrap();
        std::fs::write(folder.path().join("l.db-wal"), "b").unwrap();
        assert!(watch.is_written());
    }

    #[test]
    fn a_folder_that_is_not_there_is_not_watched() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Watch::of(&folder.path().join("gone/l.db")).is_none());
        assert!(Watch::of(Path::new("l.db")).is_some());
    }
}
