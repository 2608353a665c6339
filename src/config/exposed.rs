//! Finds files with secrets that every user of the machine can read.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::{Config, MasterKeySource, Url};

const OTHERS_READ: u32 = 0o004;
const OTHERS_ENTER: u32 = 0o001;

impl Config {
    /// Returns the files with secrets that the configuration names, and those that SQLite keeps
    /// beside the database. They may not exist.
    fn files_with_secrets(&self) -> Vec<(&'static str, PathBuf)> {
        let mut files = Vec::new();
        match &self.master_key {
            MasterKeySource::Value(_) => {}
            MasterKeySource::File(path) | MasterKeySource::FileOrNew(path) => {
                files.push(("the master key", path.clone()));
            }
        }
        for path in &self.previous_master_keys {
            files.push(("a master key", path.clone()));
        }
        if let Some(path) = &self.database.url_file {
            files.push(("the database's URL", path.clone()));
        }
        if let Url::Sqlite(path) = &self.database.url {
            for ending in ["", "-wal", "-shm", "-journal"] {
                let mut path = path.clone().into_os_string();
                path.push(ending);
                files.push(("the database", path.into()));
            }
        }
        if let Some(tls) = &self.http.tls {
            files.push(("the key of the certificate", tls.key.clone()));
        }
        files
    }

    /// Returns a warning for each file with secrets that every user can read.
    pub(super) fn exposed_files(&self) -> Vec<String> {
        self.files_with_secrets()
            .into_iter()
            .filter_map(|(what, path)| {
                let mode = mode_if_exposed(&path)?;
                Some(format!(
                    "{} ({what}) can be read by everybody on this machine (mode {mode:04o}); give it to its owner \
                     alone: chmod 600",
                    path.display()
                ))
            })
            .collect()
    }
}

/// Returns the mode of a file if every user can read it: others may read the file and enter every
/// folder above it. Returns `None` if not, or if there is no such file.
fn mode_if_exposed(path: &Path) -> Option<u32> {
    let mode = |path: &Path| fs::metadata(path).map(|file| file.permissions().mode() & 0o7777);
    let path = path.canonicalize().ok()?;
    let own = mode(&path).ok().filter(|mode| mode & OTHERS_READ != 0)?;
    path.ancestors()
        .skip(1)
        .all(|folder| mode(folder).is_ok_and(|mode| mode & OTHERS_ENTER != 0))
        .then_some(own)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_exposed_if_everybody_can_read_it_and_get_to_it() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let file = inner.join("key");
        fs::write(&file, "").unwrap();
        let set = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        for (outer, of_inner, of_file, exposed) in [
            (0o755, 0o755, 0o644, true),
            (0o711, 0o711, 0o604, true),
            (0o755, 0o755, 0o640, false),
            (0o755, 0o750, 0o644, false),
            (0o700, 0o755, 0o644, false),
            (0o755, 0o755, 0o600, false),
        ] {
            set(folder.path(), outer);
            set(&inner, of_inner);
            set(&file, of_file);
            let found = mode_if_exposed(&file);
            assert_eq!(
                found,
                exposed.then_some(of_file),
                "{outer:o} {of_inner:o} {of_file:o}"
            );
        }
        assert_eq!(mode_if_exposed(&inner.join("absent")), None);
    }
}
