//! The configuration of a new server.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

/// The options with which a cluster is started.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Whether a commit reaches the disk before it is confirmed. Without it, commits are several
    /// times faster; measurements and fault tests need it.
    pub(crate) fsync: bool,
    /// The largest number of connections that the server accepts.
    pub(crate) max_connections: u16,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            fsync: false,
            max_connections: 300,
        }
    }
}

/// Writes the configuration of a new server into its data folder.
pub(super) fn configure(folder: &Path, options: Options) {
    let Options {
        fsync,
        max_connections,
    } = options;
    let fsync = if fsync { "on" } else { "off" };
    let settings = format!(
        "{}listen_addresses = '127.0.0.1'\nmax_connections = {max_connections}\n\
         fsync = {fsync}\nsynchronous_commit = {fsync}\nfull_page_writes = {fsync}\n",
        sockets(folder)
    );
    append(folder, &settings);
}

/// Returns the setting that keeps the sockets of the server in its own folder.
pub(super) fn sockets(folder: &Path) -> String {
    format!("\nunix_socket_directories = '{}'\n", folder.display())
}

/// Appends settings to the configuration in the data folder.
pub(super) fn append(folder: &Path, settings: &str) {
    let mut file = OpenOptions::new()
        .append(true)
        .open(folder.join("data/postgresql.conf"))
        .expect("opening the new cluster's configuration");
    file.write_all(settings.as_bytes())
        .expect("writing the new cluster's configuration");
}
