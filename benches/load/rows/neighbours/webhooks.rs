//! Endpoints of webhooks: those that hang are the flood, and one that answers is measured.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::super::Arena;
use super::GATHERING;
use crate::Fallible;
use crate::flood::{Flood, add_endpoint, send_test};
use crate::lab::Lab;
use crate::report::{Row, Target};
use crate::service::Caller;
use crate::statistics::median;

/// An endpoint that accepts every connection and sends nothing.
pub(super) struct Silent(SocketAddr);

impl Silent {
    pub(super) fn listen() -> Fallible<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        thread::spawn(move || {
            let open: Vec<_> = listener.incoming().collect();
            drop(open);
        });
        Ok(Self(address))
    }

    pub(super) fn add_endpoints(&self, address: SocketAddr, owner: &Caller) -> Fallible<()> {
        for number in 0..5 {
            add_endpoint(address, owner, &format!("http://{}/{number}", self.0))?;
        }
        Ok(())
    }
}

/// Measures how long the delivery to an endpoint that answers takes, beside endpoints that hang and
/// without them.
pub(super) fn delivery(lab: &Lab, arena: &Arena, flood: &Flood) -> Fallible<Row> {
    let address = arena.service.server.address;
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let url = format!("http://{}/", listener.local_addr()?);
    let (sender, arrived) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            take(stream);
            if sender.send(Instant::now()).is_err() {
                return;
            }
        }
    });
    let own = add_endpoint(address, &arena.caller, &url)?;
    let arrived = Mutex::new(arrived);
    let wait = || -> Fallible<f64> {
        let arrived = arrived.lock().map_err(|_| "a measurement panicked")?;
        let mut times = Vec::new();
        for _ in 0..3 {
            let sent = Instant::now();
            send_test(address, &arena.caller, own)?;
            let at = arrived.recv_timeout(Duration::from_mins(2))?;
            times.push(at.duration_since(sent).as_secs_f64() * 1e3);
        }
        Ok(median(times))
    };
    let rounds = lab.in_turn(|_| flood.during(address, GATHERING, wait), |_| wait())?;
    Ok(Row::ratio(
        "a message to an endpoint that answers, beside 40 that hang",
        "ms",
        &rounds,
        "as they time out",
        Target::AtMost(3.0),
    ))
}

/// Reads a message and answers 204.
fn take(mut stream: TcpStream) {
    let mut got = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut piece) {
        got.extend(piece.iter().take(count));
        if got.ends_with(b"}") {
            break;
        }
    }
    let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
}
