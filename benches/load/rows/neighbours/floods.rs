//! The floods. Each continues until its flag is set.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::Arena;
use super::during;
use crate::Fallible;
use crate::http::{self, Connection};
use crate::lab::Lab;
use crate::report::{Row, Target};
use crate::service::{Caller, LOGIN};
use crate::statistics::median;
use crate::threads::threads;

/// How long a client waits after a refusal with `Retry-After: 1`.
const PATIENCE: Duration = Duration::from_millis(10);

/// Sends requests one after the other on each of `clients` connections.
fn send_all(
    address: SocketAddr,
    clients: usize,
    over: &AtomicBool,
    request: impl Fn(usize) -> String + Sync,
) -> Fallible<()> {
    let round = AtomicUsize::new(0);
    threads(clients, |_| {
        let mut connection = Connection::open(address)?;
        while !over.load(Ordering::Relaxed) {
            let request = request(round.fetch_add(1, Ordering::Relaxed));
            let Ok(answer) = connection.call(&request) else {
                // A body that is refused before it was read ends its connection.
                thread::sleep(PATIENCE);
                connection = Connection::open(address)?;
                continue;
            };
            match answer.status {
                200..=299 | 401 => {}
                429 | 503 => thread::sleep(PATIENCE),
                _ => return Err(format!("{}: {}", answer.status, answer.text()).into()),
            }
        }
        Ok(())
    })?;
    Ok(())
}

pub(super) fn synchronize(address: SocketAddr, flood: &Caller, over: &AtomicBool) -> Fallible<()> {
    let row = |number: usize, round: usize| json!({"externalId": format!("user-{number}"), "name": format!("User {number} of {round}")});
    // Every list differs from the previous one.
    let requests: Vec<_> = (0..8)
        .map(|round| {
            let list: Value = (0..1_000).map(|number| row(number, round)).collect();
            http::request(
                "POST",
                "/api/operator/synchronize",
                &flood.credential,
                &list.to_string(),
            )
        })
        .collect();
    send_all(address, 32, over, |round| {
        requests
            .get(round % requests.len())
            .cloned()
            .unwrap_or_default()
    })
}

pub(super) fn forged_lists(
    address: SocketAddr,
    flood: &Caller,
    token: &str,
    over: &AtomicBool,
) -> Fallible<()> {
    let (message, signature) = token.rsplit_once('.').ok_or("no token")?;
    let rest = signature.get(4..).unwrap_or_default();
    let tokens: Vec<_> = (0..1_000)
        .map(|number| format!("{message}.{number:04}{rest}"))
        .collect();
    let body = json!({"tokens": tokens}).to_string();
    let path = "/api/operator/validate-tokens";
    let request = http::request("POST", path, &flood.credential, &body);
    send_all(address, 64, over, |_| request.clone())
}

pub(super) fn logins(address: SocketAddr, over: &AtomicBool) -> Fallible<()> {
    send_all(address, 64, over, |round| {
        let body = json!({"login": format!("guess-{}", round % 100), "password": "guess"});
        http::request("POST", LOGIN, "", &body.to_string())
    })
}

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

fn add_endpoint(address: SocketAddr, owner: &Caller, url: &str) -> Fallible<i64> {
    let body = json!({"url": url, "events": ["operator.deactivated"]}).to_string();
    let answer = http::call(
        address,
        "POST",
        "/api/company/webhooks",
        &owner.credential,
        &body,
    )?;
    let added: Value = serde_json::from_slice(&answer.body)?;
    let id = added.get("id").and_then(Value::as_i64);
    id.ok_or_else(|| format!("{}: {added}", answer.status).into())
}

fn send_test(address: SocketAddr, owner: &Caller, webhook: i64) -> Fallible<()> {
    let path = format!("/api/company/webhooks/{webhook}/test");
    let answer = http::call(address, "POST", &path, &owner.credential, "")?;
    if answer.status == 202 {
        return Ok(());
    }
    Err(format!("{}: {}", answer.status, answer.text()).into())
}

/// Sends messages to every endpoint of these organizations, a few per second.
pub(super) fn messages(address: SocketAddr, owners: &[Caller], over: &AtomicBool) -> Fallible<()> {
    while !over.load(Ordering::Relaxed) {
        for owner in owners {
            let list = http::call(
                address,
                "GET",
                "/api/company/webhooks",
                &owner.credential,
                "",
            )?
            .ok()?;
            let list: Value = serde_json::from_slice(&list.body)?;
            let items = list.get("items").and_then(Value::as_array);
            for webhook in items.into_iter().flatten() {
                let id = webhook.get("id").and_then(Value::as_i64);
                send_test(address, owner, id.ok_or("no id")?)?;
            }
        }
        thread::sleep(Duration::from_millis(500));
    }
    Ok(())
}

/// Measures how long the delivery to an endpoint that answers takes, beside endpoints that hang and
/// without them.
pub(super) fn delivery(lab: &Lab, arena: &Arena, owners: &[Caller]) -> Fallible<Row> {
    let address = arena.service.server.address;
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let url = format!("http://{}/", listener.local_addr()?);
    let (tell, arrived) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            take(stream);
            if tell.send(Instant::now()).is_err() {
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
    let rounds = lab.in_turn(
        |_| during(&|over| messages(address, owners, over), wait),
        |_| wait(),
    )?;
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
