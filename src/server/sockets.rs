//! The listening sockets. The program opens them, or the service manager opened them before it
//! started.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::{fs, time::Duration};

use listenfd::ListenFd;
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use super::ListenError;
use crate::config::Listen;

/// A listening socket.
pub(super) enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// The maximum number of connections that wait to be accepted. Linux lowers it to
/// `net.core.somaxconn`, whose default is the same.
const BACKLOG: i32 = 4_096;

/// How long a client may leave a response unread, or its machine may stay silent, before the
/// connection is closed.
const UNREAD_FOR: Duration = Duration::from_mins(1);

/// Returns the sockets that the service manager passed on (`LISTEN_FDS`). If there are none, opens
/// those of the configuration.
///
/// The flag is true if this process opened them.
pub(super) fn open(places: &[Listen]) -> Result<(Vec<Listener>, bool), ListenError> {
    let passed_on = inherited().map_err(ListenError::Machine)?;
    if !passed_on.is_empty() {
        return Ok((passed_on, false));
    }
    let opened: Result<_, _> = places
        .iter()
        .map(|place| {
            match place {
                Listen::Tcp(address) => {
                    bind(*address, shares_port(*address, places)).map(Listener::Tcp)
                }
                Listen::Unix(path) => bind_unix(path).map(Listener::Unix),
            }
            .map_err(|why| ListenError::Place(place.clone(), why))
        })
        .collect();
    opened.map(|listeners| (listeners, true))
}

impl Listener {
    /// Returns what the socket listens on, with the port that the system chose.
    pub(super) fn place(&self) -> io::Result<Listen> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Listen::Tcp),
            Self::Unix(listener) => {
                let address = listener.local_addr()?;
                Ok(Listen::Unix(
                    address.as_pathname().unwrap_or(Path::new("")).to_owned(),
                ))
            }
        }
    }
}

fn inherited() -> io::Result<Vec<Listener>> {
    let mut passed_on = ListenFd::from_env();
    (0..passed_on.len())
        .map(|index| {
            if let Ok(Some(listener)) = passed_on.take_tcp_listener(index) {
                limit_unread(&listener);
                return Ok(Listener::Tcp(listener));
            }
            match passed_on.take_unix_listener(index) {
                Ok(Some(listener)) => Ok(Listener::Unix(listener)),
                _ => Err(io::Error::other(
                    "a socket of LISTEN_FDS is no stream socket that listens",
                )),
            }
        })
        .collect()
}

/// Whether an IPv6 address must leave its port to an IPv4 address of the list: by default `[::]`
/// receives the requests of both families.
fn shares_port(address: SocketAddr, places: &[Listen]) -> bool {
    address.is_ipv6()
        && places
            .iter()
            .filter_map(Listen::tcp)
            .any(|other| other.is_ipv4() && other.port() == address.port())
}

fn bind(address: SocketAddr, only_v6: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    if only_v6 {
        socket.set_only_v6(true)?;
    }
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    let listener = TcpListener::from(socket);
    limit_unread(&listener);
    Ok(listener)
}

/// Sets a timeout that connections inherit from their listening socket: it closes those whose
/// client does not read. On a system without such a timeout the system's own limits apply.
fn limit_unread(listener: &TcpListener) {
    #[cfg(target_os = "linux")]
    if let Err(why) = SockRef::from(listener).set_tcp_user_timeout(Some(UNREAD_FOR)) {
        tracing::warn!(%why, "clients that do not read their responses stay connected");
    }
}

/// Access for the user and the group that Lanyard runs as. An administrator makes a proxy on this
/// machine a member of the group.
const OWNER_AND_GROUP: u32 = 0o660;

/// Opens a Unix socket. It replaces a socket that an earlier process left and that no process
/// listens on.
fn bind_unix(path: &Path) -> io::Result<UnixListener> {
    let listener = match UnixListener::bind(path) {
        Err(why) if why.kind() == ErrorKind::AddrInUse && is_deserted(path) => {
            fs::remove_file(path)?;
            UnixListener::bind(path)
        }
        outcome => outcome,
    }?;
    fs::set_permissions(path, fs::Permissions::from_mode(OWNER_AND_GROUP))?;
    Ok(listener)
}

/// Whether the path is a socket that no process listens on. The type is checked too, because the
/// system returns the same error for a file that is not a socket.
fn is_deserted(path: &Path) -> bool {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    is_socket
        && matches!(UnixStream::connect(path), Err(why) if why.kind() == ErrorKind::ConnectionRefused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpStream;

    #[test]
    fn a_thousand_connections_can_wait_to_be_accepted() {
        let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0)), false).unwrap();
        let address = listener.local_addr().unwrap();
        let waiting: Vec<_> = (0..1_000)
            .map(|_| TcpStream::connect_timeout(&address, Duration::from_secs(20)))
            .collect();
        assert!(waiting.iter().all(Result::is_ok), "one had to wait");
    }

    #[test]
    fn both_families_share_a_port_and_one_takes_both() {
        let places = |texts: &[&str]| -> Vec<Listen> {
            texts.iter().map(|text| text.parse().unwrap()).collect()
        };
        let both = places(&["0.0.0.0:80", "[::]:80", "[::]:81", "unix:s"]);
        let shared: Vec<_> = both
            .iter()
            .filter_map(Listen::tcp)
            .filter(|address| shares_port(*address, &both))
            .map(|address| address.to_string())
            .collect();
        assert_eq!(shared, ["[::]:80"]);

        let first = bind("0.0.0.0:0".parse().unwrap(), false).unwrap();
        let mut second: SocketAddr = "[::]:0".parse().unwrap();
        second.set_port(first.local_addr().unwrap().port());
        assert!(bind(second, false).is_err());
        assert!(bind(second, true).is_ok());
    }

    #[test]
    fn a_socket_file_that_was_left_is_replaced_and_one_in_use_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        drop(bind_unix(&path).unwrap());
        assert!(path.exists());
        let listener = bind_unix(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, OWNER_AND_GROUP);
        let refused = bind_unix(&path).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::AddrInUse);
        drop(listener);
        fs::remove_file(&path).unwrap();
        fs::write(&path, "a file of somebody's").unwrap();
        assert!(bind_unix(&path).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "a file of somebody's");
    }
}
