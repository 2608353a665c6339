//! A proxy between one node and PostgreSQL that behaves like a bad network: it holds bytes up, in
//! one direction or both; delays them; or closes every connection and refuses new ones.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

/// How the network treats bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    /// Bytes pass.
    Fair,
    /// No bytes pass; connections stay open, and new ones are accepted and held.
    Silent,
    /// What the node sends is held up; answers pass.
    Mute,
    /// What the node sends passes; answers are held up, so the node does not receive the outcome of
    /// its requests.
    Deaf,
    /// All bytes are delayed.
    Slow(Duration),
    /// Connections are closed, bytes that were held up are lost, and new connections are closed at
    /// once.
    Cut,
}

impl Weather {
    fn holds(self, way: Way) -> bool {
        match self {
            Self::Silent => true,
            Self::Mute => way == Way::ToServer,
            Self::Deaf => way == Way::ToNode,
            Self::Fair | Self::Slow(_) | Self::Cut => false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    ToServer,
    ToNode,
}

/// The proxy. Its threads end with their connections.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    line: Arc<Line>,
}

#[derive(Debug)]
struct Line {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    weather: Weather,
    /// The number of cuts so far: a connection from before a cut is closed, whatever the weather is
    /// now.
    cuts: u32,
    /// Both ends of the open connections, by number.
    open: HashMap<u64, [TcpStream; 2]>,
    opened: u64,
}

impl Proxy {
    /// Starts a proxy in front of the server of `url`.
    pub(crate) fn before(url: &str) -> Self {
        let server = authority(url).parse::<SocketAddr>().unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let state = State {
            weather: Weather::Fair,
            cuts: 0,
            open: HashMap::new(),
            opened: 0,
        };
        let line = Arc::new(Line {
            state: Mutex::new(state),
            changed: Condvar::new(),
        });
        let shared = Arc::clone(&line);
        thread::spawn(move || {
            for node in listener.incoming().flatten() {
                let line = Arc::clone(&shared);
                thread::spawn(move || line.serve(node, server));
            }
        });
        Self { address, line }
    }

    /// Returns the URL that leads through the proxy.
    pub(crate) fn url(&self, url: &str) -> String {
        url.replace(authority(url), &self.address.to_string())
    }

    /// Sets the weather from now on.
    pub(crate) fn set(&self, weather: Weather) {
        let mut state = self.line.state();
        state.weather = weather;
        if weather == Weather::Cut {
            state.cuts += 1;
            for stream in state.open.drain().flat_map(|(_, ends)| ends) {
                let _ = stream.shutdown(Shutdown::Both);
            }
        }
        self.line.changed.notify_all();
    }
}

impl Line {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn serve(self: &Arc<Self>, node: TcpStream, server: SocketAddr) {
        let Some(cuts) = self.wait(Way::ToServer, None) else {
            return;
        };
        let Ok(server) = TcpStream::connect(server) else {
            return;
        };
        let number = {
            let mut state = self.state();
            if state.cuts != cuts {
                return;
            }
            state.opened += 1;
            let number = state.opened;
            let ends = [&node, &server].map(|end| {
                let _ = end.set_nodelay(true);
                end.try_clone().unwrap()
            });
            state.open.insert(number, ends);
            number
        };
        let (from, to) = (node.try_clone().unwrap(), server.try_clone().unwrap());
        let line = Arc::clone(self);
        thread::spawn(move || line.pass(from, to, Way::ToServer, cuts));
        self.pass(server, node, Way::ToNode, cuts);
        self.state().open.remove(&number);
    }

    /// Waits until bytes may pass. Returns the number of cuts so far; `None` if the connection (as
    /// of `cuts`) is closed.
    fn wait(&self, way: Way, cuts: Option<u32>) -> Option<u32> {
        let held = |state: &mut State| {
            state.weather.holds(way) && cuts.is_none_or(|cuts| cuts == state.cuts)
        };
        let state = self.changed.wait_while(self.state(), held).unwrap();
        let alive = state.weather != Weather::Cut && cuts.is_none_or(|cuts| cuts == state.cuts);
        let (weather, cuts) = (state.weather, state.cuts);
        drop(state);
        if let Weather::Slow(by) = weather {
            thread::sleep(by);
        }
        alive.then_some(cuts)
    }

    fn pass(&self, mut from: TcpStream, mut to: TcpStream, way: Way, cuts: u32) {
        let mut bytes = [0; 16 * 1024];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            if self.wait(way, Some(cuts)).is_none() || to.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        self.wait(way, Some(cuts));
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    }
}

/// Returns host and port.
fn authority(url: &str) -> &str {
    let rest = &url[url.find('@').unwrap() + 1..];
    &rest[..rest.find('/').unwrap()]
}
