//! An address to listen on: a TCP address with a port, or a Unix socket.

use std::{
    fmt,
    net::SocketAddr,
    path::{Path, PathBuf},
    str::FromStr,
};

use super::path;

/// An address to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// An IP address and a port. With port 0, the operating system chooses the port.
    Tcp(SocketAddr),
    /// A Unix socket at this path.
    Unix(PathBuf),
}

/// The prefix of a Unix socket's path.
const UNIX: &str = "unix:";

impl Listen {
    /// Returns the TCP address; `None` if this is a Unix socket.
    #[must_use]
    pub const fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(address) => Some(*address),
            Self::Unix(_) => None,
        }
    }

    /// Returns the socket's path; `None` if this is a TCP address.
    #[must_use]
    pub fn unix(&self) -> Option<&Path> {
        match self {
            Self::Tcp(_) => None,
            Self::Unix(path) => Some(path),
        }
    }

    /// Returns the TCP address if other machines can reach it.
    #[must_use]
    pub fn exposed(&self) -> Option<SocketAddr> {
        self.tcp()
            .filter(|address| !address.ip().to_canonical().is_loopback())
    }
}

/// The text is not an address to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidListen;

impl FromStr for Listen {
    type Err = InvalidListen;

    fn from_str(text: &str) -> Result<Self, InvalidListen> {
        match text.strip_prefix(UNIX) {
            None => text.parse().map(Self::Tcp).map_err(|_| InvalidListen),
            Some(path) => match path::path(path) {
                Ok(path) if path.file_name().is_some() => Ok(Self::Unix(path)),
                _ => Err(InvalidListen),
            },
        }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "{UNIX}{}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_sockets_are_read_and_written_alike() {
        for text in ["127.0.0.1:80", "[::]:8080", "unix:/run/lanyard/s", "unix:s"] {
            assert_eq!(
                text.parse().map(|listen: Listen| listen.to_string()),
                Ok(text.to_owned())
            );
        }
        for text in [
            "localhost:80",
            "80",
            "unix:",
            "unix:/",
            "unix:~/s",
            "unix:a\n",
            "/run/s",
        ] {
            assert_eq!(text.parse::<Listen>(), Err(InvalidListen), "{text}");
        }
    }

    #[test]
    fn a_socket_is_for_this_machine_alone() {
        let exposed = |text: &str| text.parse::<Listen>().is_ok_and(|l| l.exposed().is_some());
        for open in ["0.0.0.0:1", "[::]:1", "192.0.2.1:1", "[::ffff:192.0.2.1]:1"] {
            assert!(exposed(open), "{open}");
        }
        for own in [
            "127.9.9.9:1",
            "[::1]:1",
            "unix:/run/s",
            "[::ffff:127.0.0.1]:1",
        ] {
            assert!(!exposed(own), "{own}");
        }
    }
}
