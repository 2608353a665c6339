//! The client of the tests, and what only a load generator needs.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Fallible;

pub(crate) use crate::client::{Answer, Connection, request};

const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// Returns a request with a body, up to the value of `Content-Length`.
pub(crate) fn head(method: &str, path: &str, credential: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {credential}\r\n\
         Content-Type: application/json\r\nContent-Length: "
    )
}

/// Makes one call on a connection of its own.
pub(crate) fn call(
    address: SocketAddr,
    method: &str,
    path: &str,
    credential: &str,
    body: &str,
) -> io::Result<Answer> {
    Connection::open(address)?.call(&request(method, path, credential, body))
}

/// Waits until something listens on `address`. Returns an error after 30 s.
pub(crate) fn wait_until_open(address: SocketAddr) -> Fallible<()> {
    let patience = Instant::now() + ANSWER_WITHIN;
    while TcpStream::connect(address).is_err() {
        if Instant::now() > patience {
            return Err(format!("nothing listens on {address}").into());
        }
        sleep(Duration::from_millis(5));
    }
    Ok(())
}
