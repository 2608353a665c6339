//! Floods of complete requests. Each continues until its flag is set.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::Fallible;
use crate::http::{self, Connection};
use crate::service::{Caller, LOGIN};
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

pub(crate) fn add_endpoint(address: SocketAddr, owner: &Caller, url: &str) -> Fallible<i64> {
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

pub(crate) fn send_test(address: SocketAddr, owner: &Caller, webhook: i64) -> Fallible<()> {
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
