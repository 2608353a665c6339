//! Floods of connections that end in the middle of a request, or come from many addresses. Each
//! continues until its flag is set.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::Fallible;
use crate::threads::threads;

/// The number of strangers at the same time, each on a thread.
pub(crate) const STRANGERS: usize = 200;

/// The number of addresses from which they connect.
const ADDRESSES: usize = 30;

/// How long each stranger pauses: the flood costs memory or fills queues. A flood of packets would
/// measure the generator.
const REST: Duration = Duration::from_secs(1);

/// How long a stranger waits for the server to read or to answer, before it checks whether the
/// flood has ended.
const PATIENCE: Duration = Duration::from_millis(500);

/// Opens connections that send part of a large body, and then wait.
pub(super) fn bodies(address: SocketAddr, over: &AtomicBool) -> Fallible<()> {
    const CONNECTIONS: usize = 200;
    const PIECE: usize = 64 * 1024;
    let head = "POST /api/operator/validate-tokens HTTP/1.1\r\nHost: localhost\r\n\
        Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("{PIECE:x}\r\n{}\r\n", " ".repeat(PIECE));
    threads(8, |_| {
        while !over.load(Ordering::Relaxed) {
            let mut open = Vec::new();
            for _ in 0..CONNECTIONS / 8 {
                let mut stream = TcpStream::connect(address)?;
                stream.set_write_timeout(Some(Duration::from_millis(20)))?;
                // The server may answer, or close, at any time.
                let mut sent = stream.write_all(head.as_bytes()).is_ok();
                for _ in 0..63 {
                    sent = sent && stream.write_all(chunk.as_bytes()).is_ok();
                }
                open.push(stream);
            }
            thread::sleep(Duration::from_millis(500));
        }
        Ok(())
    })?;
    Ok(())
}

/// Sends the bytes repeatedly, as many clients at once.
pub(super) fn strangers(address: SocketAddr, bytes: &[u8], over: &AtomicBool) -> Fallible<()> {
    threads(STRANGERS, |number| {
        while !over.load(Ordering::Relaxed) {
            // The outcome for a stranger does not matter here.
            let _ = send(address, number, bytes, over);
            thread::sleep(REST);
        }
        Ok(())
    })?;
    Ok(())
}

/// Sends the bytes from one of the addresses, and waits for a limited time until the server answers
/// or closes.
fn send(address: SocketAddr, number: usize, bytes: &[u8], over: &AtomicBool) -> Fallible<()> {
    let host = u8::try_from(number % ADDRESSES)? + 1;
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::new(127, 0, 1, host), 0)).into())?;
    socket.connect(&address.into())?;
    let mut stream = TcpStream::from(socket);
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let _ = stream.write_all(bytes);
    let end = Instant::now() + Duration::from_secs(20);
    while !over.load(Ordering::Relaxed) && Instant::now() < end {
        match stream.read(&mut [0; 4096]) {
            Ok(_) => return Ok(()),
            Err(why) if why.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(why) => return Err(why.into()),
        }
    }
    Ok(())
}
