//! A proxy in front of a database that can stop forwarding: connections stay open and no bytes
//! pass, as with a server that hangs or a network that drops every packet.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// The proxy. Its threads end with their connections.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    silence: Arc<Silence>,
}

#[derive(Debug, Default)]
struct Silence {
    silent: Mutex<bool>,
    changed: Condvar,
}

impl Silence {
    fn set(&self, silent: bool) {
        *self.silent.lock().unwrap() = silent;
        self.changed.notify_all();
    }

    fn wait_for_its_end(&self) {
        let silent = self.silent.lock().unwrap();
        drop(self.changed.wait_while(silent, |silent| *silent).unwrap());
    }
}

impl Proxy {
    /// Starts a proxy in front of the server of `url`.
    pub(crate) fn before(url: &str) -> Self {
        let server = authority(url).parse::<SocketAddr>().unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let silence = Arc::new(Silence::default());
        let shared = Arc::clone(&silence);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let silence = Arc::clone(&shared);
                thread::spawn(move || {
                    silence.wait_for_its_end();
                    if let Ok(server) = TcpStream::connect(server) {
                        let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                        let also = Arc::clone(&silence);
                        thread::spawn(move || pass(from, to, &also));
                        pass(server, client, &silence);
                    }
                });
            }
        });
        Self { address, silence }
    }

    /// Returns the URL that leads through the proxy.
    pub(crate) fn url(&self, url: &str) -> String {
        url.replace(authority(url), &self.address.to_string())
    }

    /// From now on no bytes pass.
    pub(crate) fn fall_silent(&self) {
        self.silence.set(true);
    }

    /// Bytes pass again, including those that were held.
    pub(crate) fn speak_again(&self) {
        self.silence.set(false);
    }
}

/// Returns host and port.
fn authority(url: &str) -> &str {
    let rest = &url[url.find('@').unwrap() + 1..];
    &rest[..rest.find('/').unwrap()]
}

fn pass(mut from: TcpStream, mut to: TcpStream, silence: &Silence) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        silence.wait_for_its_end();
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    silence.wait_for_its_end();
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
