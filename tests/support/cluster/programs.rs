//! Finds PostgreSQL's programs on this machine, and the user that may run them.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Returns the path of one of PostgreSQL's programs: from `PATH`, from `pg_config --bindir` or from
/// Debian's folder, newest version first.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    folders()
        .into_iter()
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// Returns the folder of the server's own programs. All of them come from one folder, so that
/// versions do not mix.
pub(super) fn server_programs() -> Option<PathBuf> {
    folders().into_iter().find(|folder| {
        ["initdb", "pg_ctl", "postgres"]
            .iter()
            .all(|name| folder.join(name).is_file())
    })
}

fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = env::var_os("PATH")
        .iter()
        .flat_map(env::split_paths)
        .collect();
    if let Ok(output) = Command::new("pg_config")
        .arg("--bindir")
        .stderr(Stdio::null())
        .output()
    {
        folders.push(String::from_utf8_lossy(&output.stdout).trim().into());
    }
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            Some((
                entry.file_name().to_str()?.parse().ok()?,
                entry.path().join("bin"),
            ))
        })
        .collect();
    versions.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    folders.extend(versions.into_iter().map(|(_, folder)| folder));
    folders
}

/// Returns the user that runs the server, if it is not the current one: PostgreSQL refuses to run
/// as root. `own` is a folder that this process has made; its owner is the current user.
pub(super) fn unprivileged(own: &Path) -> Option<(u32, u32)> {
    if fs::metadata(own).expect("looking at the data folder").uid() != 0 {
        return None;
    }
    let accounts = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let account = ["postgres", "nobody"].iter().find_map(|wanted| {
        accounts.lines().find_map(|line| {
            let mut fields = line.split(':');
            let (name, user, group) = (fields.next()?, fields.nth(1)?, fields.next()?);
            if name == *wanted {
                Some((user.parse().ok()?, group.parse().ok()?))
            } else {
                None
            }
        })
    });
    Some(account.expect(
        "PostgreSQL does not run as root, and there is no user `postgres` or `nobody` to run it as",
    ))
}
