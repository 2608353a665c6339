//! The listening sockets, and how many connections this process can hold.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use socket2::{Domain, Protocol, Socket, Type};

/// Connections that may wait to be accepted. Linux lowers it to `net.core.somaxconn`, whose default is the same.
const BACKLOG: i32 = 4_096;

/// How long a client may leave what it was sent unread, or its machine may stay silent, until the connection is ended.
const UNREAD_FOR: Duration = Duration::from_mins(1);

/// The most connections of one worker.
const CONNECTIONS: u64 = 25_000;

/// File descriptors kept back from connections: for the database, the log, certificates and webhooks.
const KEPT_BACK: u64 = 256;

/// Binds an address and listens.
pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let domain = Domain::for_address(address);
    let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    // As the standard library does it: a restart need not wait for old connections to be forgotten.
    socket.set_reuse_address(true)?;
    give_up_on_who_does_not_read(&socket);
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Connections take this over from the socket they came in by. Where the system has no such thing, its own limits hold.
fn give_up_on_who_does_not_read(socket: &Socket) {
    #[cfg(target_os = "linux")]
    if let Err(why) = socket.set_tcp_user_timeout(Some(UNREAD_FOR)) {
        tracing::warn!(%why, "clients that do not read what they are sent stay connected");
    }
}

/// Raises the soft limit of file descriptors to the hard one. Service managers set the soft one to 1,024 for programs that
/// use `select`, which this one does not.
pub fn raise_descriptor_limit() {
    let limit = getrlimit(Resource::Nofile);
    if limit.current == limit.maximum {
        return;
    }
    let raised = Rlimit {
        current: limit.maximum,
        ..limit
    };
    if let Err(why) = setrlimit(Resource::Nofile, raised) {
        tracing::warn!(%why, limit = ?limit.current, "the limit of file descriptors could not be raised");
    }
}

/// The most connections of each of so many workers, so that some descriptors are left for everything else. At the limit new
/// connections wait in the backlog.
pub(super) fn connections_a_worker(workers: usize) -> usize {
    share(getrlimit(Resource::Nofile).current, workers)
}

fn share(descriptors: Option<u64>, workers: usize) -> usize {
    let workers = u64::try_from(workers.max(1)).unwrap_or(u64::MAX);
    let share = descriptors.map_or(CONNECTIONS, |all| {
        all.saturating_sub(KEPT_BACK.min(all / 2)) / workers
    });
    usize::try_from(share.clamp(1, CONNECTIONS)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::net::TcpStream;

    #[test]
    fn a_thousand_connections_can_wait_to_be_accepted() {
        let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiting = Vec::new();
        for number in 0..1_000 {
            match TcpStream::connect_timeout(&address, Duration::from_secs(20)) {
                Ok(stream) => waiting.push(stream),
                Err(why) => panic!("there is no room for number {number}: {why}"),
            }
        }
    }

    #[test]
    fn the_soft_limit_becomes_the_hard_one() {
        raise_descriptor_limit();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current, limit.maximum);
    }

    proptest! {
        #[test]
        fn connections_leave_descriptors_for_everything_else(all in 4u64..2_000_000, workers in 1usize..64) {
            let each = share(Some(all), workers);
            prop_assert!((1..=25_000).contains(&each));
            let taken = each as u64 * workers as u64;
            prop_assert!(taken <= all.saturating_sub(KEPT_BACK.min(all / 2)).max(workers as u64));
        }
    }
}
