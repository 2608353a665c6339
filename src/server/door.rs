//! The listening sockets at the end of a drain.
//!
//! Closing a socket resets the connections that wait in its queue, and with them requests that were
//! already sent. So new connections are refused first, by a packet filter that drops the first
//! packet of each. The client's system retries after a second, finds the socket closed, and gets an
//! error before anything was sent. Meanwhile the server accepts the connections in the queue.

use std::net::TcpListener;

use super::sockets::Listener;

/// The listening sockets of the process, which are shut before they are closed. Drop this before
/// the server is stopped, because it keeps the sockets open.
#[derive(Debug, Default)]
pub struct Door(Vec<TcpListener>);

impl Door {
    /// Adds a socket that this process opened. A socket of the service manager stays open for the
    /// next process.
    pub(super) fn add(&mut self, listener: &Listener) {
        if let Listener::Tcp(listener) = listener
            && let Ok(listener) = listener.try_clone()
        {
            self.0.push(listener);
        }
    }

    /// Drops the first packets of new connections. Connections in the queue are still accepted. On
    /// a system without such a filter this does nothing.
    pub fn shut(&self) {
        #[cfg(target_os = "linux")]
        for listener in &self.0 {
            if let Err(why) = socket2::SockRef::from(listener).attach_filter(&no_first_packets()) {
                tracing::debug!(%why, "new connections cannot be dropped before the sockets are closed");
            }
        }
    }
}

/// Returns a filter that drops packets with SYN and without ACK (RFC 9293, 3.1: the flags are the
/// 14th byte of the header), and passes all others. It is a program of the kernel's classic packet
/// filter (linux/filter.h).
#[cfg(target_os = "linux")]
fn no_first_packets() -> [socket2::SockFilter; 5] {
    const LOAD_BYTE: u16 = 0x30;
    const AND: u16 = 0x54;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    const SYN: u32 = 0x02;
    const ACK: u32 = 0x10;
    [
        socket2::SockFilter::new(LOAD_BYTE, 0, 0, 13),
        socket2::SockFilter::new(AND, 0, 0, SYN | ACK),
        socket2::SockFilter::new(JUMP_IF_EQUAL, 0, 1, SYN),
        socket2::SockFilter::new(RETURN, 0, 0, 0),
        socket2::SockFilter::new(RETURN, 0, 0, u32::MAX),
    ]
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;
    use std::time::Duration;

    use super::*;

    #[test]
    fn who_waits_is_taken_and_nobody_new_comes() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiting = TcpStream::connect(address).unwrap();
        let mut door = Door::default();
        door.add(&Listener::Tcp(listener.try_clone().unwrap()));
        door.shut();
        // The first packet is dropped. This timeout is shorter than the second after which it is
        // sent again.
        let patience = Duration::from_millis(200);
        assert!(TcpStream::connect_timeout(&address, patience).is_err());
        waiting.write_all(b"x").unwrap();
        let (mut taken, _) = listener.accept().unwrap();
        let mut byte = [0];
        taken.read_exact(&mut byte).unwrap();
        taken.write_all(&byte).unwrap();
        waiting.read_exact(&mut byte).unwrap();
        assert_eq!(&byte, b"x");
    }
}
