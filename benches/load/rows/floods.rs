//! Attacks by strangers: connections that stop within a request, and logins from many addresses.
//! The latency of an organization's validations and the memory of the service are measured.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Socket, Type};

use crate::Fallible;
use crate::http;
use crate::lab::{Lab, Skipped};
use crate::paced;
use crate::report::{Row, Target};
use crate::service::{LOGIN, VALIDATE, validate_body};
use crate::statistics::percentile;
use crate::threads::{self, threads};

use super::Arena;

/// The number of validations per second during the flood.
const OFFERED: u32 = 200;

/// The number of strangers at the same time, each on a thread.
const STRANGERS: usize = 200;

/// The number of addresses from which they connect.
const ADDRESSES: usize = 30;

/// How long each stranger pauses: the flood costs memory or fills queues. A flood of packets would
/// measure the generator.
const REST: Duration = Duration::from_secs(1);

/// The time until the flood has its full strength.
const GATHERING: Duration = Duration::from_secs(2);

/// How long a stranger waits for the server to read or to answer, before it checks whether the
/// flood has ended.
const PATIENCE: Duration = Duration::from_millis(500);

/// The interval between two measurements of the memory.
const LOOK: Duration = Duration::from_millis(20);

/// Chunked bodies of 1 MB without a credential that never end.
pub(crate) fn unfinished(lab: &Lab) -> Fallible<Vec<Row>> {
    let head = "POST /api/operator/validate-tokens HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
        Transfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x1_0000));
    let bytes = [head.to_owned(), chunk.repeat(16)].concat();
    measure(lab, "flood-unfinished", "bodies that stop short", &bytes)
}

/// Guesses of a password from thirty addresses.
pub(crate) fn logins(lab: &Lab) -> Fallible<Vec<Row>> {
    let guess = r#"{"login":"bench","password":"guess"}"#;
    let bytes = http::request("POST", LOGIN, "", guess);
    measure(lab, "flood-logins", "logins from 30 addresses", &bytes)
}

fn measure(lab: &Lab, folder: &str, what: &str, bytes: &str) -> Fallible<Vec<Row>> {
    let arena = Arena::new(lab, folder, None, &[])?;
    let server = &arena.service.server;
    let body = validate_body(&arena.token);
    let request = http::request("POST", VALIDATE, &arena.caller.credential, &body);
    let p99 = || -> Fallible<f64> {
        let mut latencies =
            paced::latencies(server.address, &request, OFFERED, lab.arguments.time)?;
        Ok(percentile(&mut latencies, 0.99))
    };
    let resident = || {
        server
            .resident_megabytes()
            .ok_or(Skipped("no /proc to read memory from".into()))
    };
    // Every connection and thread of a service without load allocates its buffers first.
    p99()?;
    let before = resident()?;
    let mut most = before;
    let rounds = lab.in_turn(
        |_| {
            let (peak, p99) = during(server.address, bytes.as_bytes(), &resident, &p99)?;
            most = most.max(peak);
            Ok(p99)
        },
        |_| p99(),
    )?;
    Ok(vec![
        Row::ratio(
            &format!("validate p99 during {STRANGERS} {what}, {OFFERED}/s offered"),
            "ms",
            &rounds,
            "idle",
            Target::AtMost(3.0),
        ),
        Row::plain(
            "… resident memory beyond idle",
            "MB",
            most - before,
            Target::AtMost(64.0),
            format!("{before:.0} before"),
        ),
    ])
}

/// Measures something while strangers send their bytes repeatedly. Also returns the largest memory
/// that was measured meanwhile.
fn during(
    address: SocketAddr,
    bytes: &[u8],
    resident: &(impl Fn() -> Result<f64, Skipped> + Sync),
    measure: &impl Fn() -> Fallible<f64>,
) -> Fallible<(f64, f64)> {
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let flood = scope.spawn(|| {
            threads::background()?;
            threads(STRANGERS, |number| {
                while !stop.load(Ordering::Relaxed) {
                    // The outcome for a stranger does not matter here.
                    let _ = send(address, number, bytes, &stop);
                    thread::sleep(REST);
                }
                Ok(())
            })
            .map_err(|error| error.to_string())
        });
        let peak = scope.spawn(|| {
            let mut most = f64::NAN;
            while !stop.load(Ordering::Relaxed) {
                most = most.max(resident().map_err(|error| error.to_string())?);
                thread::sleep(LOOK);
            }
            Ok::<_, String>(most)
        });
        thread::sleep(GATHERING);
        let measured = measure();
        stop.store(true, Ordering::Relaxed);
        flood.join().map_err(|_| "the flood panicked")??;
        let peak = peak.join().map_err(|_| "the watch panicked")??;
        Ok((peak, measured?))
    })
}

/// Sends the bytes from one of the addresses, and waits for a limited time until the server answers
/// or closes.
fn send(address: SocketAddr, number: usize, bytes: &[u8], stop: &AtomicBool) -> Fallible<()> {
    let host = u8::try_from(number % ADDRESSES)? + 1;
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::new(127, 0, 1, host), 0)).into())?;
    socket.connect(&address.into())?;
    let mut stream = TcpStream::from(socket);
    stream.set_write_timeout(Some(PATIENCE))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let _ = stream.write_all(bytes);
    let end = Instant::now() + Duration::from_secs(20);
    while !stop.load(Ordering::Relaxed) && Instant::now() < end {
        match stream.read(&mut [0; 4096]) {
            Ok(_) => return Ok(()),
            Err(why) if why.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(why) => return Err(why.into()),
        }
    }
    Ok(())
}
